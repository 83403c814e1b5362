import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ModelKind } from '../../../../src/contract/models.ts'
import { EXECUTION_PROVIDERS, PROXY_KINDS, type ExecutionProvider, type ProxyKind } from '../../../../src/core/vocabulary.ts'
import { api, client } from '../../../api/client.ts'
import { failureOf, type ShownFailure } from '../../../api/failure.ts'
import { closeDialog } from '../../../state/dialogs.ts'
import { navigate } from '../../../state/location.ts'
import { Button } from '../../../ui/Button.tsx'
import { Dialog } from '../../../ui/overlays/Dialog.tsx'
import { Checkbox, Field, Input, Segmented, Select } from '../../../ui/Field.tsx'
import { FailureNote } from '../../../ui/states.tsx'
import { words } from '../../../words/words.ts'

const t = words.overview

const NEEDS: Record<ProxyKind, ModelKind | null> = { lexical: null, encoder: 'encoder', 'reward-model': 'reward-model' }
const PROXIES = PROXY_KINDS.map((value) => ({ value, label: t(`scan.proxyName.${value}`), hint: t(`scan.proxyHint.${value}`) }))
const PROVIDERS = EXECUTION_PROVIDERS.map((value) => ({ value, label: t(`scan.provider.${value}`) }))

/** Goes to the page where models are added. */
export function showModels(): void {
  closeDialog()
  navigate('/models')
}

/** Starts a scan: a text-only proxy, cross-fitted in grouped folds. */
export function ScanDialog() {
  const models = useQuery(api.models.list.queryOptions())
  const [proxy, setProxy] = useState<ProxyKind>('lexical')
  const [chosen, setChosen] = useState<string | null>(null)
  const [characters, setCharacters] = useState(false)
  const [provider, setProvider] = useState<ExecutionProvider>('cpu')
  const [threads, setThreads] = useState('')
  const [seed, setSeed] = useState('0')
  const [failure, setFailure] = useState<ShownFailure | null>(null)
  const needs = NEEDS[proxy]
  const usable = needs ? (models.data ?? []).filter(({ kind, problem }) => kind === needs && problem === null) : []
  const modelId = needs ? ((usable.find(({ id }) => id === chosen) ?? usable[0])?.id ?? null) : null
  const seedValid = /^\d{1,9}$/.test(seed.trim())
  const limited = needs !== null && provider === 'cpu' && threads.trim() !== ''
  const threadsValid = !limited || (/^[1-9]\d{0,2}$/.test(threads.trim()) && Number(threads) <= 256)
  const valid = seedValid && threadsValid && (needs === null || modelId !== null)
  const start = async () => {
    if (!valid) return
    try {
      await client.scan.start({
        proxy,
        modelId,
        characters: proxy === 'lexical' && characters,
        executionProvider: needs ? provider : 'cpu',
        threads: limited ? Number(threads) : null,
        seed: Number(seed),
      })
      closeDialog()
    } catch (error) {
      setFailure(failureOf(error))
    }
  }
  return (
    <Dialog
      title={t('scan.title')}
      size="small"
      onClose={closeDialog}
      onSubmit={() => void start()}
      footer={
        <>
          <Button onClick={closeDialog}>{t('cancel')}</Button>
          <Button type="submit" tone="primary" changes disabled={!valid}>
            {t('scan.run')}
          </Button>
        </>
      }
    >
      <p>{t('scan.intro')}</p>
      <Field label={t('scan.proxy')} hint={t(`scan.proxyHint.${proxy}`)}>
        {() => <Segmented label={t('scan.proxy')} value={proxy} onChange={setProxy} options={PROXIES} />}
      </Field>
      {proxy === 'lexical' && (
        <Checkbox
          label={t('scan.characters')}
          hint={t('scan.charactersHint')}
          checked={characters}
          onChange={(event) => setCharacters(event.target.checked)}
        />
      )}
      {needs && usable.length === 0 && (
        <FailureNote
          failure={{
            message: t('scan.noModel'),
            remedy: needs === 'encoder' ? t('scan.noEncoder') : t('scan.noRewardModel'),
          }}
          actions={
            <Button size="small" onClick={showModels}>
              {t('models')}
            </Button>
          }
        />
      )}
      {needs && usable.length > 0 && modelId && (
        <>
          <Field label={t('model')}>
            {(props) => (
              <Select
                {...props}
                value={modelId}
                onChange={setChosen}
                options={usable.map(({ id, name, precision }) => ({ value: id, label: t('scan.modelName', { name, precision }) }))}
              />
            )}
          </Field>
          <Field label={t('scan.device')}>
            {(props) => <Select {...props} value={provider} onChange={setProvider} options={PROVIDERS} />}
          </Field>
          {provider === 'cpu' && (
            <Field label={t('scan.threads')} hint={t('scan.threadsHint')} error={threadsValid ? null : t('scan.threadsError')}>
              {(props) => <Input {...props} inputMode="numeric" value={threads} onChange={(event) => setThreads(event.target.value)} />}
            </Field>
          )}
        </>
      )}
      <Field label={t('seed')} hint={t('scan.seedHint')} error={seedValid ? null : t('scan.seedError')}>
        {(props) => <Input {...props} inputMode="numeric" value={seed} onChange={(event) => setSeed(event.target.value)} />}
      </Field>
      {failure && <FailureNote failure={failure} />}
    </Dialog>
  )
}
