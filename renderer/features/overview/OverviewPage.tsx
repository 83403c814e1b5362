import { Page } from '../../ui/Panel.tsx'

export function OverviewPage() {
  return <Page title="Overview">{null}</Page>
}
