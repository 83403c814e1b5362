/**
 * Prompts as messages, images that are missing, several pairs a record, duplicates, tags, slices and bulk actions, and a
 * search index that is filled behind an import. A pair's split may differ from the one it was imported with:
 * `pair_state.split` holds, `pairs.split` remembers.
 */
export const version = 2

export const sql = `
DROP VIEW current_pairs;
DROP TRIGGER pairs_added;
DROP TRIGGER annotations_added;

-- The same content may stand in two splits of a source, and a pair that gets its missing image may become another's equal:
-- what an import skips is decided when it inserts.
CREATE TABLE pairs_new (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL,
  source_id INTEGER NOT NULL REFERENCES sources (id),
  external_id TEXT,
  split TEXT NOT NULL DEFAULT '',
  prompt TEXT NOT NULL,
  chosen TEXT NOT NULL,
  rejected TEXT NOT NULL,
  text_hash TEXT NOT NULL,
  -- JSON of the contract's messages; NULL where the prompt is one user turn of its images and then its text.
  messages TEXT,
  metadata TEXT NOT NULL DEFAULT '{}',
  import_id INTEGER NOT NULL REFERENCES imports (id),
  row INTEGER NOT NULL,
  -- Which of the pairs that its record states, from 0.
  part INTEGER NOT NULL DEFAULT 0,
  -- The record calls both responses equally good: the pair's status is tied until somebody says otherwise.
  tied INTEGER NOT NULL DEFAULT 0 CHECK (tied IN (0, 1)),
  created_at TEXT NOT NULL
) STRICT;
INSERT INTO pairs_new (id, uid, source_id, external_id, split, prompt, chosen, rejected, text_hash, metadata, import_id, row, created_at)
  SELECT id, uid, source_id, external_id, split, prompt, chosen, rejected, text_hash, metadata, import_id, row, created_at FROM pairs;
DROP TABLE pairs;
ALTER TABLE pairs_new RENAME TO pairs;
-- 32 bits find a pair among few: an index over whole hashes would be the largest of all and grow at random places.
CREATE INDEX pairs_by_uid ON pairs (substr(uid, 1, 8));
CREATE UNIQUE INDEX pairs_external ON pairs (source_id, split, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX pairs_by_import ON pairs (import_id);

ALTER TABLE imports ADD COLUMN pairs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN tied INTEGER NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN incomplete INTEGER NOT NULL DEFAULT 0;
-- JSON of the contract's column map, for records of no known format.
ALTER TABLE imports ADD COLUMN map TEXT;
-- JSON list of the hosts that images may be fetched from.
ALTER TABLE imports ADD COLUMN fetch_hosts TEXT NOT NULL DEFAULT '[]';
-- Whether the split was told, and holds whatever a record says, or only gathered from the name of the file.
ALTER TABLE imports ADD COLUMN split_given INTEGER NOT NULL DEFAULT 0 CHECK (split_given IN (0, 1));
-- Size and time of the file's last change when the import began: a resumed import refuses another file.
ALTER TABLE imports ADD COLUMN fingerprint TEXT;
UPDATE imports SET pairs = imported + skipped + quarantined;

-- Rows that an import skipped, and the pair that was there already.
CREATE TABLE import_skips (
  import_id INTEGER NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
  row INTEGER NOT NULL,
  part INTEGER NOT NULL,
  pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
  PRIMARY KEY (import_id, row, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine_new (
  id INTEGER PRIMARY KEY,
  import_id INTEGER NOT NULL REFERENCES imports (id),
  source_id INTEGER NOT NULL REFERENCES sources (id),
  split TEXT NOT NULL,
  file TEXT NOT NULL,
  row INTEGER NOT NULL,
  part INTEGER NOT NULL DEFAULT 0,
  field TEXT,
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  raw TEXT NOT NULL,
  created_at TEXT NOT NULL,
  UNIQUE (source_id, split, file, row, part)
) STRICT;
-- Pairs whose image is missing are imported now: such a row comes in when it is tried again.
INSERT INTO quarantine_new (id, import_id, source_id, split, file, row, field, code, reason, raw, created_at)
  SELECT id, import_id, source_id, split, file, row, field, replace(code, 'missing-image', 'unreadable-image'), reason, raw, created_at
  FROM quarantine;
DROP TABLE quarantine;
ALTER TABLE quarantine_new RENAME TO quarantine;
CREATE INDEX quarantine_by_code ON quarantine (code, id);

-- 0: not made yet; 1: made; 2: the image itself is small enough, or cannot be made smaller.
ALTER TABLE media ADD COLUMN thumbnail INTEGER NOT NULL DEFAULT 0 CHECK (thumbnail IN (0, 1, 2));
CREATE INDEX media_without_thumbnail ON media (hash) WHERE thumbnail = 0;
-- The group of the pairs that show the image: the smallest hash among the images that pairs join to it; NULL: its own.
ALTER TABLE media ADD COLUMN group_id TEXT;
UPDATE media SET group_id = (
  SELECT max(s.group_id) FROM pair_images i JOIN pair_state s ON s.pair_id = i.pair_id WHERE i.hash = media.hash AND s.group_id <> media.hash);
CREATE INDEX media_by_group ON media (group_id) WHERE group_id IS NOT NULL;

-- Images that a pair names and the project lacks: pair_images has no row for the position until it is healed.
CREATE TABLE missing_images (
  pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  reference TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (pair_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX missing_images_by_reference ON missing_images (reference);

ALTER TABLE pair_state ADD COLUMN missing_images INTEGER NOT NULL DEFAULT 0;
CREATE INDEX state_incomplete ON pair_state (pair_id) WHERE missing_images > 0;
-- Every pair gets its group as it comes in, but for those whose images join groups: see assignGroups.
DROP INDEX state_by_group;
CREATE INDEX state_ungrouped ON pair_state (pair_id) WHERE group_id IS NULL;

-- Queues walk these in their order and test filters on the way without a look at the pair itself.
DROP INDEX state_by_sfc;
DROP INDEX state_by_margin;
DROP INDEX state_by_source_sfc;
DROP INDEX state_by_quadrant_sfc;
DROP INDEX state_by_status_sfc;
DROP INDEX state_by_split;
CREATE INDEX state_by_sfc ON pair_state (sfc, pair_id, source_id, split, status, quadrant, missing_images) WHERE sfc IS NOT NULL;
CREATE INDEX state_by_margin ON pair_state (text_margin, pair_id, source_id, split, status, quadrant, missing_images)
  WHERE text_margin IS NOT NULL;
-- Finds the few pairs of a rare kind.
CREATE INDEX state_by_kind ON pair_state (source_id, split, status, quadrant);

-- How many pairs are alike in what filters ask most; '' is no quadrant. Whoever inserts pairs counts them, triggers do the rest.
CREATE TABLE pair_counts (
  source_id INTEGER NOT NULL,
  split TEXT NOT NULL,
  status TEXT NOT NULL,
  quadrant TEXT NOT NULL,
  stale INTEGER NOT NULL,
  incomplete INTEGER NOT NULL,
  pairs INTEGER NOT NULL,
  PRIMARY KEY (source_id, split, status, quadrant, stale, incomplete)
) STRICT, WITHOUT ROWID;
INSERT INTO pair_counts
  SELECT source_id, split, status, coalesce(quadrant, ''), stale, 0, count(*) FROM pair_state GROUP BY 1, 2, 3, 4, 5;
CREATE TRIGGER pair_state_changed AFTER UPDATE OF source_id, split, status, quadrant, scored_hash, text_hash, missing_images ON pair_state
WHEN OLD.source_id <> NEW.source_id OR OLD.split <> NEW.split OR OLD.status <> NEW.status OR OLD.quadrant IS NOT NEW.quadrant
  OR OLD.stale <> NEW.stale OR (OLD.missing_images > 0) <> (NEW.missing_images > 0)
BEGIN
  UPDATE pair_counts SET pairs = pairs - 1 WHERE source_id = OLD.source_id AND split = OLD.split AND status = OLD.status
    AND quadrant = coalesce(OLD.quadrant, '') AND stale = OLD.stale AND incomplete = (OLD.missing_images > 0);
  INSERT INTO pair_counts VALUES (NEW.source_id, NEW.split, NEW.status, coalesce(NEW.quadrant, ''), NEW.stale, NEW.missing_images > 0, 1)
    ON CONFLICT DO UPDATE SET pairs = pairs + 1;
END;
CREATE TRIGGER pair_state_gone AFTER DELETE ON pair_state BEGIN
  UPDATE pair_counts SET pairs = pairs - 1 WHERE source_id = OLD.source_id AND split = OLD.split AND status = OLD.status
    AND quadrant = coalesce(OLD.quadrant, '') AND stale = OLD.stale AND incomplete = (OLD.missing_images > 0);
END;

CREATE TABLE duplicates (
  kind TEXT NOT NULL CHECK (kind IN ('same-pair','flipped-twin','near-pair','same-question','near-responses')),
  -- Pairs with the same number repeat one another; numbers count from 1 in each kind.
  set_id INTEGER NOT NULL,
  pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
  PRIMARY KEY (kind, set_id, pair_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX duplicates_by_pair ON duplicates (pair_id, kind);

-- Triggers count the pairs.
CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, pairs INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE pair_tags (
  tag_id INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
  pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
  PRIMARY KEY (tag_id, pair_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pair_tags_by_pair ON pair_tags (pair_id, tag_id);
CREATE TRIGGER pair_tags_added AFTER INSERT ON pair_tags BEGIN UPDATE tags SET pairs = pairs + 1 WHERE id = NEW.tag_id; END;
CREATE TRIGGER pair_tags_gone AFTER DELETE ON pair_tags BEGIN UPDATE tags SET pairs = pairs - 1 WHERE id = OLD.tag_id; END;

CREATE TABLE slices (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  filter TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE bulk_actions (
  id INTEGER PRIMARY KEY,
  job_id TEXT NOT NULL REFERENCES jobs (id),
  change TEXT NOT NULL,
  annotator TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('partial', 'done', 'undone')),
  -- How many pairs it has changed so far.
  pairs INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL
) STRICT;

-- The pairs of a bulk action, fixed when it begins.
CREATE TABLE bulk_items (
  bulk_id INTEGER NOT NULL REFERENCES bulk_actions (id) ON DELETE CASCADE,
  pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'changed', 'unchanged', 'undone')),
  -- The split before, for set-split.
  previous TEXT,
  PRIMARY KEY (bulk_id, pair_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bulk_items_waiting ON bulk_items (bulk_id, pair_id) WHERE state = 'waiting';

-- Annotations of a bulk action are undone together with it, never one by one.
ALTER TABLE annotations ADD COLUMN bulk_id INTEGER REFERENCES bulk_actions (id);
-- The last label given one by one is found at once, however many a bulk action gave since.
CREATE INDEX annotations_single ON annotations (id) WHERE bulk_id IS NULL;

-- Beginnings of three letters are indexed, for they are too many words to gather while somebody types.
DROP TABLE pairs_fts;
CREATE VIRTUAL TABLE pairs_fts USING fts5 (prompt, chosen, rejected, content = '', contentless_delete = 1, prefix = '3');
INSERT INTO pairs_fts (rowid, prompt, chosen, rejected)
  SELECT p.id, coalesce(a.prompt, p.prompt), coalesce(a.chosen, p.chosen), coalesce(a.rejected, p.rejected)
  FROM pairs p JOIN pair_state s ON s.pair_id = p.id LEFT JOIN annotations a ON a.id = s.annotation_id;
-- Pairs up to this id are in pairs_fts; an import indexes its pairs when all are in.
CREATE TABLE search_state (one INTEGER PRIMARY KEY CHECK (one = 1), indexed_to INTEGER NOT NULL) STRICT;
INSERT INTO search_state (one, indexed_to) SELECT 1, coalesce(max(id), 0) FROM pairs;

-- Texts that change are indexed anew; those behind the watermark are indexed when it gets there.
CREATE TRIGGER annotations_added AFTER INSERT ON annotations BEGIN
  DELETE FROM pairs_fts WHERE rowid = NEW.pair_id AND EXISTS (
    SELECT 1 FROM pair_state s, search_state w WHERE s.pair_id = NEW.pair_id AND s.text_hash <> NEW.text_hash AND s.pair_id <= w.indexed_to);
  INSERT INTO pairs_fts (rowid, prompt, chosen, rejected)
    SELECT p.id, coalesce(NEW.prompt, p.prompt), coalesce(NEW.chosen, p.chosen), coalesce(NEW.rejected, p.rejected)
    FROM pairs p, pair_state s, search_state w
    WHERE p.id = NEW.pair_id AND s.pair_id = NEW.pair_id AND s.text_hash <> NEW.text_hash AND s.pair_id <= w.indexed_to;
  UPDATE pair_state SET status = NEW.status, annotation_id = NEW.id, text_hash = NEW.text_hash WHERE pair_id = NEW.pair_id;
END;
`
