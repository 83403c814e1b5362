/**
 * The search takes words as `search_words` of `src/core/search-words.ts` cuts them: parts of scripts without spaces, emoji, letters
 * with their marks. Each prompt begins with a sign that is no word, which all pairs have: a search may only exclude. The index
 * is filled again from the first pair on, behind the opening of the project.
 */
export const version = 6

export const sql = `
DROP TRIGGER annotations_added;
DROP TABLE pairs_fts;
CREATE VIRTUAL TABLE pairs_fts USING fts5 (prompt, chosen, rejected, content = '', contentless_delete = 1, prefix = '3', tokenize = 'ascii');
UPDATE search_state SET indexed_to = 0;

CREATE TRIGGER annotations_added AFTER INSERT ON annotations BEGIN
  DELETE FROM pairs_fts WHERE rowid = NEW.pair_id AND EXISTS (
    SELECT 1 FROM pair_state s, search_state w WHERE s.pair_id = NEW.pair_id AND s.text_hash <> NEW.text_hash AND s.pair_id <= w.indexed_to);
  INSERT INTO pairs_fts (rowid, prompt, chosen, rejected)
    SELECT p.id, '¤ ' || search_words(coalesce(NEW.prompt, p.prompt)), search_words(coalesce(NEW.chosen, p.chosen)), search_words(coalesce(NEW.rejected, p.rejected))
    FROM pairs p, pair_state s, search_state w
    WHERE p.id = NEW.pair_id AND s.pair_id = NEW.pair_id AND s.text_hash <> NEW.text_hash AND s.pair_id <= w.indexed_to;
  UPDATE pair_state SET status = NEW.status, annotation_id = NEW.id, text_hash = NEW.text_hash WHERE pair_id = NEW.pair_id;
END;
`
