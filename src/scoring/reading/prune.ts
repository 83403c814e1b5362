import { existsSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { inside } from '../../node/project-folder.ts'

/** What readings may take on the disk of a project: two million embeddings of 384 numbers are 3 GB. */
const MOST_BYTES = 8 * 2 ** 30

type Readings = { name: string; bytes: number; usedAt: number }

/**
 * Makes room among the readings of a project: those of models that were not used for longest go, until the rest takes
 * `most` bytes or only those of `inUse` are left, which are marked as used now. What is removed can be read again.
 */
export function pruneReadings(folder: string, inUse: string, most = MOST_BYTES): void {
  if (!existsSync(folder)) return
  const rows = inside(folder, `${inUse}.rows`)
  if (existsSync(rows)) utimesSync(rows, new Date(), new Date())
  const all = readingsIn(folder).sort((a, b) => a.usedAt - b.usedAt)
  let bytes = all.reduce((sum, readings) => sum + readings.bytes, 0)
  for (const { name, bytes: freed } of all) {
    if (bytes <= most) return
    if (name === inUse) continue
    // The keys first: rows without keys are no readings, but keys must not outlive their rows.
    for (const end of ['keys', 'rows']) rmSync(inside(folder, `${name}.${end}`), { force: true })
    bytes -= freed
  }
}

function readingsIn(folder: string): Readings[] {
  const names = new Set(readdirSync(folder).flatMap((file) => /^([0-9a-f]{64})\.(?:rows|keys)$/.exec(file)?.[1] ?? []))
  return [...names].map((name) => {
    const [rows, keys] = ['rows', 'keys'].map((end) => statSync(inside(folder, `${name}.${end}`), { throwIfNoEntry: false }))
    return { name, bytes: (rows?.size ?? 0) + (keys?.size ?? 0), usedAt: rows?.mtimeMs ?? 0 }
  })
}
