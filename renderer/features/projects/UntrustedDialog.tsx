import { TRUST } from '../../../src/core/trust-words.ts'
import { closeDialog } from '../../state/dialogs.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/overlays/Dialog.tsx'
import { openReadOnly, trustProject } from './project-actions.ts'
import { useOpening } from './opening.ts'
import { words } from '../../words/words.ts'

const t = words.projects

/** Asks once, in a browser, about a project that was made elsewhere. */
export function UntrustedDialog() {
  const path = useOpening((state) => state.untrusted)
  if (path === null) return null
  return (
    <Dialog
      title={TRUST.question}
      onClose={closeDialog}
      onSubmit={() => void openReadOnly(path)}
      footer={
        <>
          <Button onClick={closeDialog}>{t('untrusted.cancel')}</Button>
          <Button onClick={() => void trustProject(path)}>{TRUST.trustAndOpen}</Button>
          <Button type="submit" tone="primary">
            {TRUST.openReadOnly}
          </Button>
        </>
      }
    >
      <p dir="auto" className="mono">
        {path}
      </p>
      <p>{TRUST.reason}</p>
      <ul>
        <li>{TRUST.readOnly}</li>
        <li>{TRUST.trusted}</li>
      </ul>
    </Dialog>
  )
}
