import type { Boilerplate, ReasonName, ReasonsReport } from '../../../src/contract/reasons.ts'
import { Button } from '../../ui/Button.tsx'
import { count } from '../../../src/core/format.ts'
import { words } from '../../words/words.ts'
import { showPairsOf } from './reasons/reason-pairs.ts'

const t = words.overview

/**
 * In how many pairs a cue differs between the responses, and the way to these pairs. Where not all pairs were looked at the number is an
 * earlier one or that of a sample, and the link does not bear it.
 */
export function PairsOf({
  what,
  pairs,
  found,
}: {
  what: ReasonName | Pick<Boilerplate, 'place' | 'text'>
  pairs: number
  found: Pick<ReasonsReport, 'looked' | 'scored'> | undefined
}) {
  if (!found) return <>{count(pairs)}</>
  const whole = found.looked === found.scored
  return (
    <Button
      size="small"
      tone="quiet"
      hint={whole ? t('cues.showPairs') : t('cues.findHint', { count: pairs })}
      onClick={() => void showPairsOf(what)}
    >
      {whole ? count(pairs) : t('cues.find')}
    </Button>
  )
}
