import type { Database } from 'better-sqlite3'
import { groupPairs, type GroupMember } from '../../core/groups.ts'
import { promptGroupKey } from '../hash.ts'
import { statement } from '../statement.ts'

/**
 * Gives every pair its group: connected components over shared images, or over the prompt as imported where a pair has
 * none. To be called when pairs were added, for a new pair can join two groups. Returns how many groups there are, and
 * how many pairs changed theirs.
 */
export function assignGroups(db: Database): { groups: number; changed: number } {
  return db.transaction(() => {
    const groups = groupPairs(members(db))
    const set = statement(db, 'UPDATE pair_state SET group_id = ? WHERE pair_id = ? AND group_id IS NOT ?')
    let changed = 0
    for (const [pairId, group] of groups) changed += set.run(group, pairId, group).changes
    return { groups: new Set(groups.values()).size, changed }
  }).immediate()
}

function* members(db: Database): Generator<GroupMember> {
  const rows = statement<{ id: number; prompt: string | null; hash: string | null }>(
    db,
    `SELECT p.id, CASE WHEN i.hash IS NULL THEN p.prompt END AS prompt, i.hash
     FROM pairs p LEFT JOIN pair_images i ON i.pair_id = p.id ORDER BY p.id`,
  )
  let member: { id: number; keys: string[] } | null = null
  for (const { id, prompt, hash } of rows.iterate() as Iterable<{ id: number; prompt: string | null; hash: string | null }>) {
    if (member && member.id !== id) {
      yield member
      member = null
    }
    member ??= { id, keys: [] }
    member.keys.push(hash ?? promptGroupKey(prompt ?? ''))
  }
  if (member) yield member
}
