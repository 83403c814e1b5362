/** How the records of an imported file are read together: what its labels mean. Null where each was read by itself. */
export const version = 8

export const sql = `
ALTER TABLE imports ADD COLUMN convention TEXT;
`
