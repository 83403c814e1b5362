import type { ColumnMap, Convention, FormatId } from '../contract/imports.ts'
import { BlindfoldError } from '../core/errors.ts'
import { blindfold } from './readers/blindfold.ts'
import { layoutBeside, type Layout } from './dataset-info.ts'
import type { Format } from './format.ts'
import { judged, judgedBy } from './readers/judged.ts'
import { llamaFactory } from './readers/llama-factory.ts'
import { llamaFactoryV1 } from './readers/llama-factory-v1.ts'
import { mapped } from './readers/mapped.ts'
import { mmRm } from './readers/mm-rm.ts'
import { msSwift } from './readers/ms-swift.ts'
import { openaiDpo } from './readers/openai-dpo.ts'
import { povid } from './readers/povid.ts'
import { ranked } from './readers/ranked.ts'
import { rlhfV } from './readers/rlhf-v.ts'
import { transcripts } from './readers/transcripts.ts'
import { trl, trlBy } from './readers/trl.ts'
import { vlfeedback } from './readers/vlfeedback.ts'

/** What a reader must know beside the records. */
export type FormatOptions = {
  /** For `mapped`, which cannot read without it. */
  map?: ColumnMap | null
  /** For LLaMA-Factory: what a `dataset_info.json` says of the file. */
  layout?: Layout | null
  /** What all records of the file tell together: for formats with a label, or with columns of turns or texts. */
  convention?: Convention | null
}

const READERS: { [Id in Exclude<FormatId, 'mapped'>]: Format } = {
  blindfold,
  'mm-rm': mmRm,
  vlfeedback,
  'rlhf-v': rlhfV,
  povid,
  'llama-factory': llamaFactory(null),
  'ms-swift': msSwift,
  trl,
  judged,
  'openai-dpo': openaiDpo,
  'llama-factory-v1': llamaFactoryV1,
  transcripts,
  ranked,
}

/** All formats that can be detected from their records, those of the usual column names. */
export const FORMATS: readonly Format[] = Object.values(READERS)

/** @throws BlindfoldError INVALID_INPUT where `mapped` has no map */
export function formatFor(id: FormatId, { map, layout, convention }: FormatOptions = {}): Format {
  const turns = convention?.turns ?? null
  if (id === 'llama-factory') return llamaFactory(layout ?? null, turns)
  if (id === 'trl') return trlBy(turns)
  if (id === 'judged') return judgedBy(convention?.label ?? null)
  if (id === 'mapped') {
    if (map) return mapped(map, convention?.label ?? null, turns)
    throw new BlindfoldError('INVALID_INPUT', 'A mapped import needs a column map.', {
      field: 'map',
      remedy: 'State which columns contain the parts of a pair, such as prompt=question,chosen=good,rejected=bad.',
    })
  }
  return READERS[id]
}

/** The reader of one file: as `formatFor`, with what the file's folder says of it. */
export async function formatOf(file: string, id: FormatId, map?: ColumnMap | null, convention?: Convention | null): Promise<Format> {
  return formatFor(id, {
    map: map ?? null,
    convention: convention ?? null,
    layout: id === 'llama-factory' ? await layoutBeside(file) : null,
  })
}
