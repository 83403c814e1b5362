import { ORPCError } from '@orpc/client'
import { describe, expect, it, test } from 'vitest'
import { BlindfoldError } from '../../core/errors.ts'
import { duration } from '../../core/format.ts'
import type { ImportSurvey } from '../../contract/imports.ts'
import { surveyLines } from './import-survey.ts'
import { describeFailure, JobFailed, toFailure } from './failures.ts'
import { excerpt, percentEstimate, pointsEstimate, table } from './output.ts'
import { findings } from './scan.ts'
import { describeProgress } from './wait.ts'

describe('tables', () => {
  it('keep columns in line, numbers to the right', () => {
    expect(
      table(
        ['source', 'pairs'],
        [
          ['a', '12'],
          ['größer', '3,456'],
        ],
        [1],
      ),
    ).toBe(['source  pairs', '------  -----', 'a          12', 'größer  3,456'].join('\n'))
  })

  it('show estimates with their interval and a dash where there is none', () => {
    expect(percentEstimate({ value: 0.905, low: 0.88, high: 0.93 })).toBe('90.5 [88.0, 93.0]')
    expect(pointsEstimate({ value: 18.04, low: 15, high: 21 })).toBe('18.0 [15.0, 21.0]')
    expect(percentEstimate(null)).toBe('–')
  })

  it('cut long text on one line', () => {
    expect(excerpt('  one\n two\tthree ', 20)).toBe('one two three')
    expect(excerpt('0123456789', 5)).toBe('0123…')
  })
})

test('a survey counts one record in the singular', () => {
  const survey: ImportSurvey = {
    format: 'trl',
    records: 2,
    pairs: 1,
    tied: 0,
    images: 1,
    quarantined: 1,
    refused: [{ code: 'invalid-json', records: 1 }],
    imageFields: [{ field: 'image', records: 1 }],
    remarks: [],
  }
  expect(surveyLines('/data/a.jsonl', survey).slice(0, 2)).toEqual([
    'a.jsonl: trl, 2 records, 1 pair; 1 names images, in image (1).',
    '1 record would be quarantined: invalid-json 1.',
  ])
})

test('a report says what it found, of text-only pairs in a sentence of their own', () => {
  const verdict = { sentence: 'No leak found.' }
  expect(findings({ verdict, textOnly: null })).toEqual(['No leak found.'])
  expect(findings({ verdict, textOnly: { sentence: 'The wording alone predicts the label.' } })).toEqual([
    'No leak found.',
    'Text-only pairs: The wording alone predicts the label.',
  ])
})

describe('progress', () => {
  it('says how far, how fast and how long, as far as it is known', () => {
    const known = { phase: 'Scoring', done: 1200, total: 4000, unit: 'pairs', rate: 350.4, etaSeconds: 8 }
    expect(describeProgress(known)).toBe('Scoring 1,200 of 4,000 pairs, 350/s, 8 s left')
    expect(describeProgress({ ...known, total: null, rate: null, etaSeconds: null })).toBe('Scoring 1,200 pairs')
  })

  it('speaks of time as people do', () => {
    expect([0, 59.4, 60, 200, 3600, 7500].map(duration)).toEqual(['0 s', '59 s', '1 min', '3 min 20 s', '1 h 0 min', '2 h 5 min'])
  })
})

describe('failures', () => {
  it('keep code, place and remedy, wherever they come from', () => {
    const detail = { remedy: 'Mend it.', file: 'a.jsonl', row: 7, field: 'chosen' }
    const expected = { code: 'FILE_UNREADABLE', message: 'Broken.', ...detail }
    expect(toFailure(new BlindfoldError('FILE_UNREADABLE', 'Broken.', detail))).toEqual(expected)
    expect(toFailure(new ORPCError('FILE_UNREADABLE', { message: 'Broken.', data: detail }))).toEqual(expected)
    expect(toFailure(new JobFailed(expected as never))).toEqual(expected)
    expect(describeFailure(expected as never)).toBe(
      'error: Broken. (FILE_UNREADABLE)\n   in: file a.jsonl, row 7, field chosen\n  fix: Mend it.',
    )
  })

  it('call everything else a defect', () => {
    expect(toFailure(new TypeError('x is undefined'))).toMatchObject({ code: 'INTERNAL', message: 'x is undefined' })
    expect(toFailure(new ORPCError('TEAPOT', { message: 'no code of ours' }))).toMatchObject({ code: 'INTERNAL' })
  })
})
