import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
const table = text.slice(text.indexOf('## To change something'))
const rows = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| what') && !line.startsWith('|---'))

describe('the places where changes begin', () => {
  test('are listed for the usual ones', () => {
    expect(rows.length).toBeGreaterThanOrEqual(20)
    for (const row of rows) expect(row.split('|')[2], row).toMatch(/`[^`]+`/)
  })

  test.each(rows.map((row) => [row.split('|')[1]!.trim(), row]))('%s', (_, row) => {
    for (const [, path, symbol] of row.matchAll(/`((?:src|renderer|electron|trainer|test|docs)\/[^`]+)`(?: \(`(\w+)`\))?/g)) {
      const file = join(root, path!)
      expect(existsSync(file), `${path} exists`).toBe(true)
      if (symbol)
        expect(readFileSync(file, 'utf8'), `${path} declares ${symbol}`).toMatch(
          new RegExp(`(?:const|function|class|type|interface|def) ${symbol}\\b|^${symbol} = `, 'm'),
        )
    }
  })
})
