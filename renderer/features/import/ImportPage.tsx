import { Page } from '../../ui/Panel.tsx'

export function ImportPage() {
  return <Page title="Import">{null}</Page>
}
