/** The notice at the top of every generated page. */
export const written = (from: string): string => `<!-- Written by \`npm run gen\` from ${from}. Do not edit. -->`

/** Text of a table cell: a bar would end the cell, and a line end the row. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')

export const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')

/** The parts of a page, with a blank line between. */
export const page = (parts: readonly string[]): string => `${parts.join('\n\n')}\n`

export const code = (text: string): string => `\`${text}\``
