/** Test pairs of a run whose group has come to include a pair that it trained on. */
export const version = 12

export const sql = `
-- 1: the run trained on a pair of this test pair's group, so its margin is not held out.
ALTER TABLE run_pairs ADD COLUMN regrouped INTEGER NOT NULL DEFAULT 0 CHECK (regrouped IN (0, 1));

-- Groups may have joined since a run or a probe: their scores are checked when the project is opened.
INSERT OR REPLACE INTO meta (key, value) SELECT 'groups_behind', '0' WHERE EXISTS (SELECT 1 FROM runs) OR EXISTS (SELECT 1 FROM mm_scans);
`
