import { Page } from '../../ui/Panel.tsx'

export function TrainingPage() {
  return <Page title="Training">{null}</Page>
}
