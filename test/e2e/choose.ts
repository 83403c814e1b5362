import type { Locator, Page } from '@playwright/test'
import { expect } from './app.ts'

/** Types a path into the file browser that is open, once it shows where it is: that would be put before what is typed meanwhile. */
export async function typeFolder(within: Page | Locator, path: string): Promise<void> {
  const field = within.getByRole('textbox', { name: 'Folder' })
  await expect(field).not.toHaveValue('')
  await field.fill(path)
}

/** Chooses a path in the file browser that is open, by typing it: a file is taken at once, a folder with the dialog's button. */
export async function typePath(page: Page, path: string, folder = false): Promise<void> {
  const dialog = page.getByRole('dialog')
  await typeFolder(dialog, path)
  await page.keyboard.press('Enter')
  if (folder) await dialog.getByRole('button', { name: 'Use this folder' }).click()
  await expect(dialog).toHaveCount(0)
}

/** Chooses a file or folder in the import page, by key. */
export async function chooseData(page: Page, path: string, folder = false): Promise<void> {
  await page.getByRole('heading', { level: 1 }).click()
  await page.keyboard.press(folder ? 'f' : 'o')
  await typePath(page, path, folder)
}

/** Starts the import by its key, once it can be started. */
export async function startImport(page: Page): Promise<void> {
  await expect(page.getByRole('button', { name: /^(Start import|Import \d+ files)/ })).toBeEnabled()
  await page.keyboard.press('Control+Enter')
}

/** Drops files of these names onto the window, as a browser hands them over. */
export async function dropFiles(page: Page, names: readonly string[]): Promise<void> {
  const dataTransfer = await page.evaluateHandle((given) => {
    const data = new DataTransfer()
    for (const name of given) data.items.add(new File(['{}'], name))
    return data
  }, names)
  await page.dispatchEvent('body', 'dragover', { dataTransfer })
  await expect(page.getByRole('heading', { name: 'Drop to import' })).toBeVisible()
  await page.dispatchEvent('body', 'drop', { dataTransfer })
}
