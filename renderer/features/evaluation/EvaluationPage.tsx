import { Page } from '../../ui/Panel.tsx'

export function EvaluationPage() {
  return <Page title="Evaluation">{null}</Page>
}
