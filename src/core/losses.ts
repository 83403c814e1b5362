/** Pure losses and coefficients of Li et al., ICML 2025 (arXiv 2503.03122). Margins are log-odds, losses nats. */

/** The loss of a reward model that knows nothing: what L is taken as before any MM-RM has scored a pair. */
export const PRIOR_MM_LOSS = Math.LN2

const EPS = 1e-7

/**
 * Bradley-Terry loss softplus(-m) of a margin m = r(chosen) - r(rejected), in nats. Written so that neither end
 * overflows or loses its digits: `log(sigmoid(m))` would do both.
 */
export function softplusNeg(margin: number): number {
  return Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)))
}

/** Bradley-Terry probability that the first response is the better one, 0 to 1, of a margin in log-odds. */
export function sigmoid(margin: number): number {
  return margin >= 0 ? 1 / (1 + Math.exp(-margin)) : Math.exp(margin) / (1 + Math.exp(margin))
}

/**
 * Shortcut-Failure Coefficient, Definition 4.1: (L_t + eps/2) / (L + L_t + eps), in (0, 1). High: the text shortcut
 * fails and the pair needs the image. Low: the text alone gives the answer away.
 */
export function sfc(mmLoss: number, textLoss: number): number {
  return (textLoss + EPS / 2) / (mmLoss + textLoss + EPS)
}

/** SFC of a pair that only the proxy has scored: the text loss (nats) beside `PRIOR_MM_LOSS`. In (0, 1); falls as the text margin rises. */
export function priorSfc(textLoss: number): number {
  return sfc(PRIOR_MM_LOSS, textLoss)
}

/**
 * Size of a pair's gradient in shortcut-aware training, sfc(L, L_t) * sigmoid(-m), of its held-out margins (log-odds). In (0, 1): close to 0
 * where the text gives the label away and where the MM-RM has learned it. Shown relative to the mean pair.
 */
export function trainingInfluence(textMargin: number, mmMargin: number): number {
  return sfc(softplusNeg(mmMargin), softplusNeg(textMargin)) * sigmoid(-mmMargin)
}

/** Text margin (log-odds) of the pairs with this prior SFC; infinite at or beyond its ends. */
export function marginOfPriorSfc(value: number): number {
  const loss = (value * (PRIOR_MM_LOSS + EPS) - EPS / 2) / (1 - value)
  if (value >= 1) return -Infinity
  return loss <= 0 ? Infinity : -Math.log(Math.expm1(loss))
}

/** The same margin with the responses exchanged: exactly its negative, and 0 rather than -0. */
export function turned(margin: number): number {
  return 0 - margin
}

export type Quadrant = 'text-solvable' | 'shortcut-only' | 'image-needed' | 'suspect-label' | 'text-right' | 'text-wrong'

/** A model is right where its margin is above zero. Without an MM-RM score (null) only the text half is known. */
export function quadrantOf(textMargin: number, mmMargin: number | null): Quadrant {
  const textRight = textMargin > 0
  if (mmMargin === null) return textRight ? 'text-right' : 'text-wrong'
  if (mmMargin > 0) return textRight ? 'text-solvable' : 'image-needed'
  return textRight ? 'shortcut-only' : 'suspect-label'
}
