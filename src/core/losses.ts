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

/**
 * Shortcut-Failure Coefficient, Definition 4.1: (L_t + eps/2) / (L + L_t + eps), in (0, 1). High: the text shortcut
 * fails and the pair needs the image. Low: the text alone gives the answer away.
 */
export function sfc(mmLoss: number, textLoss: number): number {
  return (textLoss + EPS / 2) / (mmLoss + textLoss + EPS)
}

export type Quadrant = 'text-solvable' | 'shortcut-only' | 'image-needed' | 'suspect-label' | 'text-right' | 'text-wrong'

/** A model is right where its margin is above zero. Without an MM-RM score (null) only the text half is known. */
export function quadrantOf(textMargin: number, mmMargin: number | null): Quadrant {
  const textRight = textMargin > 0
  if (mmMargin === null) return textRight ? 'text-right' : 'text-wrong'
  if (mmMargin > 0) return textRight ? 'text-solvable' : 'image-needed'
  return textRight ? 'shortcut-only' : 'suspect-label'
}
