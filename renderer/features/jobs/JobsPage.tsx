import { Page } from '../../ui/Panel.tsx'

export function JobsPage() {
  return <Page title="Jobs">{null}</Page>
}
