import { useState } from 'react'
import { client } from '../../api/client.ts'
import { failureOf, type ShownFailure } from '../../api/failure.ts'
import { closeDialog } from '../../state/dialogs.ts'
import { navigate } from '../../state/location.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/overlays/Dialog.tsx'
import { Field, Input } from '../../ui/Field.tsx'
import { FailureNote } from '../../ui/states.tsx'
import { toastError } from '../../ui/overlays/Toast.tsx'
import { NewProjectDialog } from './NewProjectDialog.tsx'
import styles from './NewProjectDialog.module.css'
import { words } from '../../words/words.ts'

const t = words.projects

const MOST_PAIRS = 100_000

/** Pairs per environment and seed, as typed. */
function useDemoChoice() {
  const [pairs, setPairs] = useState('4000')
  const [seed, setSeed] = useState('0')
  const wholePairs = whole(pairs, 10, MOST_PAIRS)
  const wholeSeed = whole(seed, 0, 2 ** 31 - 1)
  const fields = (
    <div className={styles.pair}>
      <Field
        label={t('demo.pairs')}
        error={wholePairs === null ? t('demo.pairsError', { most: MOST_PAIRS }) : null}
        hint={t('demo.pairsHint')}
      >
        {(props) => <Input {...props} inputMode="numeric" value={pairs} onChange={(event) => setPairs(event.target.value)} />}
      </Field>
      <Field label={t('demo.seed')} error={wholeSeed === null ? t('demo.seedError') : null} hint={t('demo.seedHint')}>
        {(props) => <Input {...props} inputMode="numeric" value={seed} onChange={(event) => setSeed(event.target.value)} />}
      </Field>
    </div>
  )
  return { fields, input: wholePairs === null || wholeSeed === null ? null : { pairs: wholePairs, seed: wholeSeed } }
}

/** Adds the demo suite to the open project. */
export function DemoDialog() {
  const { fields, input } = useDemoChoice()
  const [failure, setFailure] = useState<ShownFailure | null>(null)
  const start = async () => {
    if (!input) return
    try {
      await client.demo.start(input)
      closeDialog()
      navigate('/jobs')
    } catch (error) {
      setFailure(failureOf(error))
    }
  }
  return (
    <Dialog
      title={t('demo.add')}
      onClose={closeDialog}
      onSubmit={() => void start()}
      footer={
        <>
          <Button onClick={closeDialog}>{t('demo.cancel')}</Button>
          <Button type="submit" tone="primary" changes disabled={!input}>
            {t('demo.add')}
          </Button>
        </>
      }
    >
      <p>{t('demo.detail')}</p>
      {fields}
      {failure && <FailureNote failure={failure} />}
    </Dialog>
  )
}

/** Makes a new project that holds the demo suite. */
export function DemoProjectDialog() {
  const { fields, input } = useDemoChoice()
  const start = async () => {
    if (!input) return
    try {
      await client.demo.start(input)
      navigate('/jobs')
    } catch (error) {
      toastError(error)
    }
  }
  return (
    <NewProjectDialog title={t('demo.title')} verb={t('demo.create')} suggested="demo" onCreated={start} ready={input !== null}>
      <p>{t('demo.detail')}</p>
      {fields}
    </NewProjectDialog>
  )
}

/** The whole number in a field, or null where it is none or out of range. */
function whole(typed: string, least: number, most: number): number | null {
  const value = Number(typed)
  return /^\d+$/.test(typed.trim()) && value >= least && value <= most ? value : null
}
