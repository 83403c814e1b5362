/** Markup that is safe: made by `html`, which escapes whatever is put into it. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Value = Markup | string | number | null | readonly Value[]

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
/** What no HTML text may hold, and direction marks, which can make a line read as what it is not. */

const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g

const shown = (value: Value): string => {
  if (value === null) return ''
  if (value instanceof Markup) return value.text
  if (typeof value === 'object') return value.map(shown).join('')
  return String(value)
    .toWellFormed()
    .replaceAll(FORBIDDEN, '\ufffd')
    .replaceAll(/[&<>"']/g, (c) => ESCAPES[c] as string)
}

/** Text of users: in its own direction, and apart from what stands around it. */
export const user = (text: string): Markup => html`<bdi>${text}</bdi>`

/** Markup from a template; values are escaped, markup and lists of it are taken as they are. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Markup {
  return new Markup(parts.reduce((text, part, i) => text + shown(values[i - 1] ?? null) + part))
}
