import type { PickSave } from '../../src/protocols/shell-input.ts'
import { failureOf } from '../api/failure.ts'
import { pickSave } from './pick.ts'
import { words } from '../words/words.ts'

const t = words.files

/**
 * Lets the user choose where a file goes and saves it there; asks before one that is there is replaced. Null if the user
 * cancelled. @throws what `save` throws
 */
export async function saveTo<Result>(options: PickSave, save: (path: string, replace: boolean) => Promise<Result>): Promise<Result | null> {
  const path = await pickSave(options)
  if (path === null) return null
  // The system's own dialog has asked already.
  if (window.blindfold) return save(path, true)
  try {
    return await save(path, false)
  } catch (error) {
    const { code, message } = failureOf(error)
    if (code !== 'FILE_EXISTS') throw error
    return window.confirm(t('replace', { message })) ? save(path, true) : null
  }
}
