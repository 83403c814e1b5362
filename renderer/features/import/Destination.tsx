import { useQuery } from '@tanstack/react-query'
import type { ImportPreview } from '../../../src/contract/imports.ts'
import { GLOSSARY } from '../../../src/core/glossary.ts'
import { api } from '../../api/client.ts'
import { Field, Input } from '../../ui/Field.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { changeShown, type Choice } from './wizard.ts'
import { splitsOf } from './import-words.ts'
import { words } from '../../words/words.ts'

const t = words.import

/** Which source and split the pairs become part of. */
export function Destination({ choice, preview }: { choice: Choice; preview: ImportPreview | undefined }) {
  const project = useQuery(api.projects.current.queryOptions())
  const suggested = preview?.suggestedSource ?? ''
  const source = (choice.source ?? suggested).trim()
  const own = preview
    ? splitsOf(preview.files)
        .map(({ split }) => split)
        .filter(Boolean)
    : []
  const isKnown = project.data?.sources.some(({ name }) => name === source)
  return (
    <Panel title={t('destination.title')}>
      <Field
        label={t('destination.source')}
        hint={
          choice.source === null && suggested !== ''
            ? t(isKnown ? 'destination.sourceDefaultKnown' : 'destination.sourceDefault', { source: suggested })
            : isKnown
              ? t('destination.sourceKnown')
              : GLOSSARY.source.short
        }
      >
        {(props) => (
          <>
            <Input
              {...props}
              list="import-sources"
              placeholder={suggested}
              value={choice.source ?? ''}
              maxLength={200}
              onChange={(event) => changeShown({ source: event.target.value.trim() === '' ? null : event.target.value })}
            />
            <datalist id="import-sources">
              {project.data?.sources.map(({ name }) => (
                <option key={name} value={name} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Field label={t('destination.split')} hint={t(own.length > 0 ? 'destination.splitDefault' : 'destination.splitHint')}>
        {(props) => (
          <>
            <Input
              {...props}
              list="import-splits"
              placeholder={own.join(', ')}
              value={choice.split}
              maxLength={100}
              onChange={(event) => changeShown({ split: event.target.value })}
            />
            <datalist id="import-splits">
              <option value="train" />
              <option value="test" />
              <option value="validation" />
            </datalist>
          </>
        )}
      </Field>
    </Panel>
  )
}
