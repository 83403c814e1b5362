import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from './app.ts'

/** More rows than a browser can lay out in one piece. */
const PAIRS = 700_000

/**
 * Makes many pairs out of one, as rows of the database alone: what an import would do for minutes. The words of the copies
 * count as indexed, for nobody searches them here.
 */
function multiply(path: string): void {
  const db = new Sqlite(join(path, 'project.db'))
  db.pragma('synchronous = OFF')
  const columns = (table: string) =>
    db.prepare(`SELECT name FROM pragma_table_xinfo('${table}') WHERE hidden = 0`).pluck().all() as string[]
  const copy = (table: string, id: string, fresh: Record<string, string>) => {
    const values = columns(table).map((name) => fresh[name] ?? name)
    db.exec(`WITH RECURSIVE numbers (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${PAIRS})
      INSERT INTO ${table} (${columns(table).join(', ')}) SELECT ${values.join(', ')} FROM numbers, ${table} WHERE ${id} = 1`)
  }
  db.transaction(() => {
    const triggers = db
      .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('pairs', 'pair_state')")
      .all() as { name: string; sql: string }[]
    for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`)
    copy('pairs', 'id', { id: 'n', uid: "printf('%08x', n) || substr(uid, 9)", external_id: 'NULL', row: 'n' })
    copy('pair_state', 'pair_id', { pair_id: 'n', group_id: "'group ' || n" })
    db.exec(`UPDATE pair_counts SET pairs = ${PAIRS} WHERE pairs > 0; UPDATE search_state SET indexed_to = ${PAIRS}`)
    for (const { sql } of triggers) db.exec(sql)
  })()
  db.close()
}

test('of 700,000 pairs each can be reached: by key, by scroll bar and by wheel', async ({ app, page }) => {
  test.slow()
  await app.filled({ pairs: 1 })
  const { path } = (await app.client.projects.current())!
  await app.client.projects.close()
  multiply(path)
  await app.client.projects.open({ path })

  await app.open('/pairs?sort=id')
  await expect(page.getByRole('status').filter({ hasText: 'pairs' })).toHaveText(/^700,000 pairs/)
  const grid = page.getByRole('grid', { name: 'Pairs' })
  await expect(page.getByRole('row').nth(1)).toBeVisible()
  const row = (id: number) => grid.locator('[role=row]', { has: page.locator('[data-column=pairId]', { hasText: new RegExp(`^${id}$`) }) })
  const active = page.locator('[role=row][data-active]')
  await grid.focus()
  await page.keyboard.press('End')
  await expect(active.locator('[data-column=pairId]')).toHaveText(String(PAIRS))
  await expect(active).toBeInViewport({ ratio: 1 })
  await page.keyboard.press('PageUp')
  await expect(active.locator('[data-column=pairId]')).toHaveText(String(PAIRS - 10))

  // The scroll bar: half of it is half of the rows; from there the wheel goes row by row.
  await grid.evaluate((element) => element.scrollTo({ top: (element.scrollHeight - element.clientHeight) / 2 }))
  const middle = row(PAIRS / 2)
  await expect(middle).toBeInViewport()
  const before = (await middle.boundingBox())!.y
  await grid.hover()
  await page.mouse.wheel(0, 58)
  await expect.poll(async () => Math.round((await middle.boundingBox())!.y - before)).toBe(-58)
  // The scroll bar is put right while nothing moves.
  await page.waitForTimeout(400)
  expect(Math.round((await middle.boundingBox())!.y - before)).toBe(-58)
  expect(await page.getByRole('row').count()).toBeLessThan(60)

  await page.keyboard.press('Home')
  await expect(active.locator('[data-column=pairId]')).toHaveText('1')
  await expect(active).toBeInViewport({ ratio: 1 })
  expect(await grid.evaluate((element) => element.scrollTop)).toBe(0)
})
