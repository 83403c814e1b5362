/** What an import did with fields that no part of a pair uses, ids that repeat, and the encoding a file is read in. */
export const version = 10

export const sql = `
-- By code and field: how many records of the import it concerns, and the first of them.
CREATE TABLE import_remarks (
  import_id INTEGER NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
  code TEXT NOT NULL,
  field TEXT NOT NULL,
  records INTEGER NOT NULL,
  first_row INTEGER NOT NULL,
  PRIMARY KEY (import_id, code, field)
) STRICT, WITHOUT ROWID;

-- Ids that several pairs of a source and split state: they tell no pair from others and are metadata.
CREATE TABLE repeated_ids (
  source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
  split TEXT NOT NULL,
  external_id TEXT NOT NULL,
  PRIMARY KEY (source_id, split, external_id)
) STRICT, WITHOUT ROWID;

-- As it was told; null where the content tells.
ALTER TABLE imports ADD COLUMN encoding TEXT;
`
