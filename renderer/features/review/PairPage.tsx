import { Page } from '../../ui/Panel.tsx'

export function PairPage() {
  return <Page title="Pair">{null}</Page>
}
