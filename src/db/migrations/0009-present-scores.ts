/**
 * Scores belong to the two responses. `pair_state` holds them as they are for the present label: turned round where the label was flipped
 * since. The SFC of a pair that only a proxy has scored follows from its text margin and is not stored; `audit_sfc` is of both models.
 */
export const version = 9

export const sql = `
DROP TRIGGER annotations_added;
DROP TRIGGER pair_state_changed;
DROP TRIGGER pair_state_gone;

-- The first 16 digits of the hashes of the images that were there when the pair was scored, in their order; NULL: not noted, taken as those there are.
ALTER TABLE text_scores ADD COLUMN images TEXT;
ALTER TABLE mm_scores ADD COLUMN images TEXT;
ALTER TABLE run_pairs ADD COLUMN images TEXT;

CREATE TABLE pair_state_new (
  pair_id INTEGER PRIMARY KEY REFERENCES pairs (id) ON DELETE CASCADE,
  source_id INTEGER NOT NULL,
  split TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'unreviewed',
  annotation_id INTEGER,
  text_hash TEXT NOT NULL,
  -- Connected component over shared images (or the prompt, where a pair has none): the unit of folds and intervals.
  group_id TEXT,
  missing_images INTEGER NOT NULL DEFAULT 0,
  -- The audit numbers, from the latest scan and the latest run or probe that held the pair out, for the label as it is now.
  scan_id INTEGER,
  fold INTEGER,
  text_margin REAL,
  text_loss REAL,
  mm_run TEXT,
  mm_margin REAL,
  mm_loss REAL,
  -- Of both losses; NULL where no MM-RM or probe has scored the pair.
  audit_sfc REAL,
  quadrant TEXT CHECK (quadrant IN ('text-solvable', 'shortcut-only', 'image-needed', 'suspect-label', 'text-right', 'text-wrong')),
  suspect REAL,
  -- The text or the images have changed since: the numbers are those of the text that was scored.
  stale INTEGER NOT NULL DEFAULT 0 CHECK (stale IN (0, 1))
) STRICT;
INSERT INTO pair_state_new
  SELECT pair_id, source_id, split, status, annotation_id, text_hash, group_id, missing_images, scan_id, fold, text_margin, text_loss,
         mm_run, mm_margin, mm_loss, iif(sfc_kind = 'audit', sfc, NULL), quadrant, suspect, stale
  FROM pair_state;
DROP TABLE pair_state;
ALTER TABLE pair_state_new RENAME TO pair_state;

CREATE INDEX state_stale ON pair_state (pair_id) WHERE stale = 1;
CREATE INDEX state_incomplete ON pair_state (pair_id) WHERE missing_images > 0;
CREATE INDEX state_ungrouped ON pair_state (pair_id) WHERE group_id IS NULL;
CREATE INDEX state_by_kind ON pair_state (source_id, split, status, quadrant);
-- Queues walk these in their order and test filters on the way without a look at the pair itself.
CREATE INDEX state_by_margin ON pair_state (text_margin, pair_id, source_id, split, status, quadrant, missing_images)
  WHERE text_margin IS NOT NULL;
CREATE INDEX state_by_audit_sfc ON pair_state (audit_sfc, pair_id, source_id, split, status, quadrant, missing_images) WHERE audit_sfc IS NOT NULL;
CREATE INDEX state_by_suspect ON pair_state (suspect, pair_id, source_id, split, status, quadrant, missing_images) WHERE suspect IS NOT NULL;

CREATE TRIGGER pair_state_changed AFTER UPDATE OF source_id, split, status, quadrant, stale, missing_images ON pair_state
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
CREATE TRIGGER annotations_added AFTER INSERT ON annotations BEGIN
  DELETE FROM pairs_fts WHERE rowid = NEW.pair_id AND EXISTS (
    SELECT 1 FROM pair_state s, search_state w WHERE s.pair_id = NEW.pair_id AND s.text_hash <> NEW.text_hash AND s.pair_id <= w.indexed_to);
  INSERT INTO pairs_fts (rowid, prompt, chosen, rejected)
    SELECT p.id, '¤ ' || search_words(coalesce(NEW.prompt, p.prompt)), search_words(coalesce(NEW.chosen, p.chosen)), search_words(coalesce(NEW.rejected, p.rejected))
    FROM pairs p, pair_state s, search_state w
    WHERE p.id = NEW.pair_id AND s.pair_id = NEW.pair_id AND s.text_hash <> NEW.text_hash AND s.pair_id <= w.indexed_to;
  UPDATE pair_state SET status = NEW.status, annotation_id = NEW.id, text_hash = NEW.text_hash WHERE pair_id = NEW.pair_id;
END;

-- Filters by an SFC meant the order of the queue, which the text alone gives now: they become ranges of the text margin with that prior SFC.
-- With s = (L_t + eps/2) / (ln 2 + L_t + eps): L_t = (s (ln 2 + eps) - eps/2) / (1 - s), and the margin is -ln(exp(L_t) - 1).
CREATE TEMP VIEW with_sfc AS
  SELECT 'slices' AS "table", rowid AS place, filter FROM main.slices WHERE filter LIKE '%"sfcM%'
  UNION ALL SELECT 'jobs', rowid, json_extract(input, '$.filter') FROM main.jobs WHERE input LIKE '%"sfcM%'
  UNION ALL SELECT 'train', rowid, json_extract(input, '$.options.filter') FROM main.jobs WHERE input LIKE '%"sfcM%'
  UNION ALL SELECT 'runs', rowid, json_extract(options, '$.filter') FROM main.runs WHERE options LIKE '%"sfcM%';
CREATE TEMP TABLE text_filters AS
  WITH losses AS (
    SELECT "table", place, filter, json_extract(filter, '$.sfcMin') AS least, json_extract(filter, '$.sfcMax') AS most,
           (json_extract(filter, '$.sfcMin') * (ln(2) + 1e-7) - 0.5e-7) / (1 - json_extract(filter, '$.sfcMin')) AS least_loss,
           (json_extract(filter, '$.sfcMax') * (ln(2) + 1e-7) - 0.5e-7) / (1 - json_extract(filter, '$.sfcMax')) AS most_loss
    FROM with_sfc WHERE json_type(filter) = 'object'),
  bounds AS (
    SELECT "table", place, filter,
           CASE WHEN most IS NULL OR most > 0.998 THEN NULL WHEN most_loss < 1e-12 THEN 50.0 ELSE -ln(exp(most_loss) - 1) END AS "from",
           CASE WHEN least IS NULL OR least_loss < 1e-12 THEN NULL WHEN least > 0.998 THEN -300.0 ELSE -ln(exp(least_loss) - 1) END AS "to"
    FROM losses)
  SELECT "table", place, json_patch(json_remove(filter, '$.sfcMin', '$.sfcMax'), json_object(
    'textMarginMin', max(coalesce("from", json_extract(filter, '$.textMarginMin')), coalesce(json_extract(filter, '$.textMarginMin'), "from")),
    'textMarginMax', min(coalesce("to", json_extract(filter, '$.textMarginMax')), coalesce(json_extract(filter, '$.textMarginMax'), "to")))) AS filter
  FROM bounds;
UPDATE slices SET filter = t.filter FROM temp.text_filters t WHERE t."table" = 'slices' AND t.place = slices.rowid;
UPDATE jobs SET input = json_set(input, '$.filter', json(t.filter)) FROM temp.text_filters t WHERE t."table" = 'jobs' AND t.place = jobs.rowid;
UPDATE jobs SET input = json_set(input, '$.options.filter', json(t.filter)) FROM temp.text_filters t WHERE t."table" = 'train' AND t.place = jobs.rowid;
UPDATE runs SET options = json_set(options, '$.filter', json(t.filter)) FROM temp.text_filters t WHERE t."table" = 'runs' AND t.place = runs.rowid;
DROP VIEW temp.with_sfc;
DROP TABLE temp.text_filters;

-- Of the tenth with the lowest SFC, which was that with the largest text margins where nothing but a proxy had scored the pairs.
UPDATE scans SET stability = iif(EXISTS (SELECT 1 FROM pair_state WHERE audit_sfc IS NOT NULL), NULL,
  json_remove(json_set(stability, '$.topTenth', json_extract(stability, '$.lowestTenth')), '$.lowestTenth')) WHERE stability IS NOT NULL;

-- Of another form; made anew.
DELETE FROM reports;
-- Labels that were flipped since the scan: their numbers are turned when the project is opened.
INSERT OR REPLACE INTO meta (key, value) SELECT 'audit_behind', '1' WHERE EXISTS (SELECT 1 FROM scans WHERE finished_at IS NOT NULL);
`
