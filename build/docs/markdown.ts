/** The notice at the top of every generated page. */
export const written = (from: string): string => `<!-- Written by \`npm run gen\` from ${from}. Do not edit. -->`

/** Text of a table cell: a bar would end the cell, and a line end the row. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')

/** A table without the columns in which no row has anything. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const filled = header.map((_, column) => rows.some((row) => row[column]))
  const line = (row: readonly string[]): string =>
    `| ${row
      .filter((_, column) => filled[column])
      .map(cell)
      .join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}

/** The parts of a page, with a blank line between. */
export const page = (parts: readonly string[]): string => `${parts.join('\n\n')}\n`

export const code = (text: string): string => `\`${text}\``

/** Text from a comment: what looks like HTML outside of code is text. */
export const prose = (text: string): string => text.replaceAll(/`[^`]*`|[<>]/g, (found) => ({ '<': '&lt;', '>': '&gt;' })[found] ?? found)

/** A comment as a sentence of its own. */
export const sentence = (text: string): string => (text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}`)

type Row = { path: string; type: string; fallback: string }
/** Fields with their types, and what `meaning` gives for each. */
export const fieldTable = <Field extends Row>(fields: readonly Field[], meaning: (field: Field) => string): string =>
  table(
    ['field', 'type', 'default', 'meaning'],
    fields.map((field) => [code(field.path), field.type, field.fallback, prose(meaning(field))]),
  )
