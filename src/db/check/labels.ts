import type { Database } from 'better-sqlite3'
import type { ComparedPair } from '../../core/duplicates.ts'
import { missingImage } from '../../core/identity.ts'
import type { Message } from '../../core/messages.ts'
import { imagesBetween } from '../duplicates/read.ts'
import { pairUid, textHash } from '../pairs/hash.ts'
import { assignGroups, isInItsGroup } from '../pairs/groups.ts'
import { renewScores, reportsChanged } from '../scans/audit.ts'
import { mendCounts } from './counts.ts'
import { found, type Found, type Place } from './finding.ts'
import { storedMessages } from '../sqlite/stored-json.ts'

const ROWS = 2000
const pairName = (id: number): string => `pair ${id}`

type Pair = { id: number; uid: string; prompt: string; chosen: string; rejected: string; messages: string | null; text_hash: string }

/** Texts and identities against their hashes. */
export function checkTexts({ db, progress }: Place): Found[] {
  const total = db.prepare('SELECT count(*) FROM pairs').pluck().get() as number
  const next = db.prepare('SELECT id, uid, prompt, chosen, rejected, messages, text_hash FROM pairs WHERE id > ? ORDER BY id LIMIT ?')
  const changed: { id: number; hash: string }[] = []
  const renamed: number[] = []
  const broken: number[] = []
  for (let after = 0, done = 0; ;) {
    progress('Checking texts', done, total)
    const pairs = next.all(after, ROWS) as Pair[]
    const last = pairs.at(-1)
    if (!last) break
    const images = imagesBetween(db, after, last.id)
    for (const pair of pairs) {
      const hash = textHash(pair.prompt, pair.chosen, pair.rejected)
      if (hash !== pair.text_hash) changed.push({ id: pair.id, hash })
      const turns = parsed(pair.messages)
      if (turns === undefined) {
        broken.push(pair.id)
        continue
      }
      if (uidOf(pair, images.get(pair.id) ?? [], turns) !== pair.uid) renamed.push(pair.id)
    }
    after = last.id
    done += pairs.length
  }
  return [
    ...found(
      changed,
      { code: 'text-changed', what: 'Texts were changed outside Blindfold.', repair: 'keeps them as they are; their scores become stale' },
      ({ id }) => pairName(id),
      () => {
        const set = db.prepare('UPDATE pairs SET text_hash = ? WHERE id = ?')
        for (const { id, hash } of changed) set.run(hash, id)
        mendStates(
          db,
          changed.map(({ id }) => id),
        )
      },
    ),
    ...found(
      broken,
      { code: 'text-changed', what: 'The turns of prompts cannot be read. Restore project.db from a backup.', repair: null },
      pairName,
    ),
    ...found(
      renamed,
      { code: 'identity-differs', what: 'The hashes of pairs do not match their content.', repair: 'computes the hashes again' },
      pairName,
      () => mendNames(db, renamed),
    ),
    ...annotationTexts(db),
  ]
}

function uidOf({ prompt, chosen, rejected }: Pair, images: ComparedPair['images'], turns: Message[] | null): string {
  const names = images.map((image) => (typeof image === 'string' ? image : missingImage(image.missing)))
  return pairUid(prompt, chosen, rejected, names, turns)
}

/** Names pairs after what they hold now. */
export function mendNames(db: Database, ids: Iterable<number>): void {
  const byId = db.prepare('SELECT id, uid, prompt, chosen, rejected, messages, text_hash FROM pairs WHERE id = ?')
  const set = db.prepare('UPDATE pairs SET uid = ? WHERE id = ?')
  for (const id of ids) {
    const pair = byId.get(id) as Pair
    const turns = parsed(pair.messages)
    if (turns !== undefined) set.run(uidOf(pair, imagesBetween(db, id - 1, id).get(id) ?? [], turns), id)
  }
}

/** Undefined where the text holds no turns. */
function parsed(messages: string | null): Message[] | null | undefined {
  try {
    return storedMessages(messages)
  } catch {
    return undefined
  }
}

/** The log of annotations is never changed, and so not mended either. */
function annotationTexts(db: Database): Found[] {
  const broken: number[] = []
  const next = db.prepare(
    `SELECT a.id, a.text_hash, coalesce(a.prompt, p.prompt) AS prompt, coalesce(a.chosen, p.chosen) AS chosen, coalesce(a.rejected, p.rejected) AS rejected
     FROM annotations a JOIN pairs p ON p.id = a.pair_id WHERE a.id > ? ORDER BY a.id LIMIT ?`,
  )
  for (let after = 0; ;) {
    const rows = next.all(after, ROWS) as Omit<Pair, 'uid' | 'messages'>[]
    const last = rows.at(-1)
    if (!last) break
    for (const row of rows) if (textHash(row.prompt, row.chosen, row.rejected) !== row.text_hash) broken.push(row.id)
    after = last.id
  }
  return found(
    broken,
    {
      code: 'text-changed',
      what: 'Labels belong to different texts than those that were labelled. Restore project.db from a backup.',
      repair: null,
    },
    (id) => `annotation ${id}`,
  )
}

const DIFFERING = `
  FROM pair_state s JOIN pairs p ON p.id = s.pair_id
  LEFT JOIN annotations a ON a.id = (SELECT max(id) FROM annotations WHERE pair_id = s.pair_id)
  WHERE s.annotation_id IS NOT a.id OR s.source_id IS NOT p.source_id
    OR s.status IS NOT coalesce(a.status, iif(p.tied, 'tied', 'unreviewed')) OR s.text_hash IS NOT coalesce(a.text_hash, p.text_hash)
    OR s.missing_images IS NOT (SELECT count(*) FROM missing_images m WHERE m.pair_id = s.pair_id)`

/** The state that lists and queues go by, against pairs, annotations and images. */
export function checkStates({ db, progress }: Place): Found[] {
  progress('Checking labels', 0, 1)
  const ids = (sql: string) => db.prepare(sql).pluck().all() as number[]
  const without = ids('SELECT id FROM pairs WHERE id NOT IN (SELECT pair_id FROM pair_state)')
  const differing = ids(`SELECT s.pair_id ${DIFFERING}`)
  return [
    ...found(
      without,
      { code: 'state-missing', what: 'Pairs are missing from the list.', repair: 'restores them, with their labels' },
      pairName,
      () => {
        const add = db.prepare(
          'INSERT INTO pair_state (pair_id, source_id, split, text_hash) SELECT id, source_id, split, text_hash FROM pairs WHERE id = ?',
        )
        for (const id of without) add.run(id)
        mendCounts(db)
        mendStates(db, without)
        assignGroups(db)
      },
    ),
    ...found(
      differing,
      {
        code: 'state-differs',
        what: 'The state of pairs does not match their import and their history.',
        repair: 'rebuilds it from the history',
      },
      pairName,
      () => mendStates(db, differing),
    ),
  ]
}

/** Rebuilds the states of pairs, and the scores with them, from the imported pairs and the log of annotations. */
export function mendStates(db: Database, ids: Iterable<number>): void {
  const mend = db.prepare(
    `UPDATE pair_state AS s SET annotation_id = n.annotation_id, source_id = n.source_id, status = n.status, text_hash = n.text_hash,
       missing_images = n.missing
     FROM (SELECT p.id, a.id AS annotation_id, p.source_id, coalesce(a.status, iif(p.tied, 'tied', 'unreviewed')) AS status,
                  coalesce(a.text_hash, p.text_hash) AS text_hash, (SELECT count(*) FROM missing_images m WHERE m.pair_id = p.id) AS missing
           FROM pairs p LEFT JOIN annotations a ON a.id = (SELECT max(id) FROM annotations WHERE pair_id = p.id) WHERE p.id = ?) AS n
     WHERE s.pair_id = n.id`,
  )
  for (const id of ids) {
    mend.run(id)
    renewScores(db, id)
  }
  reportsChanged(db)
}

/** Groups: every pair is in the one of each image that it names. A pair whose import is not finished may wait for its own. */
export function checkGroups({ db, progress }: Place): Found[] {
  progress('Checking groups', 0, 1)
  const waiting = db.prepare('SELECT count(*) FROM imports WHERE finished = 0').pluck().get() !== 0
  const wrong: number[] = []
  const states = db.prepare('SELECT pair_id AS id, group_id AS "group" FROM pair_state')
  for (const { id, group } of states.all() as { id: number; group: string | null }[]) {
    if (group === null ? !waiting : !isInItsGroup(db, id, group)) wrong.push(id)
  }
  return found(
    wrong,
    { code: 'group-differs', what: 'Pairs are not in the group of their images.', repair: 'joins the groups again' },
    pairName,
    () => {
      const reset = db.prepare('UPDATE pair_state SET group_id = NULL WHERE pair_id = ?')
      for (const id of wrong) reset.run(id)
      assignGroups(db)
    },
  )
}
