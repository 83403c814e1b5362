import { Page } from '../../ui/Panel.tsx'

export function DataPage() {
  return <Page title="Data">{null}</Page>
}
