import fc from 'fast-check'
import { expect, test } from 'vitest'
import { promptText, shownImages, type Message } from '../../core/messages.ts'
import { DEFAULT_LAYOUT } from '../dataset-info.ts'
import type { Format, ImageReference, RawPair } from '../format.ts'
import type { JsonObject } from '../value.ts'
import { judged } from './judged.ts'
import { llamaFactory } from './llama-factory.ts'
import { mapped } from './mapped.ts'
import { mmRm } from './mm-rm.ts'
import { msSwift } from './ms-swift.ts'
import { povid } from './povid.ts'
import { rlhfV } from './rlhf-v.ts'
import { trl } from './trl.ts'
import { vlfeedback } from './vlfeedback.ts'

/** A pair as a data set might hold it; images by name, in the order in which the turns show them. */
type Pair = { id: string; turns: Message[]; images: string[]; chosen: string; rejected: string }

const words = fc.string({
  unit: fc.constantFrom('a', 'B', ' ', '\n', '"', '{', '[', '<', 'é', '😀', ',', '：', '0'),
  minLength: 1,
  maxLength: 12,
})
const text = words.filter((value) => value.trim() !== '' && !value.includes('<image>'))
const answers = fc.tuple(text, text).filter(([a, b]) => a.trim() !== b.trim())
const name = fc.string({ unit: fc.constantFrom('x', '7', '/', '_', 'ä'), minLength: 1, maxLength: 8 }).map((stem) => `${stem}.png`)

/** Parts of a question: no text beside a text, for no format of marks can tell those apart. */
const parts = fc
  .array(fc.oneof(text, fc.constant(null)), { minLength: 1, maxLength: 5 })
  .map((list) => list.filter((part, index) => part === null || index === 0 || list[index - 1] === null))
  .map((list): Message['content'] => list.map((part) => (part === null ? { type: 'image' } : { type: 'text', text: part })))
const said = (role: Message['role']) => text.map((value): Message => ({ role, content: [{ type: 'text', text: value }] }))
const question = parts.map((content): Message => ({ role: 'user', content }))

const conversation: fc.Arbitrary<Message[]> = fc
  .tuple(fc.option(said('system')), fc.array(fc.tuple(question, said('assistant')), { maxLength: 2 }), question)
  .map(([system, before, last]) => [...(system ? [system] : []), ...before.flat(), last])
/** One question, its images first. */
const simple: fc.Arbitrary<Message[]> = fc
  .tuple(fc.nat({ max: 3 }), text)
  .map(([images, value]) => [
    { role: 'user', content: [...Array.from({ length: images }, () => ({ type: 'image' as const })), { type: 'text', text: value }] },
  ])

const pairs = (turns: fc.Arbitrary<Message[]>): fc.Arbitrary<Pair> =>
  fc
    .tuple(
      fc.string({ minLength: 1 }).filter((id) => id.isWellFormed()),
      turns,
      answers,
    )
    .chain(([id, asked, [chosen, rejected]]) =>
      fc
        .array(name, { minLength: shownImages(asked), maxLength: shownImages(asked) })
        .map((images) => ({ id, turns: asked, images, chosen, rejected })),
    )

const marked = ({ content }: Message): string => content.map((part) => (part.type === 'text' ? part.text : '<image>')).join('')
const NAMES = { system: 'system', user: 'human', assistant: 'gpt', tool: 'observation' } as const
const sharegpt = (turns: readonly Message[]) => turns.map((turn) => ({ from: NAMES[turn.role], value: marked(turn) }))
const openai = (turns: readonly Message[]) => turns.map((turn) => ({ role: turn.role, content: marked(turn) }))
const assistant = (value: string): Message => ({ role: 'assistant', content: [{ type: 'text', text: value }] })
const trimmed = (pair: Pair): Pair => ({
  ...pair,
  turns: pair.turns.map((turn) => ({
    ...turn,
    content: turn.content.map((part) => (part.type === 'text' ? { ...part, text: part.text.trim() } : part)),
  })),
  chosen: pair.chosen.trim(),
  rejected: pair.rejected.trim(),
})
/** The text of a simple question, in formats that keep it to the letter. */
const asked = ({ turns }: Pair): string => promptText(turns)

type Case = {
  name: string
  format: Format
  turns: fc.Arbitrary<Message[]>
  write: (pair: Pair) => unknown
  becomes?: (pair: Pair) => Pair
  id?: (pair: Pair) => string | null
}

const cases: Case[] = [
  {
    name: 'MM-RM',
    format: mmRm,
    turns: simple,
    write: (p) => ({ id: p.id, prompt: asked(p), img_path: p.images, chosen: p.chosen, rejected: p.rejected }),
  },
  {
    name: 'VLFeedback, list',
    format: vlfeedback,
    turns: simple,
    write: (p) => ({
      id: p.id,
      prompt: asked(p),
      img_path: p.images,
      completions: [
        [p.rejected, '2'],
        [p.chosen, '3'],
      ].map(([response, Rating]) => ({
        response,
        model: 'm',
        annotations: { Helpfulness: { Rating, Rationale: 'r' }, Safety: { Rating: 'N/A', Rationale: '' } },
      })),
    }),
    id: ({ id }) => `${id}/2-1`,
  },
  {
    name: 'VLFeedback, lists side by side',
    format: vlfeedback,
    turns: simple,
    write: (p) => ({
      id: p.id,
      prompt: asked(p),
      image: p.images,
      completions: {
        response: [p.chosen, p.rejected],
        model: ['a', 'b'],
        annotations: [
          { A: { Rating: '4' }, B: { Rating: '5' } },
          { A: { Rating: '5' }, B: { Rating: '3' } },
        ],
      },
    }),
    id: ({ id }) => `${id}/1-2`,
  },
  {
    name: 'RLHF-V',
    format: rlhfV,
    turns: simple,
    write: (p) => ({ ds_name: 'd', image: p.images, text: JSON.stringify({ question: asked(p), chosen: p.chosen, rejected: p.rejected }) }),
    id: () => null,
  },
  {
    name: 'RLAIF-V',
    format: rlhfV,
    turns: simple,
    write: (p) => ({ question: asked(p), chosen: p.chosen, rejected: p.rejected, image: p.images, idx: 1 }),
    id: () => null,
  },
  {
    name: 'POVID',
    format: povid,
    turns: conversation,
    write: (p) => ({
      id: p.id,
      image: p.images,
      conversations: sharegpt([...p.turns, assistant(p.chosen)]),
      rejected_conversations: sharegpt([...p.turns, assistant(p.rejected)]),
    }),
    becomes: trimmed,
  },
  {
    name: 'LLaMA-Factory, sharegpt',
    format: llamaFactory(null),
    turns: conversation,
    write: (p) => ({
      id: p.id,
      conversations: sharegpt(p.turns),
      chosen: sharegpt([assistant(p.chosen)])[0],
      rejected: sharegpt([assistant(p.rejected)])[0],
      images: p.images,
    }),
  },
  {
    name: 'LLaMA-Factory, alpaca',
    format: llamaFactory(null),
    turns: conversation,
    write: (p) => {
      const system = p.turns[0]?.role === 'system' ? p.turns[0] : null
      const rest = p.turns.slice(system ? 1 : 0)
      const history = Array.from({ length: (rest.length - 1) / 2 }, (_, i) => [marked(rest[2 * i]!), marked(rest[2 * i + 1]!)])
      return {
        id: p.id,
        instruction: marked(rest.at(-1)!),
        input: '',
        history,
        system: system ? marked(system) : '',
        chosen: p.chosen,
        rejected: p.rejected,
        images: p.images,
      }
    },
  },
  {
    name: 'LLaMA-Factory by dataset_info.json',
    format: llamaFactory({
      formatting: 'sharegpt',
      columns: { ...DEFAULT_LAYOUT.sharegpt.columns, messages: 'm', chosen: 'c', rejected: 'r', images: 'i' },
      tags: { role: 'who', content: 'what', user: 'U', assistant: 'A', system: 'S', observation: 'O', function: 'F' },
    }),
    turns: conversation,
    write: (p) => {
      const turn = (each: Message) => ({ who: each.role[0]!.toUpperCase(), what: marked(each) })
      return { id: p.id, m: p.turns.map(turn), c: turn(assistant(p.chosen)), r: turn(assistant(p.rejected)), i: p.images }
    },
  },
  {
    name: 'ms-swift, response',
    format: msSwift,
    turns: conversation,
    write: (p) => ({ id: p.id, messages: openai([...p.turns, assistant(p.chosen)]), rejected_response: p.rejected, images: p.images }),
  },
  {
    name: 'ms-swift, messages',
    format: msSwift,
    turns: conversation,
    write: (p) => ({
      id: p.id,
      messages: openai([...p.turns, assistant(p.chosen)]),
      rejected_messages: openai([...p.turns, assistant(p.rejected)]),
      images: p.images,
      rejected_images: p.images,
    }),
  },
  {
    name: 'TRL, texts',
    format: trl,
    turns: simple,
    write: (p) => ({ id: p.id, prompt: asked(p), chosen: p.chosen, rejected: p.rejected, images: p.images }),
  },
  {
    name: 'TRL, messages',
    format: trl,
    turns: conversation,
    write: (p) => ({ id: p.id, prompt: p.turns, chosen: [assistant(p.chosen)], rejected: [assistant(p.rejected)], images: p.images }),
  },
  {
    name: 'TRL, implicit prompt',
    format: trl,
    turns: conversation,
    write: (p) => ({
      id: p.id,
      chosen: [...p.turns, assistant(p.chosen)],
      rejected: [...p.turns, assistant(p.rejected)],
      images: p.images,
    }),
  },
  {
    name: 'judged, label',
    format: judged,
    turns: simple,
    write: (p) => ({ id: p.id, input: asked(p), output_1: p.rejected, output_2: p.chosen, label: 2, image: p.images }),
  },
  {
    name: 'judged, Better',
    format: judged,
    turns: simple,
    write: (p) => ({ ID: p.id, Text: asked(p), Output1: p.chosen, Output2: p.rejected, Better: 'Output1', Image: p.images }),
  },
  {
    name: 'judged, scores',
    format: judged,
    turns: simple,
    write: (p) => ({
      id: p.id,
      prompt: asked(p),
      response_a: p.chosen,
      response_b: p.rejected,
      score_a: 1.5,
      score_b: '-2',
      images: p.images,
    }),
  },
  {
    name: 'judged, conversations',
    format: judged,
    turns: conversation,
    write: (p) => ({
      id: p.id,
      conversation_a: openai([...p.turns, assistant(p.rejected)]),
      conversation_b: openai([...p.turns, assistant(p.chosen)]),
      winner: 'model_b',
      images: p.images,
    }),
  },
  {
    name: 'mapped',
    format: mapped({ prompt: 'a.b', chosen: 'list.1', rejected: 'list.0', images: 'a.files', id: 'key' }),
    turns: simple,
    write: (p) => ({ key: p.id, a: { b: asked(p), files: p.images }, list: [p.rejected, p.chosen] }),
  },
  {
    name: 'mapped, messages',
    format: mapped({ prompt: 'q', first: 'one', second: 'two', label: 'best', images: 'files' }),
    turns: conversation,
    write: (p) => ({ id: p.id, q: p.turns, one: p.rejected, two: p.chosen, best: 'two', files: p.images }),
  },
]

const named = (reference: ImageReference): string => (reference.kind === 'text' ? reference.text : reference.kind)

test.each(cases)(
  '$name: a pair written in this shape reads back as it was',
  ({ format, turns, write, becomes = (pair) => pair, id = (pair) => pair.id }) => {
    fc.assert(
      fc.property(pairs(turns), (pair) => {
        const record = JSON.parse(JSON.stringify(write(pair))) as JsonObject
        const reading = format.read(record)
        if ('faults' in reading) throw new Error(JSON.stringify(reading.faults))
        expect(reading.pairs).toHaveLength(1)
        const expected = becomes(pair)
        const read = reading.pairs[0] as RawPair
        expect({ ...read, images: read.images.map(named), metadata: null }).toEqual({
          externalId: id(pair),
          prompt: promptText(expected.turns),
          messages: read.messages === null ? null : expected.turns,
          chosen: expected.chosen,
          rejected: expected.rejected,
          images: expected.images,
          metadata: null,
          tied: false,
          source: null,
          split: null,
          tags: [],
          history: [],
        })
        // In the simple form prompt and images must tell the whole.
        if (read.messages === null) {
          const [only] = expected.turns
          expect(expected.turns).toHaveLength(1)
          expect(only?.content.slice(0, pair.images.length).every(({ type }) => type === 'image')).toBe(true)
        }
        // A record that reads is also told as its format.
        expect(format.score(record)).toBeGreaterThanOrEqual(0.7)
      }),
      { numRuns: 200 },
    )
  },
)
