import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ModelKind } from '../../../../src/contract/models.ts'
import type { ExecutionProvider, ProxyKind } from '../../../../src/contract/proxies.ts'
import { api, client } from '../../../api/client.ts'
import { failureOf, type ShownFailure } from '../../../api/failure.ts'
import { closeDialog } from '../../../state/dialogs.ts'
import { navigate } from '../../../state/location.ts'
import { Button } from '../../../ui/Button.tsx'
import { Dialog } from '../../../ui/overlays/Dialog.tsx'
import { Checkbox, Field, Input, Segmented, Select } from '../../../ui/Field.tsx'
import { FailureNote } from '../../../ui/states.tsx'

const PROXIES: { value: ProxyKind; label: string; hint: string; needs: ModelKind | null }[] = [
  { value: 'lexical', label: 'Words', hint: 'Word counts and style features. Takes seconds; every cue is named.', needs: null },
  { value: 'encoder', label: 'Sentence encoder', hint: 'Reads the meaning of a response with a frozen encoder.', needs: 'encoder' },
  {
    value: 'reward-model',
    label: 'Reward model',
    hint: 'Uses a text-only reward model unchanged; fits only its scale.',
    needs: 'reward-model',
  },
]
const PROVIDERS: { value: ExecutionProvider; label: string }[] = [
  { value: 'cpu', label: 'Processor' },
  { value: 'cuda', label: 'NVIDIA GPU (CUDA)' },
  { value: 'dml', label: 'GPU on Windows (DirectML)' },
  { value: 'coreml', label: 'Apple (CoreML)' },
]

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
  const { needs, hint } = PROXIES.find(({ value }) => value === proxy) as (typeof PROXIES)[number]
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
      title="Run the blind test"
      size="small"
      onClose={closeDialog}
      onSubmit={() => void start()}
      footer={
        <>
          <Button onClick={closeDialog}>Cancel</Button>
          <Button type="submit" tone="primary" changes disabled={!valid}>
            Run blind test
          </Button>
        </>
      }
    >
      <p>
        A text-only model learns to tell the chosen response from the rejected one without seeing any image. Each pair is scored by a model
        that was not trained on it nor on pairs with the same image.
      </p>
      <Field label="Proxy" hint={hint}>
        {() => <Segmented label="Proxy" value={proxy} onChange={setProxy} options={PROXIES} />}
      </Field>
      {proxy === 'lexical' && (
        <Checkbox
          label="Count characters instead of words"
          hint="Words are found in every script, also without spaces. Use characters for misspellings or invented words."
          checked={characters}
          onChange={(event) => setCharacters(event.target.checked)}
        />
      )}
      {needs && usable.length === 0 && (
        <FailureNote
          failure={{
            message: 'No model of this kind is registered.',
            remedy:
              needs === 'encoder'
                ? 'MiniLM is built in a minute or two; any encoder with an ONNX export will do.'
                : 'Add the folder of its ONNX export.',
          }}
          actions={
            <Button size="small" onClick={showModels}>
              Models…
            </Button>
          }
        />
      )}
      {needs && usable.length > 0 && modelId && (
        <>
          <Field label="Model">
            {(props) => (
              <Select
                {...props}
                value={modelId}
                onChange={setChosen}
                options={usable.map(({ id, name, precision }) => ({ value: id, label: `${name} (${precision})` }))}
              />
            )}
          </Field>
          <Field label="Computes on">{(props) => <Select {...props} value={provider} onChange={setProvider} options={PROVIDERS} />}</Field>
          {provider === 'cpu' && (
            <Field label="Threads" hint="Default: all cores" error={threadsValid ? null : 'A whole number from 1 to 256'}>
              {(props) => <Input {...props} inputMode="numeric" value={threads} onChange={(event) => setThreads(event.target.value)} />}
            </Field>
          )}
        </>
      )}
      <Field
        label="Seed"
        hint="Assigns groups to folds. The same seed gives the same results."
        error={seedValid ? null : 'A whole number from 0'}
      >
        {(props) => <Input {...props} inputMode="numeric" value={seed} onChange={(event) => setSeed(event.target.value)} />}
      </Field>
      {failure && <FailureNote failure={failure} />}
    </Dialog>
  )
}
