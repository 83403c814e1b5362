import type { Estimate } from '../statistics.ts'
import type { Baselines } from './baselines.ts'

/** A feature of the proxy fitted on all pairs; see the contract's `topFeature`. */
export type ReportFeature = {
  feature: string
  kind: 'ngram' | 'style'
  weight: number
  coverage: number
  lift: number
  support: number
  side: 'chosen' | 'rejected'
}

export type Level = 'none' | 'weak' | 'strong' | 'too-few'
export type Action = 'import' | 'stronger-proxy' | 'probe' | 'low-sfc' | 'reasons' | 'suspects' | 'train' | 'rescan' | 'stability'
export type Verdict = { level: Level; sentence: string; next: string; steps: { action: Action; text: string }[] }

/** What the verdict rests on. */
export type Findings = {
  blindAccuracy: Estimate
  baselines: Baselines
  groups: number
  proxy: 'lexical' | 'encoder' | 'reward-model'
  topFeature: ReportFeature | undefined
  stale: number
  lowestTenth: number
  /** Whether an MM-RM or a probe has scored pairs, whether a probe was tried at all, and whether there is anything to look at. */
  audited: boolean
  probed: boolean
  images: number
  suspects: number
  repeated: boolean
}

/** Fewer groups than this cannot carry a verdict. */
const ENOUGH_GROUPS = 20
const STRONG = 0.75
/** A baseline is nearly as good where it comes within this of the proxy. */
const NEAR = 0.05
const MOST_STEPS = 5

export function levelOf(blindAccuracy: Estimate, groups: number): Level {
  if (groups < ENOUGH_GROUPS) return 'too-few'
  if (blindAccuracy.low <= 0.5) return 'none'
  return blindAccuracy.low > STRONG ? 'strong' : 'weak'
}

export function verdictOf(found: Findings): Verdict {
  const { blindAccuracy, groups } = found
  const rate = `${percent(blindAccuracy.value)} (95 % interval ${percent(blindAccuracy.low)} to ${percent(blindAccuracy.high)})`
  const level = levelOf(blindAccuracy, groups)
  const steps = stepsOf(level, found).slice(0, MOST_STEPS)
  const next = steps[0]?.text ?? ''
  switch (level) {
    case 'too-few': {
      const sentence = `With the image hidden, ${rate} of the labels are guessed, but ${groups} different images or prompts are too few for a verdict.`
      return { level, sentence, next, steps }
    }
    case 'none': {
      const sentence = `No text-only shortcut found: with the image hidden, ${rate} of the labels are guessed, which chance explains.`
      return { level, sentence, next, steps }
    }
    default:
      return { level, sentence: `This data set leaks: with the image hidden, ${rate} of the labels are guessed.${strongest(found)}`, next, steps }
  }
}

function strongest({ blindAccuracy, baselines, topFeature }: Findings): string {
  const [name, best] = (Object.entries(baselines) as [keyof Baselines, Estimate][]).sort(([, a], [, b]) => b.value - a.value)[0] as [keyof Baselines, Estimate]
  if (best.value >= blindAccuracy.value - NEAR) return ` “${name} wins” alone is nearly as good, with ${percent(best.value)}.`
  return topFeature ? ` The strongest cue is ${describe(topFeature)}.` : ''
}

function stepsOf(level: Level, { proxy, topFeature, stale, lowestTenth, audited, probed, images, suspects, repeated }: Findings): Verdict['steps'] {
  const steps: Verdict['steps'] = []
  const add = (action: Action, text: string) => steps.push({ action, text })
  if (level === 'too-few') add('import', 'Import more pairs on other images and run the blind test again.')
  if (stale > 0) add('rescan', `Run the blind test again: ${stale === 1 ? 'the text of one pair has' : `the texts of ${stale} pairs have`} changed since, and count nowhere here.`)
  if (level === 'strong' || level === 'weak') {
    if (topFeature) add('reasons', `Look at the cues. The strongest: ${describe(topFeature)}.`)
    add('low-sfc', `Review the ${lowestTenth} pairs with the lowest SFC: there the text alone gives the label away.`)
  }
  if (suspects > 0) add('suspects', `Check ${suspects === 1 ? 'the label that is' : `the ${suspects} labels that are`} probably wrong.`)
  if (!audited && images > 0 && level !== 'too-few') {
    const tried = 'Probe with a CLIP- or SigLIP-style pair of models: the probe that was tried makes nothing of these images, and the SFC is still the prior one.'
    add('probe', probed ? tried : 'Score the pairs with an image-side reference: until then the SFC is the prior one, which only knows the text.')
  }
  if (level === 'none' && proxy === 'lexical') add('stronger-proxy', 'Run it again with a stronger proxy, which may find what word counts cannot see.')
  if (level !== 'too-few') add('train', level === 'none' ? 'Train on it as it is.' : 'Retrain the MM-RM with the shortcuts discounted.')
  if (level === 'weak' && !repeated) add('stability', 'Repeat it with other seeds to see how much the verdict moves.')
  return steps
}

function describe({ feature, kind, side }: ReportFeature): string {
  const what = kind === 'ngram' ? `the words “${feature}”` : `“${feature}”`
  return `${what}, which point${kind === 'ngram' ? '' : 's'} to the ${side} response`
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
