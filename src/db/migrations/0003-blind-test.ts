/** Proxies of several kinds, held-out scores of a probe MM-RM, suspects. */
export const version = 3

export const sql = `
-- What the proxy read with (JSON of the contract's modelProvenance; NULL for one that needs no model) and the scan's input.
ALTER TABLE scans ADD COLUMN model TEXT;
ALTER TABLE scans ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
-- How much ranks and verdict move over seeds (JSON); NULL until it was asked for.
ALTER TABLE scans ADD COLUMN stability TEXT;

-- A probe: an image-side reference model, cross-fitted over the same folds as a scan.
CREATE TABLE mm_scans (
  id INTEGER PRIMARY KEY,
  job_id TEXT REFERENCES jobs (id),
  model TEXT NOT NULL,
  seed INTEGER NOT NULL,
  folds INTEGER NOT NULL,
  dir TEXT NOT NULL,
  in_sample_accuracy REAL,
  finished_at TEXT,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE mm_scores (
  mm_scan_id INTEGER NOT NULL REFERENCES mm_scans (id) ON DELETE CASCADE,
  pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
  fold INTEGER NOT NULL,
  margin REAL NOT NULL,
  -- The same model with a blank image, and with the image of another group.
  blank_margin REAL NOT NULL,
  swapped_margin REAL NOT NULL,
  text_hash TEXT NOT NULL,
  scored_at TEXT NOT NULL,
  PRIMARY KEY (mm_scan_id, pair_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mm_scores_by_pair ON mm_scores (pair_id);

-- Pairs whose label is probably wrong, by held-out scores; made anew by each scan and run that changes the scores.
CREATE TABLE suspects (
  pair_id INTEGER PRIMARY KEY REFERENCES pairs (id) ON DELETE CASCADE,
  probability REAL NOT NULL,
  text_hash TEXT NOT NULL
) STRICT;
CREATE INDEX suspects_by_probability ON suspects (probability DESC, pair_id);
`
