/**
 * Characters that act instead of being shown: control characters of terminals (C0 except tab and line feed, DEL, C1), line
 * and paragraph separators, and those that change the direction of the text around them.
 */
const ACTING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/**
 * Text that a terminal shows and does nothing else with: each acting character becomes its escape, such as `\u001b`. In JSON
 * these escapes stand for the same characters, so a JSON text keeps its value.
 */
export const inert = (text: string): string => text.replace(ACTING, escaped)

/** The same on one line: for names and cells, in which a line feed or tab would imitate the layout around them. */
export const inertLine = (text: string): string => inert(text).replace(/[\n\t]/g, escaped)

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
