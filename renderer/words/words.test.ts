import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { IntlMessageFormat } from 'intl-messageformat'
import { expect, test } from 'vitest'
import { LOCALE } from '../../src/core/format.ts'
import { words } from './words.ts'

const root = join(import.meta.dirname, '..')
const folder = join(import.meta.dirname, 'en')
const features = readdirSync(folder).map((file) => file.replace(/\.ts$/, ''))

type Messages = { readonly [key: string]: string | Messages }

async function messagesOf(feature: string): Promise<Messages> {
  const module = (await import(join(folder, `${feature}.ts`))) as { [name: string]: Messages }
  const [messages] = Object.values(module)
  if (!messages) throw new Error(`${feature}.ts exports no catalogue`)
  return messages
}

/** Each message with its dotted name. */
const flat = (messages: Messages, above = ''): [name: string, message: string][] =>
  Object.entries(messages).flatMap(([key, value]) =>
    typeof value === 'string' ? [[above + key, value] as [string, string]] : flat(value, `${above}${key}.`),
  )

const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !file.startsWith('words') && !file.includes('.test.'))
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .join('\n')

test('every catalogue is offered by its name', () => {
  expect(Object.keys(words).sort()).toEqual(features.sort())
})

test.each(features)('messages of %s are well formed, and each is used', async (feature) => {
  const unused: string[] = []
  for (const [name, message] of flat(await messagesOf(feature))) {
    expect(() => new IntlMessageFormat(message, LOCALE), `${name}: ${message}`).not.toThrow()
    // A name may be put together: `status.${status}`, or `${group}.title`.
    const parts = name.split('.')
    const made = parts.map((_, i) => [...parts.slice(0, i), '${'].join('.'))
    if (![`'${name}'`, ...made.slice(1).map((prefix) => `\`${prefix}`)].some((each) => sources.includes(each))) unused.push(name)
  }
  expect(unused).toEqual([])
})

test('quotation marks, apostrophes and dots are typographic', async () => {
  for (const feature of features) {
    for (const [name, message] of flat(await messagesOf(feature))) expect(message, `${feature}: ${name}`).not.toMatch(/\.\.\.|['"]/)
  }
})
