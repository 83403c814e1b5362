/** A pair is shortcut-prone from this probability on, that the text alone gives to its label. */
export const SHORTCUT_PRONE = 0.8

/** The same as a text margin in log-odds: ln 4. */
export const SHORTCUT_PRONE_MARGIN = Math.log(SHORTCUT_PRONE / (1 - SHORTCUT_PRONE))

/**
 * Whether the text alone predicts the pair's label with confidence. A statement about the held-out text margin (log-odds) and nothing else:
 * an MM-RM changes nothing in it. False where no blind test has scored the pair.
 */
export function isShortcutProne(textMargin: number | null): boolean {
  return textMargin !== null && textMargin >= SHORTCUT_PRONE_MARGIN
}
