import { closeDialog } from '../../state/dialogs.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { openReadOnly, trustProject } from './actions.ts'
import { useOpening } from './opening.ts'

/** Asks once, in a browser, about a project that was made elsewhere. */
export function UntrustedDialog() {
  const path = useOpening((state) => state.untrusted)
  if (path === null) return null
  return (
    <Dialog
      title="Do you trust this project?"
      onClose={closeDialog}
      onSubmit={() => void openReadOnly(path)}
      footer={
        <>
          <Button onClick={closeDialog}>Cancel</Button>
          <Button onClick={() => void trustProject(path)}>Trust and open</Button>
          <Button type="submit" tone="primary">
            Open read-only
          </Button>
        </>
      }
    >
      <p dir="auto" className="mono">{path}</p>
      <p>This project was not made on this computer. Trust it only if you know who made it.</p>
      <ul>
        <li>Read-only: you can browse its pairs, results and runs, and export them. Blindfold changes nothing, resumes no job and loads none of its models.</li>
        <li>Trusted: you can work in it as in your own. Blindfold does not ask again.</li>
      </ul>
    </Dialog>
  )
}
