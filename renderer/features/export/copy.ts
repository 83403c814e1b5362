import { toast, toastError } from '../../ui/overlays/Toast.tsx'
import { words } from '../../words/words.ts'

const t = words.export

/** Puts a text, such as a path, on the clipboard. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    toast(t('copy.done'), { detail: text })
  } catch {
    // Pages served over plain HTTP from another machine have no clipboard.
    toastError(undefined, { message: t('copy.failed'), remedy: t('copy.remedy', { text }) })
  }
}
