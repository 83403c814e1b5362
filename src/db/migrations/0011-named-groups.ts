/** Groups go by the image that a record names, whether or not its file is there. */
export const version = 11

export const sql = `
-- What the record calls the image, where that names it without doubt: it groups pairs before and after the file is there.
ALTER TABLE pair_images ADD COLUMN reference TEXT;

-- A forest over what pairs are grouped by: names of images (# and a hash) and contents. A key without a row is a root.
CREATE TABLE group_keys (
  key TEXT PRIMARY KEY,
  parent TEXT,
  -- The content that a name was found to have.
  hash TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO group_keys (key, parent) SELECT hash, group_id FROM media WHERE group_id IS NOT NULL AND group_id <> hash;
DROP INDEX media_by_group;
ALTER TABLE media DROP COLUMN group_id;

-- Pairs whose images are missing were grouped by their prompt: they are grouped again when the project is opened.
UPDATE pair_state SET group_id = NULL WHERE missing_images > 0;
INSERT OR REPLACE INTO meta (key, value) SELECT 'groups_behind', '0' WHERE EXISTS (SELECT 1 FROM pair_state WHERE group_id IS NULL);
`
