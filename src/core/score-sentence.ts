import { percent } from './format.ts'
import { PRIOR_MM_LOSS } from './losses.ts'
import { SHORTCUT_PRONE } from './shortcut-prone.ts'

/** Probability as people read it, with one decimal, never 0% or 100%. */
function chance(probability: number): string {
  if (probability > 0.999) return 'more than 99.9%'
  return probability < 0.001 ? 'less than 0.1%' : percent(probability)
}

/**
 * What the held-out losses (nats) say of a pair, in one or two sentences. Of a prior nothing is said but what the proxy does: `mmLoss` is then the
 * assumed ln 2 and is not looked at.
 */
export function scoreSentence(mmLoss: number, textLoss: number, kind: 'prior' | 'audit'): string {
  const byText = Math.exp(-textLoss)
  const text = `The text alone gives this label a probability of ${chance(byText)}`
  const textRight = textLoss < PRIOR_MM_LOSS
  if (kind === 'prior') {
    if (byText >= SHORTCUT_PRONE) return `${text}: the pair is shortcut-prone.`
    return textLoss > PRIOR_MM_LOSS
      ? `${text}: it favours the other response.`
      : `${text}: ${textRight ? 'it favours this label, without confidence' : 'it has no preference'}.`
  }
  const byImage = Math.exp(-mmLoss)
  const both = `${text}; the model with the image gives it ${chance(byImage)}.`
  const imageRight = mmLoss < PRIOR_MM_LOSS
  if (!imageRight) return `${both} ${textRight ? 'Only the text agrees with the label' : 'Neither agrees with the label'}.`
  if (!textRight) return `${both} The label needs the image.`
  if (byText >= SHORTCUT_PRONE) return `${both} The text is enough.`
  if (chance(byText) === chance(byImage)) return `${both} Both agree with the label, about equally.`
  return `${both} Both agree with the label, ${byImage > byText ? 'more clearly with the image' : 'more clearly without the image'}.`
}
