import { closeDialog } from '../state/dialogs.ts'
import { setTheme, usePreferences } from '../state/preferences.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/overlays/Dialog.tsx'
import { Segmented } from '../ui/Field.tsx'
import styles from './SettingsDialog.module.css'
import { words } from '../words/words.ts'

const t = words.frame

export function SettingsDialog() {
  const theme = usePreferences((state) => state.theme)
  return (
    <Dialog
      title={t('settings.title')}
      size="small"
      onClose={closeDialog}
      footer={
        <Button tone="primary" onClick={closeDialog}>
          {t('settings.done')}
        </Button>
      }
    >
      <div className={styles.row}>
        <span>{t('settings.appearance')}</span>
        <Segmented
          label={t('settings.appearance')}
          value={theme}
          onChange={setTheme}
          options={[
            { value: 'system', label: t('settings.system') },
            { value: 'light', label: t('settings.light') },
            { value: 'dark', label: t('settings.dark') },
          ]}
        />
      </div>
    </Dialog>
  )
}
