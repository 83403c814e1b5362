import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ColumnMap, FormatId } from '../contract/imports.ts'
import { columnsOf, suggestMap } from './column-map.ts'
import { openRecords } from './containers/container.ts'
import { detectFormat, detectFormats, rank } from './detect.ts'
import type { RawPair } from './format.ts'
import type { JsonObject } from './value.ts'
import { parseRecord } from './record.ts'
import { formatOf } from './registry.ts'

const FOLDER = path.join(import.meta.dirname, '../../test/fixtures/formats')

/** What each file states: format, and of every pair `prompt > chosen > rejected | images`, shortened where long. */
const FIXTURES: Record<string, { format: FormatId; pairs: string[] }> = {
  'mm-rm.jsonl': {
    format: 'mm-rm',
    pairs: [
      '<image>\nWhich colour fills the square? > The square is red. > The square is green. | images/red.png',
      'Describe the picture in one sentence. > A plain green square. > A plain green square with a small dog in its corner. | images/green.png',
      'Are both pictures of one colour? > No: one is red and one is blue. > Yes, both are red. | images/red.png images/blue.png',
    ],
  },
  'vlfeedback.jsonl': {
    format: 'vlfeedback',
    pairs: [
      'Which colour fills the square? > The square is red. > Red, and there is a cat on it. | images/red.png',
      'Which colour fills the square? > The square is red. > I see a square. | images/red.png',
      'Which colour fills the square? > It shows something red. > Red, and there is a cat on it. | images/red.png',
      'Which colour fills the square? > It shows something red. > I see a square. | images/red.png',
      'fault: no-preference',
    ],
  },
  'vlfeedback-columns.jsonl': {
    format: 'vlfeedback',
    pairs: [
      'Which colour fills the square? > The square is red. > Red, and there is a cat on it. | base64',
      'Which colour fills the square? > The square is red. > I see a square. | base64',
    ],
  },
  'rlhf-v.jsonl': {
    format: 'rlhf-v',
    pairs: [
      'What does the picture show? > A blue square without anything on it. > A blue square with a white bird on it. | base64',
      'Is the square blue? > No, it is red. > Yes, it is blue. | base64',
    ],
  },
  'rlaif-v.jsonl': {
    format: 'rlhf-v',
    pairs: [
      'What is the main colour? > Green. > A mix of green and yellow. | base64',
      'What is the main colour? > It is green. > It is yellow. | base64',
    ],
  },
  'povid.json': {
    format: 'povid',
    pairs: [
      'Is the square red? > Yes > No, the square is green. | red.png',
      'user: What colour is this?\n\nassistant: Blue\n\nuser: Are you sure? > Yes, it is blue. > No, it may be black. | blue.png',
    ],
  },
  'llama-factory/squares_dpo.json': {
    format: 'llama-factory',
    pairs: [
      'system: You are brief.\n\nuser: Which colour is this? > Red. > Green. | ../images/red.png',
      'user: Which of these is blue?\n\nassistant: The second.\n\nuser: And the first? > It is red. > It is blue, too. | ../images/red.png ../images/blue.png',
    ],
  },
  'llama-factory/squares_alpaca.json': {
    format: 'llama-factory',
    pairs: ['user: Hello.\n\nassistant: Hello!\n\nuser: Name the colour.\n > Blue. > Purple, or something like it. | ../images/blue.png'],
  },
  'llama-factory-sharegpt.json': {
    format: 'llama-factory',
    pairs: [
      'Which colour is this? > Red. > Green. | images/red.png',
      'system: You are brief.\n\nuser: Name a colour that no square here has. > Yellow. > Red, green and blue. | ',
    ],
  },
  'llama-factory-alpaca.json': {
    format: 'llama-factory',
    pairs: ['Name the colour.\nOne word. > Blue > It is a very blue blue. | images/blue.png', 'Name a primary colour. > Red > Pink | '],
  },
  'ms-swift.jsonl': {
    format: 'ms-swift',
    pairs: [
      'system: You are brief.\n\nuser: Which colour is this? > Red. > Green, I think. | images/red.png',
      'Which colour is this? > Blue. > Black. | images/blue.png',
      'user: Which one is green?\n\nassistant: The first.\n\nuser: Sure? > Yes. > No, the second. | images/green.png images/red.png',
    ],
  },
  'trl.jsonl': {
    format: 'trl',
    pairs: [
      'Which colour is this? > Red. > Green. | base64',
      'system: You are brief.\n\nuser: Compare \n with  > Red and blue. > Both are red. | base64 base64',
    ],
  },
  'trl-implicit.jsonl': {
    format: 'trl',
    pairs: ['Which is brighter, red or navy? > Red. > Navy. | ', 'And of white and grey? > White. > Grey. | '],
  },
  'trl-texts.jsonl': {
    format: 'trl',
    pairs: ['Which colour is this? > Green. > Red. | images/green.png', 'Which colours make purple? > Red and blue. > Red and green. | '],
  },
  'judged-llmbar.json': {
    format: 'judged',
    pairs: [
      'Name a primary colour. > Red. > Colours are how we see light of different wave lengths. | ',
      'Name two primary colours. > Red and blue. > Pink and brown. | ',
    ],
  },
  'judged-multimodal-rewardbench.json': {
    format: 'judged',
    pairs: [
      'Which colour is this? > Red. > Green. | images/red.png',
      'Describe it. > A blue square. > A blue box of secrets. | images/blue.png',
    ],
  },
  'judged-scores.jsonl': {
    format: 'judged',
    pairs: ['Name the colour. > Green > Lime | images/green.png', 'Name the colour again. > Green > It is green | images/green.png (tied)'],
  },
  'judged-mt-bench.jsonl': {
    format: 'judged',
    pairs: [
      'Name a colour. > Blue. > Red. | ',
      'Name a colour. > assistant: Red.\n\nuser: Why that one?\n\nassistant: I like red. > assistant: Blue.\n\nuser: Why that one?\n\nassistant: I like blue. |  (tied)',
    ],
  },
  'blindfold.jsonl': {
    format: 'blindfold',
    pairs: [
      'Which colour is this? > Red. > Green. | images/red.png',
      'system: Be brief.\n\nuser: Compare\nwith > Alike. > The same. | images/red.png images/blue.png (tied)',
    ],
  },
  'openai-dpo.jsonl': {
    format: 'openai-dpo',
    pairs: [
      'system: Be brief.\n\nuser: Which colour is this? > Red. > Green. | images/red.png',
      'Name a colour. > {"colour": "blue"} > Mud. | ',
    ],
  },
  'llama-factory-v1.jsonl': {
    format: 'llama-factory-v1',
    pairs: [
      'Which colour is this? > Red. > Green. | images/red.png',
      'system: Be brief.\n\nuser: Name a colour. > Blue. > A shade of mud. | ',
    ],
  },
  'transcripts.jsonl': {
    format: 'transcripts',
    pairs: [
      'Name a colour. > Blue. > Mud.\n\nOr mud again. | ',
      'user: Is blue a colour?\n\nassistant: Yes.\n\nuser: And mud? > It is brown. > Go away. | ',
      'Is red warm? > assistant: Yes.\n\nuser: Why?\n\nassistant: By habit. > assistant: No.\n\nuser: Why?\n\nassistant: It is paint. | ',
      'fault: wrong-type',
    ],
  },
  'ranked.jsonl': {
    format: 'ranked',
    pairs: [
      'Which colour is this? > Red. > Green. | images/red.png',
      'Which colour is this? > It is red. > Green. | images/red.png',
      'Name a colour. > Blue. > Mud. | ',
      'fault: no-preference',
    ],
  },
  'ranked-scores.jsonl': { format: 'ranked', pairs: ['Name a colour. > Blue. > Mud. | '] },
  'judged-vl-rewardbench.json': {
    format: 'judged',
    pairs: ['What is in the picture? > A blue square. > A blue square and a boat. | images/blue.png'],
  },
}

async function recordsOf(file: string): Promise<JsonObject[]> {
  const source = await openRecords(file)
  try {
    const records: JsonObject[] = []
    for await (const raw of source.records()) {
      const parsed = parseRecord(raw)
      if ('fault' in parsed) throw new Error(parsed.fault.reason)
      records.push(parsed.record)
    }
    return records
  } finally {
    await source.close()
  }
}

const shown = ({ prompt, chosen, rejected, images, tied }: RawPair): string =>
  `${prompt} > ${chosen} > ${rejected} | ${images.map((image) => (image.kind === 'text' ? image.text : image.kind)).join(' ')}${tied ? ' (tied)' : ''}`

test('every fixture is spoken of here', () => {
  const files = readdirSync(FOLDER, { recursive: true })
    .map(String)
    .filter((name) => /\.jsonl?$/.test(name))
  const others = ['mapped.jsonl', 'llama-factory/dataset_info.json', 'llama-factory/squares_sft.json']
  expect(files.toSorted()).toEqual([...Object.keys(FIXTURES), ...others].toSorted())
})

describe.each(Object.entries(FIXTURES))('%s', (name, { format, pairs }) => {
  const file = path.join(FOLDER, name)

  test('is told by its records, clearly, and nothing else is thought as likely', async () => {
    const source = await openRecords(file)
    try {
      const { candidates } = await detectFormats(source, file)
      expect(candidates[0]?.format.id).toBe(format)
      expect(candidates[0]!.confidence).toBeGreaterThanOrEqual(0.75)
      for (const other of candidates.slice(1)) expect(other.confidence, other.format.id).toBeLessThan(0.5)
    } finally {
      await source.close()
    }
  })

  test('states its pairs', async () => {
    const reader = await formatOf(file, format)
    const read = (await recordsOf(file)).flatMap((record) => {
      const reading = reader.read(record)
      return 'faults' in reading ? [`fault: ${reading.faults[0]?.code}`] : reading.pairs.map(shown)
    })
    expect(read).toEqual(pairs)
  })
})

test('records of no known format are told as none, and their columns are listed and guessed', async () => {
  const file = path.join(FOLDER, 'mapped.jsonl')
  const source = await openRecords(file)
  try {
    expect((await detectFormats(source, file)).candidates).toEqual([])
    await expect(detectFormat(source, file)).rejects.toMatchObject({
      code: 'FORMAT_UNKNOWN',
      message: expect.stringContaining('uid (text), task (an object), answers (a list), vote (text)'),
      detail: { remedy: expect.stringMatching(/--map prompt=task\.user_text,.*,label=vote,.*VLFeedback/) },
    })
  } finally {
    await source.close()
  }
  const records = await recordsOf(file)
  const columns = columnsOf(records)
  expect(columns.map(({ column }) => column)).toEqual(
    expect.arrayContaining(['uid', 'task.user_text', 'task.files', 'answers.0.text', 'answers.1.text', 'vote']),
  )
  const map = suggestMap(columns)
  expect(map).toEqual({
    prompt: 'task.user_text',
    first: 'answers.0.text',
    second: 'answers.1.text',
    label: 'vote',
    images: 'task.files',
    id: 'uid',
  })
  const reader = await formatOf(file, 'mapped', map as ColumnMap)
  expect(records.map((record) => reader.read(record))).toMatchObject([
    {
      pairs: [
        { externalId: 'x1', prompt: 'Which colour is this?', chosen: 'Red.', rejected: 'Green.', images: [{ text: 'images/red.png' }] },
      ],
    },
  ])
})

test('supervised data without rejected answers are no pairs of any format', async () => {
  const file = path.join(FOLDER, 'llama-factory', 'squares_sft.json')
  const source = await openRecords(file)
  try {
    expect((await detectFormats(source, file)).candidates).toEqual([])
  } finally {
    await source.close()
  }
})

describe('shapes that are nearly a known one', () => {
  const id = (value: object) => rank([JSON.parse(JSON.stringify(value)) as JsonObject]).map(({ format }) => format.id)
  const turns = [
    { role: 'user', content: 'q' },
    { role: 'assistant', content: 'a' },
  ]
  test.each<[string, object, FormatId[]]>([
    ['text pairs with a system column are no RLAIF-V', { system: 's', question: 'q', chosen: 'c', rejected: 'r' }, []],
    ['a question with an image is', { question: 'q', chosen: 'c', rejected: 'r', image: 'a.png' }, ['rlhf-v']],
    [
      'UltraFeedback is TRL, its messages no ms-swift',
      { prompt: 'q', chosen: turns, rejected: [turns[0]!, { role: 'assistant', content: 'b' }], messages: turns, score_chosen: 1 },
      ['trl'],
    ],
    ['supervised messages are nothing', { messages: turns, images: [] }, []],
    ['two responses without a verdict are nothing', { prompt: 'p', response_a: 'a', response_b: 'b' }, []],
    ['turns with answers in text are LLaMA-Factory', { conversations: turns, chosen: '[1, 2]', rejected: 'r' }, ['llama-factory']],
    ['img_path decides for MM-RM', { prompt: 'p', img_path: null, chosen: 'c', rejected: 'r' }, ['mm-rm']],
    ['without it the row is TRL', { prompt: 'p', chosen: 'c', rejected: 'r' }, ['trl']],
    ['a judged row with chosen as well is TRL', { prompt: 'p', chosen: 'c', rejected: 'r', score_chosen: 3, score_rejected: 1 }, ['trl']],
  ])('%s', (_, value, expected) => {
    expect(id(value)).toEqual(expected)
  })

  test('two formats that fit alike leave little confidence', () => {
    const both = {
      conversations: [
        { from: 'human', value: 'q' },
        { from: 'gpt', value: 'a' },
      ],
      rejected_conversations: [
        { from: 'human', value: 'q' },
        { from: 'gpt', value: 'b' },
      ],
      prompt: 'q',
      chosen: 'c',
      rejected: 'r',
    }
    const ranked = rank([both])
    expect(ranked.map(({ format }) => format.id).toSorted()).toEqual(['povid', 'trl'])
    for (const { confidence } of ranked) expect(confidence).toBeLessThanOrEqual(0.5)
  })

  test('a format whose fields cannot be read is less likely', () => {
    const good = { prompt: 'p', chosen: 'c', rejected: 'r' }
    const [sure] = rank([good])
    const [unsure] = rank([good, { ...good, chosen: [{ role: 'nobody', content: 'x' }] }])
    expect(sure?.confidence).toBe(1)
    expect(unsure?.confidence).toBeLessThan(0.9)
  })
})
