import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ScoringReply } from '../protocols/scoring.ts'
import { random } from '../core/random.ts'
import { levelOf } from '../core/report/verdict.ts'
import { crossFitted, groupAccuracy, permutationP } from '../core/statistics.ts'
import { proxyOf } from '../proxies/index.ts'
import { Scan, type GroupedPair } from './scan.ts'

const WORDS = 'ant bear cow deer eel fox goat hare ibis jay kiwi lark mole newt owl pig quail rat seal toad'.split(' ')

/** Held-out blind accuracy of the lexical proxy, and the points of its learning curve. */
async function blind(pairs: GroupedPair[], seed: number) {
  const dir = await mkdtemp(join(tmpdir(), 'blindfold-null-'))
  const margins: number[] = []
  const groups: string[] = []
  const groupOf = new Map(pairs.map(({ id, group }) => [id, group]))
  let curve: Extract<ScoringReply, { type: 'curve' }>['points'] = []
  try {
    const scan = await Scan.begin(proxyOf('lexical'), { seed, folds: 5, dir, context: { characters: false, reader: null } }, (reply) => {
      if (reply.type === 'curve') curve = reply.points
      if (reply.type !== 'scores') return
      for (const { id, margin } of reply.scores) {
        margins.push(margin)
        groups.push(groupOf.get(id) as string)
      }
    })
    await scan.readPairs(pairs)
    await scan.scorePairs()
  } finally {
    await rm(dir, { recursive: true })
  }
  const spread = crossFitted(5)
  return {
    accuracy: groupAccuracy(margins, groups, seed, { spread }),
    pValue: permutationP(margins, groups, seed, { spread }),
    groups: new Set(groups).size,
    curve,
  }
}

/** Pairs on images of two each, whose two responses differ in a phrase that tells much, had the label not been drawn by chance. */
function dataset(n: number, seed: number, chosenFirst: (draw: ReturnType<typeof random>, i: number) => boolean): GroupedPair[] {
  const draw = random(`null:${seed}`)
  return Array.from({ length: n }, (_, i) => {
    const texts = ['as can be seen', 'perhaps'].map((end) => `${draw.sample(WORDS, 5).join(' ')} ${end}`) as [string, string]
    const [chosen, rejected] = chosenFirst(draw, i) ? texts : [texts[1], texts[0]]
    return { id: i + 1, key: String(draw.next()), group: `g${Math.floor(i / 2)}`, prompt: 'What is there?', chosen, rejected }
  })
}

test('with labels drawn by chance the interval of the blind accuracy has one half in 92 of 100 seeds or more, and few p-values are small', async () => {
  let covered = 0
  let small = 0
  for (let seed = 0; seed < 100; seed++) {
    const { accuracy, pValue } = await blind(
      dataset(120, seed, (draw) => draw.next() < 0.5),
      seed,
    )
    if (accuracy.low <= 0.5 && 0.5 <= accuracy.high) covered++
    if (pValue <= 0.05) small++
  }
  expect(covered).toBeGreaterThanOrEqual(92)
  expect(small).toBeLessThanOrEqual(5)
}, 120_000)

test('where only the image tells, no text-only shortcut is found; where the text tells, it is, from a few pairs on', async () => {
  // Which answer is right depends on the picture, of which the text says nothing.
  const colours = dataset(600, 1, (_, i) => random(`picture:${Math.floor(i / 2)}`).next() < 0.5)
  const image = await blind(colours, 0)
  expect(levelOf(image.accuracy, image.groups)).toBe('none')
  const text = await blind(
    dataset(600, 1, (draw) => draw.next() < 0.9),
    0,
  )
  expect(levelOf(text.accuracy, text.groups)).toBe('strong')
  const sizes = text.curve.map(({ trainPairs }) => trainPairs)
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b))
  expect(sizes.length).toBeGreaterThanOrEqual(3)
  expect(sizes.at(-1)).toBeLessThan(300)
  expect(text.curve.at(-1)?.accuracy.low).toBeGreaterThan(0.5)
  expect(image.curve.at(-1)?.accuracy.low).toBeLessThan(0.5)
})
