/** Labels that an import brought along are told from those that were given here. */
export const version = 4

export const sql = `
-- Came with a pair from another project: nobody here takes it back by undo.
ALTER TABLE annotations ADD COLUMN restored INTEGER NOT NULL DEFAULT 0 CHECK (restored IN (0, 1));
DROP INDEX annotations_single;
CREATE INDEX annotations_single ON annotations (id) WHERE bulk_id IS NULL AND restored = 0;
`
