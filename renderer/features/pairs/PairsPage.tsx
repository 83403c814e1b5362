import { Page } from '../../ui/Panel.tsx'

export function PairsPage() {
  return <Page title="Pairs">{null}</Page>
}
