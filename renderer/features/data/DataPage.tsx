import { useQuery } from '@tanstack/react-query'
import { Download, Import as ImportIcon } from 'lucide-react'
import { useSearch } from 'wouter'
import { api } from '../../api/client.ts'
import { openDialog } from '../../state/dialogs.ts'
import { navigate } from '../../state/location.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { compactCount } from '../../../src/core/format.ts'
import { Page } from '../../ui/Panel.tsx'
import { Skeleton } from '../../ui/states.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { Duplicates } from './Duplicates.tsx'
import { Imports } from './Imports.tsx'
import { MissingImages } from './MissingImages.tsx'
import { Quarantine } from './Quarantine.tsx'
import { Sources } from './Sources.tsx'
import { words } from '../../words/words.ts'

const t = words.data

const TABS = ['sources', 'imports', 'quarantine', 'images', 'duplicates'] as const
type TabId = (typeof TABS)[number]

/** What the project holds, where it came from, what was refused, what it lacks and what repeats. */
export function DataPage() {
  const project = useQuery(api.projects.current.queryOptions())
  const duplicates = useQuery(api.duplicates.summary.queryOptions())
  const asked = new URLSearchParams(useSearch()).get('tab')
  const tab: TabId = TABS.find((id) => id === asked) ?? 'sources'
  const info = project.data
  const repeated = Math.max(0, ...(duplicates.data?.kinds ?? []).filter(({ kind }) => kind !== 'same-question').map(({ pairs }) => pairs))
  const badge = (value: number) => value > 0 && <Badge tone="warning">{compactCount(value)}</Badge>
  const panel = () => {
    if (!info) return <Skeleton lines={6} />
    switch (tab) {
      case 'sources':
        return <Sources project={info} />
      case 'imports':
        return <Imports />
      case 'quarantine':
        return <Quarantine />
      case 'images':
        return <MissingImages />
      case 'duplicates':
        return <Duplicates pairs={info.pairs} />
    }
  }
  return (
    <Page
      title={t('title')}
      detail={info && t('amount', { pairs: info.pairs, images: info.images })}
      actions={
        <>
          <Button icon={Download} shortcut="Mod+E" hint={t('exportHint')} disabled={!info?.pairs} onClick={() => openDialog('export')}>
            {t('export')}
          </Button>
          <Button icon={ImportIcon} tone="primary" changes shortcut="Mod+I" hint={t('importHint')} onClick={() => navigate('/import')}>
            {t('import')}
          </Button>
        </>
      }
    >
      <Tabs
        label={t('title')}
        value={tab}
        onChange={(id) => navigate(`/data?tab=${id}`, { replace: true })}
        tabs={[
          { id: 'sources', label: t('tab.sources') },
          { id: 'imports', label: t('tab.imports') },
          {
            id: 'quarantine',
            label: (
              <>
                {t('tab.quarantine')} {badge(info?.quarantined ?? 0)}
              </>
            ),
          },
          {
            id: 'images',
            label: (
              <>
                {t('tab.images')} {badge(info?.incomplete ?? 0)}
              </>
            ),
          },
          {
            id: 'duplicates',
            label: (
              <>
                {t('tab.duplicates')} {badge(repeated)}
              </>
            ),
          },
        ]}
      >
        {panel()}
      </Tabs>
    </Page>
  )
}
