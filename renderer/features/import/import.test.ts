import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { inWords, valuesText, withMeaning } from './columns/labels.ts'
import {
  assign,
  completeMap,
  draftFrom,
  fits,
  isNeeded,
  type MapDraft,
  mapText,
  missingRoles,
  type Role,
  roleOf,
  ROLES,
  rolesOf,
} from './columns/mapping.ts'
import { progressText } from '../jobs/job-text.ts'
import { linesOf } from './columns/raw-record.ts'
import {
  addFiles,
  belongTo,
  changeShown,
  importInput,
  isWaiting,
  MOST_FILES,
  goOn,
  previewInput,
  remove,
  show,
  started,
  takeDropped,
  useWizard,
} from './wizard.ts'
import { confidenceWords, containersOf, fileName, found, obstacleOf, outcome, reasonsOf, splitsOf } from './import-words.ts'
import { columnMap, type DataFile, type ImportPreview, type ImportResult } from '../../../src/contract/imports.ts'

const roles = Object.keys(ROLES) as Role[]
const column = fc.constantFrom('a', 'b', 'c', 'd.0.e')
const draft: fc.Arbitrary<MapDraft> = fc.record({
  shape: fc.constantFrom('named', 'judged'),
  columns: fc.dictionary(fc.constantFrom(...roles), column),
})

describe('labels', () => {
  const labels = {
    column: 'vote',
    first: 'a',
    second: 'b',
    counts: [
      { value: '0', count: 3, says: null },
      { value: '1', count: 2, says: 'first' as const },
    ],
    more: 0,
    absent: 0,
    values: null,
    asked: [],
    options: [{}, {}],
  }

  test('a value gets a meaning beside those that are known, and may lose it', () => {
    expect(withMeaning(labels, '0', 'tie')).toEqual({ 0: 'tie', 1: 'first' })
    expect(withMeaning(labels, '1', 'none')).toEqual({})
    expect(valuesText({ 1: 'first', '<0': 'second' })).toBe(valuesText({ '<0': 'second', 1: 'first' }))
    expect(inWords({ 0: 'first', 1: 'second', 2: 'tie' }, labels)).toBe('0: a is better · 1: b is better · 2: tie')
  })

  test('keep a file from being imported until they are clear', () => {
    expect(obstacleOf(preview({ label: labels }), 's')).toBe('Choose what the labels mean')
    expect(obstacleOf(preview({ label: { ...labels, values: {} } }), 's')).toBeNull()
  })
})

describe('column maps', () => {
  test('a draft is complete exactly when nothing that is needed is open, and the contract then takes it', () => {
    fc.assert(
      fc.property(draft, (made) => {
        const map = completeMap(made)
        expect(map === null).toBe(missingRoles(made).length > 0)
        if (map === null) return
        expect(columnMap.safeParse(map).success).toBe(true)
        expect(Object.keys(map).every((role) => rolesOf(made.shape).includes(role as Role))).toBe(true)
        expect(completeMap(draftFrom(map))).toEqual(map)
      }),
    )
  })

  test('a column has one role of a shape at a time, and the last choice wins', () => {
    fc.assert(
      fc.property(draft, fc.nat(), column, (made, at, name) => {
        const role = rolesOf(made.shape)[at % rolesOf(made.shape).length] as Role
        const next = assign(made, role, name)
        expect(roleOf(next, name)).toBe(role)
        expect(rolesOf(made.shape).filter((each) => next.columns[each] === name)).toEqual([role])
        expect(assign(next, role, '').columns[role]).toBeUndefined()
      }),
    )
  })

  test('a guess with a label is judged; one with both responses is not; nothing is guessed from nothing', () => {
    expect(draftFrom({ prompt: 'q', first: 'a', second: 'b', label: 'better' }).shape).toBe('judged')
    expect(draftFrom({ prompt: 'q', chosen: 'a', rejected: 'b', label: 'better' }).shape).toBe('named')
    expect(draftFrom({})).toEqual({ shape: 'named', columns: {} })
    expect(missingRoles(draftFrom({}))).toEqual(['chosen', 'rejected'])
    expect(isNeeded('judged', 'label')).toBe(true)
    expect(isNeeded('judged', 'images')).toBe(false)
  })

  test('a map fits a file that has all its columns', () => {
    const map = { prompt: 'q', chosen: 'good', rejected: 'bad' }
    const columns = ['q', 'good', 'bad', 'more'].map((name) => ({ column: name }))
    expect(fits(map, columns)).toBe(true)
    expect(fits(map, columns.slice(1))).toBe(false)
    expect(mapText(map)).toBe('prompt=q,chosen=good,rejected=bad')
  })
})

const preview = (change: Partial<ImportPreview> = {}): ImportPreview => ({
  file: '/data/a.jsonl',
  bytes: 10,
  files: [],
  format: 'trl',
  confidence: 1,
  alternatives: [],
  imagesDir: '/data',
  suggestedSource: 'a',
  columns: [],
  label: null,
  suggestedMap: {},
  suggestedLoss: null,
  hosts: [{ host: 'images.example', images: 3 }],
  records: 1,
  tied: 0,
  missingImages: 0,
  pairs: [{ row: 1, externalId: null, prompt: 'p', chosen: 'c', rejected: 'r', thumbnails: [] }],
  rejections: [],
  ...change,
})

describe('the wizard', () => {
  beforeEach(() => {
    useWizard.setState({ project: '/p', choices: [], shown: 0, unplaced: [], runs: [] })
  })
  const files = () => useWizard.getState().choices.map(({ file }) => file)

  test('files are added once each, up to a limit, and the first new one is shown', () => {
    addFiles(['/a', '/b'])
    addFiles(['/b', '/c'])
    expect(files()).toEqual(['/a', '/b', '/c'])
    expect(useWizard.getState().shown).toBe(1)
    addFiles(Array.from({ length: 40 }, (_, i) => `/many/${i}`))
    expect(files()).toHaveLength(MOST_FILES)
  })

  test('whatever is taken out, a file that is there is shown', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(fc.nat(9), { maxLength: 6 }), fc.nat(9), (size, outs, at) => {
        useWizard.setState({ choices: [], shown: 0, runs: [] })
        addFiles(Array.from({ length: size }, (_, i) => `/${i}`))
        show(at % size)
        for (const out of outs) {
          const before = useWizard.getState()
          const kept = before.choices[before.shown]?.file
          if (out < before.choices.length) remove(out)
          const { choices, shown } = useWizard.getState()
          if (choices.length > 0) expect(choices[shown]).toBeDefined()
          if (out < before.choices.length && out !== before.shown) expect(choices[shown]?.file).toBe(kept)
        }
      }),
    )
  })

  test('what belonged to another project is forgotten; what was dropped before one was open waits for it', () => {
    addFiles(['/a'])
    belongTo('/other')
    expect(files()).toEqual([])
    takeDropped(['/b'], ['b'], false)
    expect(isWaiting()).toBe(true)
    belongTo('/third')
    expect(files()).toEqual(['/b'])
    expect(isWaiting()).toBe(false)
  })

  test('what was started leaves the files to be imported, and what could not be started stays', () => {
    addFiles(['/a', '/b'])
    started({ jobId: '1', file: '/a', source: 'a' })
    expect(files()).toEqual(['/b'])
    goOn()
    expect(useWizard.getState()).toMatchObject({ runs: [], shown: 0 })
    expect(files()).toEqual(['/b'])
    started({ jobId: '2', file: '/b', source: 'b' })
    addFiles(['/a'])
    expect(files()).toEqual(['/a'])
    expect(useWizard.getState().runs).toEqual([])
  })

  test('only hosts that were agreed to and that the file names are asked, and an open map asks for nothing', () => {
    addFiles(['/data/a.jsonl'])
    const choice = () => useWizard.getState().choices[0]!
    expect(importInput(choice(), preview())).toMatchObject({ file: '/data/a.jsonl', format: 'trl', source: 'a', fetchHosts: [] })
    changeShown({ fetchHosts: ['images.example', 'elsewhere.example'], split: ' train ', source: ' b ' })
    expect(importInput(choice(), preview())).toMatchObject({ source: 'b', split: 'train', fetchHosts: ['images.example'] })
    changeShown({ format: 'mapped', draft: { shape: 'named', columns: { prompt: 'p' } } })
    expect(previewInput(choice())).toBeNull()
    expect(importInput(choice(), preview())).toBeNull()
    changeShown({ draft: { shape: 'named', columns: { prompt: 'p', chosen: 'c', rejected: 'r', label: 'l' } } })
    expect(importInput(choice(), preview({ format: 'mapped' }))).toMatchObject({
      format: 'mapped',
      map: { prompt: 'p', chosen: 'c', rejected: 'r' },
    })
  })
})

describe('words', () => {
  test('the splits of a folder count all its files and bytes', () => {
    const file: fc.Arbitrary<DataFile> = fc.record({
      file: fc.string(),
      split: fc.constantFrom('train', 'test', ''),
      bytes: fc.nat(),
      container: fc.constantFrom('parquet', 'csv'),
    })
    fc.assert(
      fc.property(fc.array(file), (made) => {
        const splits = splitsOf(made)
        expect(splits.reduce((sum, each) => sum + each.files, 0)).toBe(made.length)
        expect(splits.reduce((sum, each) => sum + each.bytes, 0)).toBe(made.reduce((sum, each) => sum + each.bytes, 0))
        expect(new Set(splits.map(({ split }) => split)).size).toBe(splits.length)
        expect(containersOf(made).split(' and ').filter(Boolean)).toHaveLength(new Set(made.map(({ container }) => container)).size)
      }),
    )
  })

  test('what keeps a file from being imported', () => {
    expect(obstacleOf(preview(), 'a')).toBeNull()
    expect(obstacleOf(preview(), ' ')).toMatch(/name/)
    expect(obstacleOf(preview({ format: null }), 'a')).toMatch(/columns/)
    expect(obstacleOf(preview({ pairs: [], records: 0 }), 'a')).toMatch(/no records/)
    expect(obstacleOf(preview({ pairs: [], records: 4 }), 'a')).toMatch(/could be read/)
    expect(confidenceWords(0.95).word).toBe('Certain')
    expect(confidenceWords(0.5).tone).toBe('warning')
    expect(fileName('/data/set/')).toBe('set')
    expect(fileName('C:\\data\\a.json')).toBe('a.json')
  })

  test('missing images that share a reason stand together, none is lost', () => {
    const example = fc.record({ reference: fc.string(), reason: fc.constantFrom('a', 'b', 'c', 'd'), pairs: fc.nat() })
    fc.assert(
      fc.property(fc.array(example), (examples) => {
        const groups = reasonsOf(examples)
        expect(groups.flatMap(({ references }) => references)).toHaveLength(examples.length)
        expect(new Set(groups.map(({ reason }) => reason)).size).toBe(groups.length)
        const shared = groups.map(({ references }) => references.length > 1)
        expect([...shared].sort()).toEqual(shared)
      }),
    )
  })

  test('the outcome of a search for images', () => {
    expect(found({ looked: 4, found: 3, complete: 8, missing: 1 })).toBe('3 of 4 images found · 8 pairs completed · 1 image still missing')
    expect(found({ looked: 1, found: 1, complete: 0, missing: 0 })).toBe('1 of 1 image found')
  })

  test('progress in bytes is told in units that people read', () => {
    expect(progressText({ phase: '', done: 1_200_000, total: 4_000_000, unit: 'bytes', rate: 310_000, etaSeconds: 9 })).toBe(
      '1.2 MB of 4.0 MB · 310.0 kB/s · 9 s left',
    )
    expect(progressText({ phase: '', done: 1200, total: null, unit: 'pairs', rate: 3.25, etaSeconds: null })).toBe(
      '1,200 pairs · 3.3 pairs/s',
    )
  })

  test('the outcome never speaks of success where nothing came in', () => {
    const number = fc.nat(5)
    fc.assert(
      fc.property(number, number, number, (imported, skipped, quarantined) => {
        const result: ImportResult = {
          records: 9,
          pairs: imported + skipped + quarantined,
          imported,
          skipped,
          quarantined,
          tied: 0,
          incomplete: 0,
          images: 0,
          remarks: [],
        }
        const text = outcome(result, 'x')
        expect(text.includes('imported into')).toBe(imported > 0)
        if (quarantined > 0 && imported === 0) expect(text).not.toMatch(/already in the project/)
      }),
    )
  })
})

describe('a raw record', () => {
  test('JSON is laid out with all lines of the field marked; other text stays as it is', () => {
    const lines = linesOf('{"id": "1", "images": [{"path": 2}], "image": "images"}', 'images.0.path')
    expect(lines.filter(({ marked }) => marked).map(({ text }) => text)).toEqual([
      '  "images": [',
      '    {',
      '      "path": 2',
      '    }',
      '  ],',
    ])
    expect(linesOf('{"id": \n"cut', 'id')).toEqual([
      { text: '{"id": ', marked: false },
      { text: '"cut', marked: false },
    ])
    expect(linesOf('"text"', null)).toEqual([{ text: '"text"', marked: false }])
  })

  test('what is laid out says the same as the record', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (record, field) => {
        const shown = linesOf(JSON.stringify(record), field)
          .map(({ text }) => text)
          .join('\n')
        expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(record)))
      }),
    )
  })
})
