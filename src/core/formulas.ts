/** The column of a table that Blindfold wrote with guarded cells, and its value: rows that have it are read back without the guards. */
export const GUARD_COLUMN = 'csv_formulas'
export const GUARDED = 'guarded'

/**
 * How a cell begins that spreadsheets may run as a formula (OWASP, CSV injection): with =, +, -, @, their full-width forms, a tab or
 * a line end, also behind blanks and quotes. A guarded cell begins so, too: a cell that is guarded can be told from one that is not.
 */
const FORMULA = /^[\s"']*[=+\-@\uff1d\uff0b\uff0d\uff20]|^["']*[\t\r\n]/

export const isFormula = (cell: string): boolean => FORMULA.test(cell)

/** The cell as spreadsheets show it and do not run it: a single quote says that it is text. */
export const guarded = (cell: string): string => (isFormula(cell) ? `'${cell}` : cell)

/** The cell that `guarded` was given. */
export const unguarded = (cell: string): string => (cell.startsWith("'") && isFormula(cell) ? cell.slice(1) : cell)
