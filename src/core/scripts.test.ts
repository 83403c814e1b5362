import fc from 'fast-check'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ScoringReply, Explanation } from '../protocols/scoring.ts'
import { random } from './random.ts'
import { levelOf } from './report/verdict.ts'
import { phraseText } from './scripts.ts'
import { crossFitted, groupAccuracy } from './statistics.ts'
import { lexical, lexicalReward } from '../proxies/lexical/index.ts'
import { styleIn, styleNames } from '../proxies/lexical/style.ts'
import { characters, words, type Units } from '../proxies/lexical/tokens.ts'
import { Scan, type GroupedPair } from '../scoring/scan.ts'
import { anyScript } from '../../test/arbitrary-scripts.ts'
import { CONTEXT, encoded, ownGroups } from '../../test/proxy-pairs.ts'

const texts = (text: string) => words(text).map((word) => word.text)

test.each([
  ['她在画面里看到一只蓝色的鸟', ['看到', '蓝色', '鸟']],
  ['私は赤い車を見ました', ['私', '赤い', '車']],
  ['แมวสีเขียวอยู่บนโต๊ะ', ['แมว', 'เขียว', 'โต๊ะ']],
  ['ភាសាខ្មែរមានអក្សរ', ['មាន', 'អក្សរ']],
  ['ພາສາລາວ', ['ພາສາ', 'ລາວ']],
  ['မြန်မာဘာသာစကား', ['စကား']],
  ['3个苹果和iPhone手机', ['3', '个', '苹果', 'iphone', '手机']],
  ['བོད་སྐད་ཡིག', ['བོད', 'སྐད', 'ཡིག']],
  ['한국어 텍스트', ['한국어', '텍스트']],
  ["It's a café, isn’t it", ["it's", 'a', 'café', "isn't", 'it']],
  ['मैं पानी पीता हूँ', ['मैं', 'पानी', 'पीता', 'हूँ']],
])('the words of %s', (text, expected) => {
  expect(texts(text)).toEqual(expect.arrayContaining(expected))
})

describe('a phrase as it is shown', () => {
  test.each([
    ['它 清楚 地', '它清楚地'],
    ['the red cat', 'the red cat'],
    ['有 3 个', '有 3 个'],
    ['看 iphone 的 图 片', '看 iphone 的图片'],
    ['ภาพ นี้ มี', 'ภาพนี้มี'],
    ['사진 에는', '사진 에는'],
    ['𠀀 𠀁', '𠀀𠀁'],
  ])('%s', (joined, shown) => {
    expect(phraseText(joined)).toBe(shown)
  })

  test('no letter is lost, and words of spaced scripts stay apart', () => {
    fc.assert(
      fc.property(fc.array(anyScript), (pieces) => {
        const joined = pieces.join(' ')
        expect(phraseText(joined).replaceAll(' ', '')).toBe(joined.replaceAll(' ', ''))
      }),
    )
  })
})

describe('units', () => {
  const pieces = fc.constantFrom(
    '可以看到',
    '鸟',
    'ひらがな',
    'カタカナー',
    'แมวสีเขียว',
    'ที่นี่',
    'ភាសា',
    'ខ្មែរ',
    'ພາສາລາວ',
    'မြန်မာ',
    'བོད་སྐད',
    'हिन्दी',
    'नमस्ते',
    '각',
    '각'.normalize('NFD'),
    'é'.normalize('NFD'),
    '👩‍🚀',
    '👍🏽',
    '🇫🇷🇩🇪',
    'word',
    "it's",
    '12',
    ' ',
    '。',
    '，',
    '!',
    '\n',
    'ꦧꦱꦗꦮꦏꦭꦶꦒꦿꦥ꦳ꦶ',
  )
  const text = fc
    .array(fc.oneof({ weight: 6, arbitrary: pieces }, { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }) }), {
      maxLength: 12,
    })
    .map((list) => list.join(''))
  const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

  test('stand in their order, hold every letter, and never cut what people see as one character', () => {
    fc.assert(
      fc.property(text, fc.constantFrom<Units>('words', 'characters'), (value, units) => {
        const list = units === 'words' ? words(value) : characters(value)
        const bounds = new Set([...graphemes.segment(value)].map(({ index }) => index).concat(value.length))
        let end = 0
        for (const word of list) {
          expect(word.start).toBeGreaterThanOrEqual(end)
          expect(word.end).toBeGreaterThan(word.start)
          // A blank joins what is no letter only.
          if (units === 'words')
            for (const part of [word.start, word.end])
              if (/\p{L}|\p{N}/u.test(value.slice(part - 1, part + 1)))
                expect(bounds.has(part) || !/^\p{M}/u.test(value.slice(part))).toBe(true)
          expect(/^\p{M}/u.test(value.slice(word.end)) && units === 'words').toBe(false)
          end = word.end
        }
        const covered = list.map(({ start, end: to }) => value.slice(start, to)).join('')
        const letters = (of: string) => of.match(units === 'words' ? /[\p{L}\p{N}]/gu : /\S/gu) ?? []
        expect(letters(covered)).toEqual(letters(value))
      }),
      { numRuns: 400 },
    )
  })

  test('of characters are whole graphemes in text that people write', () => {
    for (const value of ['แมวสีเขียวอยู่ที่นี่', '👩‍🚀👍🏽🇫🇷🇩🇪', 'हिन्दी'.normalize('NFD'), '각각'.normalize('NFD'), 'ë́x', '你好']) {
      const bounds = new Set([...graphemes.segment(value)].map(({ index }) => index).concat(value.length))
      // Indic conjuncts are one grapheme in newer Unicode and several letters for a reader; marks never stand alone.
      for (const { start, end } of characters(value))
        for (const at of [start, end]) expect(bounds.has(at) || /^\p{L}/u.test(value.slice(at))).toBe(true)
    }
  })
})

describe('marks of every script count', () => {
  const of = (text: string, name: string, units: Units = 'words') => {
    const value = styleIn(text, units)[styleNames(units).indexOf(name)] as number
    return name === 'ends with punctuation' ? value : Math.round(Math.expm1(value))
  }
  test.each([
    [
      'sentence-end marks',
      2,
      ['One. Two!', '一。二！', 'एक। दो।', 'یہ۔ وہ؟', 'មួយ។ ពីរ។', 'አንድ። ሁለት።', 'Մեկ։ Երկու։', 'က။ ခ။', 'ཀ།ཁ།', 'ｱ｡ｲ｡'],
    ],
    ['commas and colons', 1, ['a, b', 'a; b', 'a: b', '一，二', '一、二', 'أ، ب', 'أ؛ ب', '一：二', 'ա՝ բ', 'አ፣ በ']],
    ['question and exclamation marks', 1, ['a?', 'a!', '一？', '一！', 'أ؟', '۔؟', 'ա՞', 'a⁈', '﹖']],
    [
      'ends with punctuation',
      1,
      ['End.', 'End."', '完。', '「完。」', '“完！”', '完。』', 'انتهى؟', 'खत्म।', 'ចប់។', '(end.)', '«fin.»', 'a。 '],
    ],
    ['ends with punctuation', 0, ['End', '完', '完，', 'a:', '']],
    ['quotation marks', 2, ['"a"', '“a”', '«a»', '「一」', '『一』', '„a“', "'a'", '‹a›', '＂a＂']],
    ['quotation marks', 0, ["don't", 'l’eau', 'a', '一']],
    ['digits', 3, ['123', '１２３', '١٢٣', '१२३', '๑๒๓']],
    ['list markers', 1, ['1. a', '- a', '• a', '１．a', '1、一', '٣. أ']],
  ] as const)('%s: %i', (name, count, list) => {
    for (const text of list) expect([text, of(text, name)]).toEqual([text, count])
  })

  test('a length counts the unit that is used, and is named after it', () => {
    const text = '一只蓝色的鸟'
    expect(styleNames('words')[0]).toBe('length (words)')
    expect(styleNames('characters')[0]).toBe('length (characters)')
    expect(of(text, 'length (words)')).toBe(words(text).length)
    expect(words(text).length).toBeGreaterThan(2)
    expect(of(text, 'length (characters)', 'characters')).toBe(6)
    expect(of('ab cd', 'length (characters)', 'characters')).toBe(5)
  })
})

/** Clauses without punctuation; the chosen response has a cue somewhere inside in nine of ten pairs, the rejected one in the others. */
const LANGUAGES = {
  zh: {
    cue: '显然',
    other: '大概',
    words: '一只 白色 的 猫 在 桌子 上面 睡觉 旁边 还有 红色 花瓶 窗户 外面 树 下 停着 蓝色 汽车 孩子 看书'.split(' '),
  },
  ja: {
    cue: 'もちろん',
    other: 'おそらく',
    words: '白い 猫 が 机 の 上 で 寝て いる 赤い 花瓶 窓 外 木 下 に 青い 車 子供 本 を 読む'.split(' '),
  },
  th: {
    cue: 'แน่นอน',
    other: 'บางที',
    words: 'แมว สีขาว นอน บน โต๊ะ ข้าง แจกัน สีแดง หน้าต่าง ข้างนอก ต้นไม้ ใต้ รถยนต์ สีน้ำเงิน เด็ก อ่าน หนังสือ'.split(' '),
  },
}

function dataset({ cue, other, words: list }: (typeof LANGUAGES)['zh'], seed: number, share: number): GroupedPair[] {
  const draw = random(`scripts:${seed}`)
  const sentence = (mark: string) => {
    const drawn = Array.from({ length: 9 }, () => draw.pick(list))
    drawn.splice(1 + draw.int(8), 0, mark)
    return drawn.join('')
  }
  return Array.from({ length: 300 }, (_, i) => {
    const [good, bad] = draw.next() < share ? [cue, other] : [other, cue]
    return { id: i + 1, key: `k${i}`, group: `g${i}`, prompt: `${list[0]}${i}`, chosen: sentence(good), rejected: sentence(bad) }
  })
}

async function blind(pairs: GroupedPair[]) {
  const dir = await mkdtemp(join(tmpdir(), 'blindfold-scripts-'))
  const replies: ScoringReply[] = []
  try {
    const scan = await Scan.begin(lexical, { seed: 0, folds: 5, dir, context: CONTEXT }, (reply) => replies.push(reply))
    await scan.readPairs(pairs)
    await scan.scorePairs()
    const scores = replies.flatMap((reply) => (reply.type === 'scores' ? reply.scores : []))
    const models = new Map<number, ReturnType<typeof lexical.load>>()
    for (const { fold } of scores) if (!models.has(fold)) models.set(fold, lexical.load(await readFile(join(dir, `fold-${fold}.model`))))
    return {
      scores,
      models,
      accuracy: groupAccuracy(
        scores.map(({ margin }) => margin),
        scores.map(({ id }) => `g${id}`),
        0,
        { spread: crossFitted(5) },
      ),
      features: replies.flatMap((reply) => (reply.type === 'features' ? reply.features : [])),
      done: replies.find((reply) => reply.type === 'done'),
    }
  } finally {
    await rm(dir, { recursive: true })
  }
}

describe.each(Object.entries(LANGUAGES))('text without spaces: %s', (_name, language) => {
  test('a cue inside clauses is found by default, named, and explained by whole segments that add up to the stored margin', async () => {
    const pairs = dataset(language, 1, 0.9)
    const found = await blind(pairs)
    expect(['weak', 'strong']).toContain(levelOf(found.accuracy, 300))
    expect(found.accuracy.value).toBeGreaterThan(0.8)
    expect(found.done).toMatchObject({ unspaced: 1 })
    const named = found.features.slice(0, 10).map(({ feature }) => feature)
    expect(named.some((feature) => feature.includes(language.cue) || language.cue.includes(feature))).toBe(true)
    for (const { id, fold, margin } of found.scores.slice(0, 20)) {
      const pair = pairs[id - 1] as GroupedPair
      const explained: Explanation = lexical.explain(found.models.get(fold) as ReturnType<typeof lexical.load>, pair)
      const sum = (list: readonly { value: number }[]) => list.reduce((total, { value }) => total + value, 0)
      expect(sum(explained.chosen) - sum(explained.rejected) + sum(explained.features)).toBeCloseTo(margin, 3)
      for (const side of ['chosen', 'rejected'] as const)
        expect(explained[side].map(({ start, end }) => [start, end])).toEqual(words(pair[side]).map(({ start, end }) => [start, end]))
    }
  }, 60_000)

  test('labels drawn by chance show none', async () => {
    expect(levelOf((await blind(dataset(language, 2, 0.5))).accuracy, 300)).toBe('none')
  }, 60_000)
})

test('a model that is saved and loaded reads every script as before', () => {
  const pairs = Object.values(LANGUAGES).flatMap((language) => dataset(language, 3, 0.9).slice(0, 40))
  for (const context of [CONTEXT, { characters: true, reader: null }]) {
    const model = lexical.fit(encoded(pairs, context), Uint32Array.from(pairs.keys()), { seed: 0, groups: ownGroups(pairs.length) })
    const again = lexical.load(lexical.save(model))
    expect(again.units).toBe(context.characters ? 'characters' : 'words')
    for (const { chosen } of pairs) expect(lexicalReward(again, chosen)).toBe(lexicalReward(model, chosen))
  }
})

test('English is read without any segmenter, and its share is told as none', () => {
  const pairs = [{ prompt: '', chosen: 'A plain answer, isn’t it?', rejected: 'Un café.' }]
  expect(encoded(pairs, CONTEXT)).toMatchObject({ unspaced: 0 })
  expect(encoded([...pairs, { prompt: '', chosen: '一只鸟', rejected: 'x' }], CONTEXT)).toMatchObject({ unspaced: 0.25 })
})
