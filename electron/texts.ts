import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Texts that come with the app: beside the archive in the package, in the repository's root otherwise. */
export const TEXTS = {
  changes: { file: 'CHANGELOG.md', title: 'What changed' },
  licence: { file: 'LICENSE', title: 'Licence of Blindfold' },
  notices: { file: 'THIRD-PARTY-NOTICES.txt', title: 'Licences of included software' },
} as const
export type TextName = keyof typeof TEXTS

/** @returns null where the build has no such text */
export function readText(folder: string, name: string): Promise<string | null> {
  const text = Object.hasOwn(TEXTS, name) ? TEXTS[name as TextName] : null
  return text ? readFile(join(folder, text.file), 'utf8').catch(() => null) : Promise.resolve(null)
}
