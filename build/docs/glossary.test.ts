import { expect, test } from 'vitest'
import { glossaryPage } from './glossary.ts'
import { GLOSSARY, GLOSSARY_TOPICS } from '../../src/core/glossary.ts'

const entries = Object.values(GLOSSARY)

test.each(entries)('$term is defined in plain text of one or two sentences', ({ short }) => {
  expect(short).toMatch(/^[A-Z].*\.$/)
  // It is shown as it is in tooltips.
  expect(short).not.toMatch(/[`*[\]]/)
  expect(short.split(/[.] (?=[A-Z])/).length).toBeLessThanOrEqual(2)
})

test('each term and definition exists once, and every topic has terms', () => {
  expect(new Set(entries.map(({ term }) => term.toLowerCase())).size).toBe(entries.length)
  expect(new Set(entries.map(({ short }) => short)).size).toBe(entries.length)
  expect([...new Set(entries.map(({ topic }) => topic))]).toEqual(Object.keys(GLOSSARY_TOPICS))
})

test('the page has each definition under its term', () => {
  const page = glossaryPage()
  for (const { term, short } of entries) expect(page).toContain(`### ${term}\n\n${short}\n`)
})
