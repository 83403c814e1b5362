/** A letter of a script that runs from right to left, or a mark that turns the direction of what follows. */
const TURNED = String.raw`[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}\u200f\u202a-\u202e\u2066-\u2069]`
/** From such a letter to the last one before a letter of another direction. */
const STRETCH = new RegExp(String.raw`${TURNED}(?:(?:(?!${TURNED})\P{L})*${TURNED})*`, 'gu')

/**
 * A sentence of the interface with names in it: each right-to-left stretch stands for itself, so that it reorders nothing around it.
 * Text without such letters stays as it is.
 */
export const isolated = (sentence: string): string => sentence.replace(STRETCH, (stretch) => `\u2068${stretch}\u2069`)
