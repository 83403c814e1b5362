/** Proxies of several kinds, held-out scores of a probe MM-RM, probable label errors. */
export const version = 3

export const sql = `
-- What the proxy read with (JSON of the contract's modelProvenance; NULL for one that needs no model) and the scan's input.
ALTER TABLE scans ADD COLUMN model TEXT;
ALTER TABLE scans ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
-- Held-out accuracy by number of training pairs (JSON), measured with the scan.
ALTER TABLE scans ADD COLUMN learning_curve TEXT;
-- How much ranks and verdict move over seeds (JSON); NULL until it was asked for.
ALTER TABLE scans ADD COLUMN stability TEXT;

-- A probe: an image-side reference model, cross-fitted over the folds of a scan. model is the contract's modelProvenance, NULL
-- for the tiny one; findings its probeFindings.
CREATE TABLE mm_scans (
  id INTEGER PRIMARY KEY,
  job_id TEXT REFERENCES jobs (id),
  model TEXT,
  seed INTEGER NOT NULL,
  folds INTEGER NOT NULL,
  findings TEXT,
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

-- Probability that the label is wrong, by held-out margins of both models; written together with the audit numbers.
ALTER TABLE pair_state ADD COLUMN suspect REAL;
CREATE INDEX state_by_suspect ON pair_state (suspect, pair_id, source_id, split, status, quadrant, missing_images) WHERE suspect IS NOT NULL;
`
