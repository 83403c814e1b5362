import { closeDialog } from '../state/dialogs.ts'
import { setTheme, usePreferences } from '../state/preferences.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/overlays/Dialog.tsx'
import { Segmented } from '../ui/Field.tsx'
import styles from './SettingsDialog.module.css'

export function SettingsDialog() {
  const theme = usePreferences((state) => state.theme)
  return (
    <Dialog
      title="Settings"
      size="small"
      onClose={closeDialog}
      footer={
        <Button tone="primary" onClick={closeDialog}>
          Done
        </Button>
      }
    >
      <div className={styles.row}>
        <span>Appearance</span>
        <Segmented
          label="Appearance"
          value={theme}
          onChange={setTheme}
          options={[
            { value: 'system', label: 'System' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
        />
      </div>
    </Dialog>
  )
}
