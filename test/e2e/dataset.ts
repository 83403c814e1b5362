import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { random } from '../../src/core/random.ts'

export interface Dataset {
  /** MM-RM JSONL; image paths are relative to `images`. */
  file: string
  images: string
  pairs: number
  /** Rows, from 1, that cannot be imported, by code. */
  bad: Record<string, number>
}

const COLOURS = ['red', 'green', 'blue', 'yellow', 'purple', 'orange']

/**
 * Writes pairs about plain coloured images whose chosen answer is "clearly" worded in nine of ten pairs: a shortcut that
 * the blind test must find. Three images a colour, each in several pairs; three rows are broken, each in its own way.
 */
export async function writeDataset(folder: string, pairs = 120): Promise<Dataset> {
  const images = join(folder, 'images')
  await mkdir(images, { recursive: true })
  for (const [c, colour] of COLOURS.entries()) {
    for (let i = 0; i < 3; i++) {
      const image = sharp({ create: { width: 96 + 16 * i, height: 96, channels: 3, background: colour } })
      await image.png().toFile(join(images, `${c * 3 + i}.png`))
    }
  }
  await writeFile(join(images, 'torn.png'), 'This is no picture.')
  const rng = random(7)
  const rows: string[] = []
  for (let i = 0; i < pairs; i++) {
    const colour = COLOURS[i % COLOURS.length]!
    const other = rng.pick(COLOURS.filter((name) => name !== colour))
    const sure = rng.next() < 0.9
    const clear = `It is clearly the colour ${sure ? colour : other} number ${i}.`
    const vague = `Perhaps it might be ${sure ? other : colour}, number ${i}.`
    rows.push(
      JSON.stringify({
        id: `pair-${i}`,
        prompt: `Which colour is shown? (${i})`,
        img_path: `${(i % COLOURS.length) * 3 + rng.int(3)}.png`,
        chosen: sure ? clear : vague,
        rejected: sure ? vague : clear,
      }),
    )
  }
  const whole = JSON.parse(rows[0]!) as Record<string, string>
  rows.push(JSON.stringify({ ...whole, id: 'same', chosen: 'Same.', rejected: 'Same.' }))
  rows.push(JSON.stringify({ ...whole, id: 'torn', img_path: 'torn.png' }))
  rows.push('{"id": "cut", "prompt": ')
  const file = join(folder, 'colours.jsonl')
  await writeFile(file, `${rows.join('\n')}\n`)
  return { file, images, pairs, bad: { 'same-responses': pairs + 1, 'unreadable-image': pairs + 2, 'invalid-json': pairs + 3 } }
}

/** Writes one conversation twice, the second time with its label turned round; the second of its two images is missing. */
export async function writeConversations(folder: string): Promise<string> {
  const text = (value: string) => ({ type: 'text', text: value })
  const answer = (value: string) => [{ role: 'assistant', content: [text(value)] }]
  const record = {
    images: ['0.png', 'lost.png'],
    prompt: [
      { role: 'system', content: [text('Answer briefly.')] },
      { role: 'user', content: [text('First'), { type: 'image' }, text('then'), { type: 'image' }] },
    ],
    chosen: answer('The first is red.'),
    rejected: answer('The first is blue.'),
  }
  const file = join(folder, 'chat.jsonl')
  await writeFile(
    file,
    [record, { ...record, chosen: record.rejected, rejected: record.chosen }].map((each) => `${JSON.stringify(each)}\n`).join(''),
  )
  return file
}
