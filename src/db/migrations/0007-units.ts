/** Which scripts a proxy's units were counted in. */
export const version = 7

export const sql = `
-- Share of responses in scripts without spaces between words; NULL where the proxy counts neither words nor characters.
ALTER TABLE scans ADD COLUMN unspaced REAL;
`
