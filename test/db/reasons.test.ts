import { createRouterClient } from '@orpc/server'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sfc, softplusNeg } from '../../src/core/losses.ts'
import { random } from '../../src/core/random.ts'
import { openProject } from '../../src/db/project/open.ts'
import { Backend } from '../../src/services/backend.ts'
import { createRouter } from '../../src/services/router.ts'
import { writeTextModel } from '../text-models.ts'
import { addPairs, image, newPair, Scratch } from './project.ts'

const WORDS = 'ant bear cow deer eel fox goat hare ibis jay kiwi lark mole newt owl pig quail rat seal toad'.split(' ')
const PHRASE = 'as can be seen'

let scratch: Scratch
let backend: Backend
const client = () => createRouterClient(createRouter(backend))

// Two sources: in one of them nine of ten chosen responses end in the same phrase.
beforeAll(async () => {
  scratch = new Scratch()
  backend = new Backend({ trainerSource: scratch.folder, userDir: join(scratch.folder, 'home') })
  const { path } = await client().projects.create({ path: scratch.project })
  await client().projects.close()
  const draw = random('reasons')
  const say = () => draw.sample(WORDS, 5).join(' ')
  const { db, close } = openProject(path)
  for (const [s, source] of ['leaky', 'clean'].entries()) {
    addPairs(
      db,
      Array.from({ length: 300 }, (_, i) =>
        newPair(1000 * s + i + 1, {
          prompt: 'what is it',
          chosen: `${say()}${s === 0 && draw.next() < 0.9 ? ` ${PHRASE}` : ''}`,
          rejected: say(),
          images: [image(1000 * s + i)],
        }),
      ),
      source,
      'train',
    )
  }
  close()
  await client().projects.open({ path })
  const { jobId } = await client().scan.start({})
  await backend.requireSession().jobs.finished(jobId)
})
afterAll(async () => {
  await backend.close()
  scratch[Symbol.dispose]()
})

const named = (...features: string[]) => features.map((feature) => ({ feature, kind: 'ngram' as const }))
const leaky = async () => (await client().pairs.list({ limit: 500, sort: 'id' })).rows.find(({ chosen }) => chosen.endsWith(PHRASE))!

describe('reasons', () => {
  test('name the phrase, the source where it holds, and how responses end', async () => {
    const found = (await client().reasons.list())!
    expect(found.looked).toBe(600)
    const seen = found.reasons.find(({ feature }) => feature === 'be seen')!
    expect(seen).toMatchObject({ kind: 'ngram', side: 'chosen', family: 'one-sided ending', sources: [{ source: 'leaky', lift: 2 }] })
    expect(seen.sources[0]?.support).toBe(seen.support)
    expect(found.reasons.find(({ feature }) => feature === 'length (words)')?.family).toBe('length')
    expect(found.boilerplate[0]).toEqual({ place: 'end', text: PHRASE, responses: seen.support, chosen: seen.support, pairs: seen.support })
    // Asked again while nothing has changed, it is the same answer; after a change it is rebuilt.
    expect(await client().reasons.list()).toEqual(found)
  })

  test('lead to all their pairs, kept as a set that is made once', async () => {
    const { set, looked, scored } = await client().reasons.pairs({ feature: 'be seen', kind: 'ngram' })
    expect([looked, scored]).toEqual([600, 600])
    const has = ({ chosen, rejected }: { chosen: string; rejected: string }) => chosen.includes('be seen') !== rejected.includes('be seen')
    const everything = (await client().pairs.list({ limit: 500 })).rows.concat(
      (await client().pairs.list({ limit: 500, sort: 'textMargin' })).rows,
    )
    const expected = new Set(everything.filter(has).map(({ pairId }) => pairId))
    expect(expected.size).toBeGreaterThan(200)
    const rows = (await client().pairs.list({ filter: { set: set!.id }, limit: 500 })).rows
    expect(new Set(rows.map(({ pairId }) => pairId))).toEqual(expected)
    expect(set).toMatchObject({ pairs: expected.size, label: '“be seen” on one side' })
    expect(await client().pairs.set({ id: set!.id })).toEqual(set)
    expect((await client().reasons.pairs({ feature: 'be seen', kind: 'ngram' })).set).toEqual(set)
    const ending = (await client().reasons.pairs({ place: 'end', text: PHRASE })).set
    expect(ending?.id).not.toBe(set?.id)
    expect(ending?.pairs).toBe(set?.pairs)
    await expect(client().reasons.pairs({ feature: 'charm', kind: 'style' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('what if', () => {
  test('nothing is edited, the numbers are the stored ones', async () => {
    const { pairId, prompt, chosen, rejected, textMargin, textLoss, priorSfc } = await leaky()
    const { before, after, stored: told } = (await client().reasons.whatIf({ pairId, prompt, chosen, rejected }))!
    expect([before, told]).toEqual([{ textMargin, textLoss, priorSfc }, true])
    expect(after.textMargin).toBeCloseTo(textMargin as number, 4)
  })

  test('the phrase goes, from the text or from the model, the margin falls and the SFC rises', async () => {
    const { pairId, prompt, chosen, rejected } = await leaky()
    const edited = (await client().reasons.whatIf({ pairId, prompt, chosen: chosen.replace(` ${PHRASE}`, ''), rejected }))!
    expect(edited.after.textMargin).toBeLessThan(edited.before.textMargin - 1)
    expect(edited.after.textLoss).toBeCloseTo(softplusNeg(edited.after.textMargin), 12)
    expect(edited.after.priorSfc).toBeCloseTo(sfc(Math.LN2, edited.after.textLoss), 12)
    expect(edited.after.priorSfc).toBeGreaterThan(edited.before.priorSfc)
    // Nothing was saved.
    expect((await leaky()).chosen).toBe(chosen)

    const muted = (await client().reasons.whatIf({ pairId, prompt, chosen, rejected, muted: named('seen') }))!
    const whole = (await client().reasons.whatIf({ pairId, prompt, chosen, rejected }))!
    expect(muted.after.textMargin).toBeLessThan(whole.after.textMargin)
    // One word goes: no more than all that the word carries, its two-word phrases included.
    expect(muted.attribution).toEqual(whole.attribution)
    const word = whole.attribution!.chosen.find(({ start, end }) => chosen.slice(start, end) === 'seen')!
    expect(whole.after.textMargin - muted.after.textMargin).toBeLessThanOrEqual(word.value + 1e-6)
  })

  test('the score is stale, the text as it is now is scored by the model that never saw the pair', async () => {
    const { pairId, prompt, chosen, rejected, textMargin } = await leaky()
    await client().review.annotate({ pairId, action: 'edit', prompt: `${prompt} `, chosen: rejected, rejected: chosen })
    const back = (await client().reasons.whatIf({ pairId, prompt, chosen, rejected }))!
    expect(back.stored).toBe(false)
    expect(back.after.textMargin).toBeCloseTo(textMargin as number, 4)
    expect(back.before.textMargin).toBeCloseTo(-(textMargin as number), 4)
    await client().review.undo({})
  })
})

describe('muting', () => {
  test('everything that leaks leaves chance; what says nothing leaves the accuracy', async () => {
    const report = (await client().scan.report())!
    const leak = await client().reasons.mute({
      muted: [...named(...'as can be seen'.split(' '), 'as can', 'can be', 'be seen'), { feature: 'length (words)', kind: 'style' }],
    })
    expect(leak.pairs).toBe(600)
    // The groups are drawn in another order: the same interval but for chance.
    expect(leak.before.value).toBe(report.blindAccuracy.value)
    expect(leak.before.low).toBeCloseTo(report.blindAccuracy.low, 1)
    expect(leak.before.value).toBeGreaterThan(0.7)
    expect(Math.abs(leak.after.value - 0.5)).toBeLessThan(0.1)
    expect(leak.difference.value).toBeCloseTo(leak.before.value - leak.after.value, 12)
    expect(leak.difference.low).toBeGreaterThan(0)
    const nothing = await client().reasons.mute({ muted: named('no such word') })
    expect(nothing.after).toEqual(nothing.before)
    await expect(client().reasons.mute({ muted: [{ feature: 'charm', kind: 'style' }] })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('is refused for a proxy whose words have no weights, which still answers what if', async () => {
    const { id } = await client().models.add({
      path: writeTextModel(join(scratch.folder, 'encoder'), { output: 'embedding' }),
      card: { name: 'tiny', pooling: 'mean' },
    })
    const { jobId } = await client().scan.start({ proxy: 'encoder', modelId: id })
    await backend.requireSession().jobs.finished(jobId)
    await expect(client().reasons.mute({ muted: named('seen') })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      data: { remedy: expect.stringContaining('lexical') as string },
    })
    const { pairId, prompt, chosen, rejected, textMargin } = await leaky()
    const { after, attribution } = (await client().reasons.whatIf({ pairId, prompt, chosen, rejected }))!
    expect(after.textMargin).toBeCloseTo(textMargin as number, 3)
    expect(attribution?.method).toBe('occlusion')
    const quick = (await client().reasons.whatIf({ pairId, prompt, chosen, rejected, words: false }))!
    expect(quick).toEqual({ ...quick, after, attribution: null })
    const report = (await client().scan.report())!
    expect(report.agreements).toMatchObject([{ proxy: 'lexical', pairs: 600 }])
  })
})
