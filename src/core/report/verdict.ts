import { plural, rate } from '../format.ts'
import { phraseText } from '../scripts.ts'
import type { Estimate } from '../statistics.ts'
import { predictorName, type Prediction } from './predictors.ts'
import type { NextAction, ProxyKind, Subject, VerdictLevel } from '../vocabulary.ts'

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

export type Verdict = { level: VerdictLevel; sentence: string; next: string; steps: { action: NextAction; text: string }[] }

/** What a verdict on some pairs rests on. */
export type Tested = { subject: Subject; groups: number; blindAccuracy: Estimate; predictions: readonly Prediction[] }

/** What the steps rest on besides. */
export type Findings = Tested & {
  proxy: ProxyKind
  topFeature: ReportFeature | undefined
  /** Whether the text-only pairs beside those with images leak. */
  textLeaks: boolean
  /** Sources that leak although the whole does not. */
  leakingSources: readonly string[]
  /** Pairs that changed, and those whose group changed, since they were scored. */
  stale: number
  regrouped: number
  /** Pairs whose label the text alone predicts with confidence. */
  shortcutProne: number
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
/** A baseline alone is enough where it comes within this of the proxy. */
const NEAR = 0.05
const MOST_STEPS = 5

/** The level of the proxy alone. */
export function levelOf(blindAccuracy: Estimate, groups: number): VerdictLevel {
  if (groups < ENOUGH_GROUPS) return 'too-few'
  if (blindAccuracy.low <= 0.5) return 'none'
  return blindAccuracy.low > STRONG ? 'strong' : 'weak'
}

/** The level of the verdict: of the proxy and all baselines. */
export function verdictLevel({ groups, predictions }: Pick<Tested, 'groups' | 'predictions'>): VerdictLevel {
  if (groups < ENOUGH_GROUPS) return 'too-few'
  const leaking = predictions.filter(({ leaks }) => leaks)
  if (leaking.length === 0) return 'none'
  return leaking.some(({ accuracy }) => accuracy.low > STRONG) ? 'strong' : 'weak'
}

export function verdictOf(found: Findings): Verdict {
  const level = verdictLevel(found)
  const steps = stepsOf(level, found).slice(0, MOST_STEPS)
  return { level, sentence: sentenceOf(level, found), next: steps[0]?.text ?? '', steps }
}

/** What text-only pairs beside pairs with images show, in a sentence of their own. */
export function wordingSentence(tested: Tested): string {
  const level = verdictLevel(tested)
  if (level === 'too-few')
    return `The proxy predicts ${rate(tested.blindAccuracy)} of labels, but ${tested.groups} groups are too few for a verdict (${ENOUGH_GROUPS} needed).`
  const best = strongest(tested)
  if (!best) return `The wording alone does not predict the label: ${atChance(tested)}`
  return `The wording alone predicts the label: ${predictorName(best.by)} reaches ${rate(best.accuracy)}.`
}

function sentenceOf(level: VerdictLevel, found: Findings): string {
  const { blindAccuracy, groups, subject, predictions, topFeature, leakingSources } = found
  const reached = rate(blindAccuracy)
  if (level === 'too-few')
    return `The proxy predicts ${reached} of labels, but ${groups} groups are too few for a verdict (${ENOUGH_GROUPS} needed).`
  const best = strongest(found)
  if (!best) {
    const but =
      leakingSources.length > 0 ? ` Within ${leakingSources.map((name) => `“${name}”`).join(', ')} the proxy is above chance.` : ''
    return `No leak found: ${atChance(found)}${but}`
  }
  const without = subject === 'images' ? 'without the image' : 'from the wording alone'
  const head = `This dataset leaks: ${without}, ${predictorName(best.by)} predicts ${rate(best.accuracy)} of labels.`
  if (best.by !== 'proxy') return `${head} The proxy reaches ${reached}.`
  const rule = predictions.find(({ by, leaks, accuracy }) => by !== 'proxy' && leaks && accuracy.value >= blindAccuracy.value - NEAR)
  if (rule) return `${head} ${capital(predictorName(rule.by))} alone reaches ${rate(rule.accuracy)}.`
  return topFeature ? `${head} The strongest cue is ${describe(topFeature)}.` : head
}

/** What the proxy predicts where neither it nor a baseline leaks, and no more than the intervals allow. */
function atChance({ blindAccuracy, predictions }: Pick<Tested, 'blindAccuracy' | 'predictions'>): string {
  const predicts = `the proxy predicts ${rate(blindAccuracy)} of labels`
  if (predictions.some(({ accuracy }) => accuracy.low > 0.5))
    return `${predicts}. After Holm adjustment, neither it nor a baseline is above chance.`
  return `${predicts}, which is ${blindAccuracy.high < 0.5 ? 'below' : 'consistent with'} chance. No baseline is above chance either.`
}

/** The most accurate predictor that leaks. */
const strongest = ({ predictions }: Pick<Tested, 'predictions'>): Prediction | undefined => predictions.find(({ leaks }) => leaks)

function stepsOf(level: VerdictLevel, found: Findings): Verdict['steps'] {
  const { proxy, topFeature, stale, regrouped, shortcutProne, audited, probed, images, suspects, repeated } = found
  const steps: Verdict['steps'] = []
  const add = (action: NextAction, text: string) => steps.push({ action, text })
  if (level === 'too-few')
    add(
      'import',
      `Import more pairs ${found.subject === 'images' ? 'on other images' : 'with other prompts'} and run the blind test again.`,
    )
  const changed = stale - regrouped
  if (changed > 0)
    add('rescan', `Run the blind test again: ${pairs(changed)} changed and ${changed === 1 ? 'is' : 'are'} excluded from these results.`)
  else if (regrouped > 0)
    add(
      'rescan',
      `Run the blind test again: ${pairs(regrouped)} joined other groups and ${regrouped === 1 ? 'is' : 'are'} no longer scored held out.`,
    )
  if (level === 'strong' || level === 'weak') {
    if (topFeature) add('reasons', `Check the cues. The strongest is ${describe(topFeature)}.`)
    if (shortcutProne > 0)
      add(
        'shortcut-prone',
        `Review ${pairs(shortcutProne)} whose label the ${found.subject === 'images' ? 'text' : 'wording'} alone predicts with confidence.`,
      )
  }
  if (suspects > 0) add('suspects', `Check the ${suspects === 1 ? 'likely label error' : `${suspects} likely label errors`}.`)
  if (!audited && images > 0 && found.subject === 'images' && level !== 'too-few') {
    const tried =
      'Run the image probe with a CLIP- or SigLIP-style model: the last probe gained nothing from these images, so every SFC remains a prior.'
    add('probe', probed ? tried : 'Run the image probe: until then every SFC is a prior, based on the text only.')
  }
  if (level === 'none' && proxy === 'lexical')
    add('stronger-proxy', 'Run the blind test with a stronger proxy, which may find cues that word counts miss.')
  if (level !== 'too-few') add('train', trainingStep(level, found))
  if (level === 'weak' && !repeated) add('stability', 'Repeat the blind test with other seeds to see how much the verdict changes.')
  return steps
}

function trainingStep(level: VerdictLevel, { textLeaks, leakingSources, subject }: Findings): string {
  if (level !== 'none')
    return subject === 'images'
      ? 'Retrain the MM-RM with shortcut-aware training.'
      : 'Curate the pairs that leak before you train a reward model on them.'
  if (leakingSources.length > 0) return 'Review the sources that leak before you train on them.'
  return textLeaks
    ? 'Train on the pairs with images as they are. The text-only pairs leak: review them first.'
    : 'Train on the dataset as it is.'
}

function describe({ feature, kind, side }: ReportFeature): string {
  return `${kind === 'ngram' ? 'the wording ' : ''}“${phraseText(feature)}”, which points to the ${side} response`
}

const pairs = (n: number): string => plural(n, 'pair')
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
