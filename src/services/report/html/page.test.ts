import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Report } from '../../../contract/overview.ts'
import { html } from './html.ts'
import { STYLE } from './style.ts'
import { reportHtml, type ExamplePair } from './page.ts'

const est = (value: number, low = value - 0.05, high = value + 0.05) => ({ value, low, high })

/** A report whose every text is `text`. */
function report(text: string, over: Partial<Report> = {}): Report {
  const baselines = { longest: est(0.6), shortest: est(0.4), frequent: est(0.5) }
  return {
    project: text,
    pairs: 1000,
    scored: 990,
    stale: 10,
    images: 800,
    regrouped: 2,
    missing: { images: 5, pairs: 7 },
    quarantined: 3,
    subject: 'images',
    judged: 900,
    predictions: [{ by: 'proxy', accuracy: est(0.8), pValue: 0.0005, adjusted: 0.002, leaks: true }],
    textOnly: { pairs: 90, groups: 60, blindAccuracy: est(0.6), baselines, pValue: 0.01, predictions: [], level: 'weak', sentence: text },
    verdict: { level: 'strong', sentence: text, next: text, steps: [{ action: 'reasons', text }] },
    blindAccuracy: est(0.8),
    pValue: 0.0005,
    groups: 800,
    baselines,
    advantages: [{ over: 'frequent', difference: est(0.3), pValue: 0.02 }],
    bySource: [{ source: text, pairs: 990, groups: 800, blindAccuracy: est(0.8), baselines, pValue: 0.001 }],
    slices: [
      {
        dimension: 'tag',
        value: text,
        pairs: 20,
        groups: 20,
        blindAccuracy: est(0.9, 0.7, 1),
        pValue: 0.001,
        adjusted: 0.004,
        filter: null,
      },
    ],
    languagesOf: 990,
    lengthBalanced: { accuracy: est(0.75), pairs: 700 },
    learningCurve: {
      points: [
        { trainPairs: 40, accuracy: est(0.55) },
        { trainPairs: 800, accuracy: est(0.8) },
      ],
      leaksFrom: 800,
    },
    calibration: { bins: [{ low: 0.9, high: 1, pairs: 990, confidence: 0.95, accuracy: 0.8 }], ece: est(0.15) },
    agreements: [
      {
        scanId: 1,
        proxy: 'encoder',
        model: { modelId: 'm', name: text, hash: 'a'.repeat(64) },
        pairs: 990,
        blindAccuracy: est(0.7),
        agree: est(0.8),
        expected: 0.6,
        spearman: est(0.5),
      },
    ],
    scatter: { edges: [0, 0.1, 0.2], cells: [{ x: 0, y: 1, pairs: 7 }], pairs: 7 },
    marginCorrelation: { pearson: est(0.4), spearman: est(0.5), pairs: 7 },
    suspects: { share: est(0.05, 0.02, 0.08), wrong: est(50, 20, 80), listed: 12, neither: 9 },
    stability: null,
    topFeatures: [{ feature: text, kind: 'ngram', weight: 1, coverage: 0.1, lift: 1.8, support: 99, side: 'chosen' }],
    quadrants: { 'text-solvable': 7, 'shortcut-only': 0, 'image-needed': 0, 'suspect-label': 0, 'text-right': 900, 'text-wrong': 83 },
    shortcutProne: 3,
    textHistogram: [
      { low: 0, high: 0.5, pairs: 7 },
      { low: 0.5, high: 1, pairs: 983 },
    ],
    auditSfcHistogram: [
      { low: 0, high: 0.5, pairs: 4 },
      { low: 0.5, high: 1, pairs: 3 },
    ],
    provenance: {
      scanId: 1,
      proxy: 'lexical',
      model: { modelId: 'm', name: text, hash: 'a'.repeat(64) },
      characters: false,
      unspaced: 0.9,
      units: 'words',
      references: [{ id: text, pairs: 7 }],
      seed: 0,
      folds: 5,
      inSampleAccuracy: 0.9,
      scoredAt: '2026-01-01T00:00:00Z',
    },
    ...over,
  }
}
/** A pair whose every text is `text`. */
const example = (text: string): ExamplePair => ({
  pairId: 7,
  source: text,
  prompt: text,
  chosen: text,
  rejected: text,
  images: 1,
  missing: 1,
  textMargin: 2.5,
})
const made = new Date('2026-01-02T03:04:05Z')

/** Tags of a page, by a reader that knows nothing but brackets and quotes. */
const tags = (page: string): string[] => page.replace(/<style>[^]*?<\/style>/, '').match(/<\/?[a-z!][^\s>/]*/gi) ?? []

describe('the page of a report', () => {
  test('holds no markup but its own, whatever the data set says', () => {
    const plain = tags(reportHtml(report('plain'), null, [example('plain')], made))
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(
        '<script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        "' onload='x",
        '</title></style><b>',
        '&lt;script&gt;',
        '\u0000\u202e<svg/onload=x>',
        '${x}',
        '\ud800',
      ),
    )
    fc.assert(
      fc.property(hostile, (text) => {
        const page = reportHtml(report(text), null, [example(text)], made)
        expect(tags(page)).toEqual(plain)

        expect(page).not.toMatch(/[\u0000-\u0008\u202a-\u202e\u2066-\u2069]/)
        expect(page.isWellFormed()).toBe(true)
      }),
    )
  })

  test('asks for nothing from elsewhere, runs nothing, and closes every tag that it opens', () => {
    const page = reportHtml(report('x'), null, [example('x')], made)
    expect(page).toContain("default-src 'none'")
    expect(page).not.toMatch(/<script|\bsrc=|href=|url\(|@import|https?:|\son\w+=/i)
    const open: string[] = []
    for (const tag of tags(page)) {
      const name = tag.slice(tag[1] === '/' ? 2 : 1)
      if (['!doctype', 'meta', 'line', 'circle', 'rect', 'polyline'].includes(name)) continue
      if (tag[1] === '/') expect(open.pop()).toBe(name)
      else open.push(name)
    }
    expect(open).toEqual([])
    expect(page).not.toMatch(/NaN|undefined|\[object/)
  })

  test('has a rule for every class in its figures', () => {
    const page = reportHtml(report('x'), null, [example('x')], made)
    const classes = new Set(
      (page.match(/<svg[^]*?<\/svg>/g) ?? []).flatMap((svg) =>
        [...svg.matchAll(/class="([^"]*)"/g)].flatMap(([, names]) => (names as string).split(' ')),
      ),
    )
    const selectors = STYLE.replace(/\{[^{}]*\}/g, ' ')
    expect(classes).toContain('bar')
    for (const name of classes) expect(selectors).toMatch(new RegExp(`\\.${name}(?![\\w-])`))
  })

  test('tells what is quarantined and which images are missing, shows pairs by their own direction, and cuts long ones between characters', () => {
    const long = { ...example('x'), prompt: '👩‍🚀'.repeat(400), chosen: 'مرحبا', missing: 0, images: 0 }
    const page = reportHtml(report('x'), null, [long], made)
    expect(page).toContain('3 records are quarantined')
    expect(page).toContain('5 images that 7 pairs name are missing')
    expect(page).toContain('<dd class="text" dir="auto">مرحبا</dd>')
    expect(page).toContain('no image; text margin +2.50')
    expect(page).toMatch(/…<\/dd>/)
    expect(page).not.toContain('\ufffd')
    const complete = reportHtml(report('x', { quarantined: 0, missing: { images: 0, pairs: 0 } }), null, [], made)
    expect(complete).not.toMatch(/quarantined|are missing/)
  })

  test('says what the report says, and nothing of what it lacks', () => {
    const page = reportHtml(report('Some “words”'), null, [example('x')], made)
    for (const said of [
      '80.0%',
      '80.0% (95% CI 75.0–85.0%)',
      '1,000',
      'Some “words”',
      '0.004',
      'above chance from 800 training pairs',
      '2026-01-02T03:04:05.000Z',
    ])
      expect(page).toContain(said)
    expect(reportHtml(report('x', { pValue: 0.34 }), null, [], made)).toContain('Against 50%: p = 0.340 by permutation')
    const bare = reportHtml(
      report('x', {
        scatter: null,
        marginCorrelation: null,
        suspects: null,
        agreements: [],
        slices: [],
        topFeatures: [],
        lengthBalanced: null,
        textOnly: null,
      }),
      null,
      [],
      made,
    )
    for (const heading of [
      'Likely label errors',
      'Other proxies',
      'The proxy is trained on all pairs and tested on those that name an image.',
      '<h2>Blind accuracy by subset',
      '<h2>Cues',
      'lengths balanced',
      '<h2>Text-only pairs',
      '<h2>Example pairs',
    ]) {
      expect(page).toContain(heading)
      expect(bare).not.toContain(heading)
    }
  })
})

test('templates escape values and lists, and take markup as it is', () => {
  expect(html`<p title="${'"a"'}">${[html`<b>${'<'}</b>`, '&']}${null}${3}</p>`.text).toBe('<p title="&quot;a&quot;"><b>&lt;</b>&amp;3</p>')
})

test('names in the page run in their own direction', () => {
  const page = reportHtml(report('תג'), null, [example('תג')], new Date(0))
  const body = page.slice(page.indexOf('<h1'))
  expect(body).toContain('<h1>Blind test of <bdi>תג</bdi></h1>')
  expect(body).toContain('<td>Tag</td><td><bdi>תג</bdi></td>')
  expect(body).toContain('<td dir="auto">תג</td><td>chosen</td>')
  for (const label of ['Prompt', 'Chosen', 'Rejected']) expect(body).toContain(`<dt>${label}</dt><dd class="text" dir="auto">תג</dd>`)
  expect(page).toContain('[dir=auto], svg text { unicode-bidi: plaintext; }')
})
