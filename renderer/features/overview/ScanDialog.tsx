import { useState } from 'react'
import { client } from '../../api/client.ts'
import { failureOf, type ShownFailure } from '../../api/failure.ts'
import { closeDialog } from '../../state/dialogs.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Field, Input } from '../../ui/Field.tsx'
import { FailureNote } from '../../ui/states.tsx'

/** Starts a scan: the text-only proxy, cross-fitted in grouped folds. */
export function ScanDialog() {
  const [seed, setSeed] = useState('0')
  const [failure, setFailure] = useState<ShownFailure | null>(null)
  const valid = /^\d{1,9}$/.test(seed.trim())
  const start = async () => {
    if (!valid) return
    try {
      await client.scan.start({ proxy: 'lexical', seed: Number(seed) })
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
          <Button type="submit" tone="primary" disabled={!valid}>
            Run blind test
          </Button>
        </>
      }
    >
      <p>
        A text-only model learns to tell the chosen response from the rejected one without seeing any image. Each pair is scored by a model
        that was not trained on it nor on pairs with the same image.
      </p>
      <Field label="Seed" hint="Decides how pairs fall into the five folds. The same seed gives the same numbers." error={valid ? null : 'A whole number from 0'}>
        {(props) => <Input {...props} inputMode="numeric" value={seed} onChange={(event) => setSeed(event.target.value)} />}
      </Field>
      {failure && <FailureNote failure={failure} />}
    </Dialog>
  )
}
