import type { ExportFormat } from '../../contract/exports.ts'
import { blindfold } from './blindfold.ts'
import { csv } from './csv.ts'
import { llamaFactory } from './llama-factory.ts'
import { mmRm } from './mm-rm.ts'
import { msSwift } from './ms-swift.ts'
import { povid } from './povid.ts'
import { trl, trlParquet } from './trl.ts'
import type { Writer } from './writer.ts'

/** All formats that are written. */
export const WRITERS: readonly Writer[] = [trl, trlParquet, llamaFactory, msSwift, mmRm, povid, csv, blindfold]

export function writerOf(id: ExportFormat): Writer {
  const writer = WRITERS.find((candidate) => candidate.id === id)
  if (!writer) throw new Error(`there is no writer ${id}`)
  return writer
}
