import type { ExportFormat } from '../../contract/exports.ts'
import { blindfold } from './blindfold.ts'
import { csv } from './csv.ts'
import { llamaFactory } from './llama-factory.ts'
import { mmRm } from './mm-rm.ts'
import { msSwift } from './ms-swift.ts'
import { povid } from './povid.ts'
import { trl, trlParquet } from './trl.ts'
import type { Writer } from './writer.ts'

const BY_FORMAT: { [Id in ExportFormat]: Writer } = {
  trl,
  'trl-parquet': trlParquet,
  'llama-factory': llamaFactory,
  'ms-swift': msSwift,
  'mm-rm': mmRm,
  povid,
  csv,
  blindfold,
}

/** All formats that are written. */
export const WRITERS: readonly Writer[] = Object.values(BY_FORMAT)

export const writerOf = (id: ExportFormat): Writer => BY_FORMAT[id]
