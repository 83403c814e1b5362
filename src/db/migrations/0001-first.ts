/**
 * The first schema. Times are ISO 8601 UTC text; JSON columns hold what the contract's schemas parse; hashes are
 * SHA-256 in lower-case hex; margins are log-odds, losses nats.
 *
 * `annotations` is append-only. A pair's current label is the last annotation's state; `pair_state` is that view, kept
 * by triggers, because the queue filters and sorts a million rows by it.
 */
export const version = 1

export const sql = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE sources (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('queued','running','cancelling','succeeded','failed','cancelled','interrupted')),
  input TEXT NOT NULL,
  progress TEXT,
  result TEXT,
  error TEXT,
  created_at TEXT NOT NULL,
  started_at TEXT,
  ended_at TEXT
) STRICT;
CREATE INDEX jobs_by_time ON jobs (created_at);

CREATE TABLE imports (
  id INTEGER PRIMARY KEY,
  job_id TEXT REFERENCES jobs (id),
  source_id INTEGER NOT NULL REFERENCES sources (id),
  split TEXT NOT NULL,
  file TEXT NOT NULL,
  format TEXT NOT NULL,
  images_dir TEXT NOT NULL,
  -- Records read so far; a resumed import goes on behind them. Committed together with the rows it counts.
  records INTEGER NOT NULL DEFAULT 0,
  imported INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  quarantined INTEGER NOT NULL DEFAULT 0,
  finished INTEGER NOT NULL DEFAULT 0 CHECK (finished IN (0, 1)),
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE media (
  hash TEXT PRIMARY KEY,
  mime TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pairs (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL,
  source_id INTEGER NOT NULL REFERENCES sources (id),
  external_id TEXT,
  split TEXT NOT NULL DEFAULT '',
  prompt TEXT NOT NULL,
  chosen TEXT NOT NULL,
  rejected TEXT NOT NULL,
  text_hash TEXT NOT NULL,
  metadata TEXT NOT NULL DEFAULT '{}',
  import_id INTEGER NOT NULL REFERENCES imports (id),
  row INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  UNIQUE (source_id, uid)
) STRICT;
CREATE UNIQUE INDEX pairs_external ON pairs (source_id, split, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX pairs_by_import ON pairs (import_id);

CREATE TABLE pair_images (
  pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  hash TEXT NOT NULL REFERENCES media (hash),
  PRIMARY KEY (pair_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX pair_images_by_hash ON pair_images (hash);

CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY,
  import_id INTEGER NOT NULL REFERENCES imports (id),
  source_id INTEGER NOT NULL REFERENCES sources (id),
  split TEXT NOT NULL,
  file TEXT NOT NULL,
  row INTEGER NOT NULL,
  field TEXT,
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  raw TEXT NOT NULL,
  created_at TEXT NOT NULL,
  UNIQUE (source_id, split, file, row)
) STRICT;

CREATE TABLE annotations (
  id INTEGER PRIMARY KEY,
  pair_id INTEGER NOT NULL REFERENCES pairs (id),
  action TEXT NOT NULL CHECK (action IN ('keep','flip','tie','edit','discard','undo','redo')),
  -- undo: the annotation taken back; redo: the undo taken back.
  reverts INTEGER REFERENCES annotations (id),
  -- The state that holds from here on. A text is NULL where it is as imported.
  status TEXT NOT NULL CHECK (status IN ('unreviewed','kept','flipped','tied','edited','discarded')),
  prompt TEXT,
  chosen TEXT,
  rejected TEXT,
  text_hash TEXT NOT NULL,
  blind INTEGER NOT NULL CHECK (blind IN (0, 1)),
  annotator TEXT NOT NULL,
  created_at TEXT NOT NULL,
  CHECK ((action IN ('undo', 'redo')) = (reverts IS NOT NULL))
) STRICT;
CREATE INDEX annotations_by_pair ON annotations (pair_id, id);
CREATE UNIQUE INDEX annotations_reverted ON annotations (reverts) WHERE reverts IS NOT NULL;
CREATE TRIGGER annotations_never_change BEFORE UPDATE ON annotations BEGIN SELECT RAISE(ABORT, 'annotations are append-only'); END;
CREATE TRIGGER annotations_never_go BEFORE DELETE ON annotations BEGIN SELECT RAISE(ABORT, 'annotations are append-only'); END;

CREATE TABLE scans (
  id INTEGER PRIMARY KEY,
  job_id TEXT REFERENCES jobs (id),
  proxy TEXT NOT NULL,
  seed INTEGER NOT NULL,
  folds INTEGER NOT NULL,
  -- Folder under the project that holds fold-0.onnx ... and all.onnx.
  dir TEXT NOT NULL,
  in_sample_accuracy REAL,
  finished_at TEXT,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE text_scores (
  scan_id INTEGER NOT NULL REFERENCES scans (id) ON DELETE CASCADE,
  pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
  fold INTEGER NOT NULL,
  margin REAL NOT NULL,
  loss REAL NOT NULL,
  text_hash TEXT NOT NULL,
  scored_at TEXT NOT NULL,
  PRIMARY KEY (scan_id, pair_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE scan_features (
  scan_id INTEGER NOT NULL REFERENCES scans (id) ON DELETE CASCADE,
  rank INTEGER NOT NULL,
  feature TEXT NOT NULL,
  kind TEXT NOT NULL,
  weight REAL NOT NULL,
  coverage REAL NOT NULL,
  lift REAL NOT NULL,
  support INTEGER NOT NULL,
  side TEXT NOT NULL,
  PRIMARY KEY (scan_id, rank)
) STRICT, WITHOUT ROWID;

-- The blind-test report of a scan or review state is derived; its costly parts (bootstrap, permutations) are kept here.
CREATE TABLE reports (
  scan_id INTEGER PRIMARY KEY REFERENCES scans (id) ON DELETE CASCADE,
  -- What the report was made from; another value means it must be made anew.
  revision TEXT NOT NULL,
  report TEXT NOT NULL
) STRICT;

CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  job_id TEXT NOT NULL REFERENCES jobs (id),
  method TEXT NOT NULL,
  train_source TEXT NOT NULL,
  seed INTEGER NOT NULL,
  options TEXT NOT NULL,
  -- Folder under the project.
  dir TEXT NOT NULL,
  snapshot_hash TEXT NOT NULL,
  train_pairs INTEGER NOT NULL,
  test_pairs INTEGER NOT NULL,
  total_steps INTEGER,
  step INTEGER NOT NULL DEFAULT 0,
  -- The trainer process and how far its events were read: what a restarted backend attaches to.
  pid INTEGER,
  pid_started TEXT,
  event_offset INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE run_pairs (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('train', 'test')),
  text_hash TEXT NOT NULL,
  PRIMARY KEY (run_id, pair_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_steps (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  point TEXT NOT NULL,
  PRIMARY KEY (run_id, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_samples (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  mm_loss REAL,
  text_loss REAL,
  sfc REAL,
  mm_margin REAL,
  text_margin REAL,
  PRIMARY KEY (run_id, pair_id, epoch)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_samples_by_pair ON run_samples (pair_id);

CREATE TABLE run_eval (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
  mm_margin REAL,
  text_margin REAL,
  PRIMARY KEY (run_id, pair_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_eval_by_pair ON run_eval (pair_id);

CREATE TABLE pair_state (
  pair_id INTEGER PRIMARY KEY REFERENCES pairs (id) ON DELETE CASCADE,
  source_id INTEGER NOT NULL,
  split TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'unreviewed',
  annotation_id INTEGER,
  text_hash TEXT NOT NULL,
  -- Connected component over shared images (or the prompt, where a pair has none): the unit of folds and intervals.
  group_id TEXT,
  -- The audit numbers, from the latest scan and the latest run that held the pair out.
  scan_id INTEGER,
  scored_hash TEXT,
  fold INTEGER,
  text_margin REAL,
  text_loss REAL,
  mm_run TEXT,
  mm_margin REAL,
  mm_loss REAL,
  sfc REAL,
  sfc_kind TEXT CHECK (sfc_kind IN ('prior', 'audit')),
  quadrant TEXT CHECK (quadrant IN ('text-solvable', 'shortcut-only', 'image-needed', 'suspect-label', 'text-right', 'text-wrong')),
  stale INTEGER GENERATED ALWAYS AS (scored_hash IS NOT NULL AND scored_hash <> text_hash) STORED
) STRICT;
CREATE INDEX state_by_sfc ON pair_state (sfc, pair_id);
CREATE INDEX state_by_margin ON pair_state (text_margin, pair_id);
CREATE INDEX state_by_source_sfc ON pair_state (source_id, sfc, pair_id);
CREATE INDEX state_by_quadrant_sfc ON pair_state (quadrant, sfc, pair_id);
CREATE INDEX state_by_status_sfc ON pair_state (status, sfc, pair_id);
CREATE INDEX state_by_split ON pair_state (source_id, split);
CREATE INDEX state_by_group ON pair_state (group_id);
CREATE INDEX state_stale ON pair_state (pair_id) WHERE stale = 1;

CREATE VIRTUAL TABLE pairs_fts USING fts5 (prompt, chosen, rejected, content = '', contentless_delete = 1);

CREATE TRIGGER pairs_added AFTER INSERT ON pairs BEGIN
  INSERT INTO pair_state (pair_id, source_id, split, text_hash) VALUES (NEW.id, NEW.source_id, NEW.split, NEW.text_hash);
  INSERT INTO pairs_fts (rowid, prompt, chosen, rejected) VALUES (NEW.id, NEW.prompt, NEW.chosen, NEW.rejected);
END;

CREATE TRIGGER annotations_added AFTER INSERT ON annotations BEGIN
  UPDATE pair_state SET status = NEW.status, annotation_id = NEW.id, text_hash = NEW.text_hash WHERE pair_id = NEW.pair_id;
  DELETE FROM pairs_fts WHERE rowid = NEW.pair_id;
  INSERT INTO pairs_fts (rowid, prompt, chosen, rejected)
    SELECT p.id, coalesce(NEW.prompt, p.prompt), coalesce(NEW.chosen, p.chosen), coalesce(NEW.rejected, p.rejected)
    FROM pairs p WHERE p.id = NEW.pair_id;
END;

-- The pair as it stands now.
CREATE VIEW current_pairs AS
  SELECT p.id, p.uid, p.external_id, s.source_id, s.split, s.status, s.group_id, s.text_hash, p.metadata, p.import_id, p.row,
         coalesce(a.prompt, p.prompt) AS prompt, coalesce(a.chosen, p.chosen) AS chosen, coalesce(a.rejected, p.rejected) AS rejected
  FROM pair_state s JOIN pairs p ON p.id = s.pair_id LEFT JOIN annotations a ON a.id = s.annotation_id;
`
