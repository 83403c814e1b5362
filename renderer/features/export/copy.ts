import { toast, toastError } from '../../ui/overlays/Toast.tsx'

/** Puts a text, such as a path, on the clipboard. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    toast('Copied', { detail: text })
  } catch {
    // Pages served over plain HTTP from another machine have no clipboard.
    toastError(undefined, { message: 'The clipboard cannot be used here.', remedy: `Copy it by hand: ${text}` })
  }
}
