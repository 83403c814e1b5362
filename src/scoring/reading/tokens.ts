import { Template } from '@huggingface/jinja'
import { Tokenizer } from '@huggingface/tokenizers'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Model } from '../../contract/models.ts'
import type { TextResponse } from '../../proxies/proxy.ts'
import { brokenUp, controlMarks } from './control-marks.ts'
import { ReadingError } from './reading-error.ts'
import { tookTooLong, withinTime } from './within-time.ts'

type Config = Record<string, unknown>

/** Bytes of tokenizer.json; the largest vocabularies take half of it. */
const MOST_BYTES = 64e6
/** Texts that are read in one go, and how long that may take; a text takes less than a millisecond. */
const AT_ONCE = 64
const MOST_MS = 10_000

/** Token ids of responses with their prompts, as a model wants them. */
export type TokenReader = { ids(response: TextResponse): number[]; padding: number }

/** Token ids of many responses. @throws ReadingError also where the tokenizer or the chat template does not come to an end */
export function idsOf(tokens: TokenReader, responses: readonly TextResponse[]): number[][] {
  const found: number[][] = []
  while (found.length < responses.length)
    found.push(
      ...ending('These texts', () => responses.slice(found.length, found.length + AT_ONCE).map((response) => tokens.ids(response))),
    )
  return found
}

function ending<Result>(what: string, work: () => Result): Result {
  try {
    return withinTime(MOST_MS, work)
  } catch (error) {
    if (!tookTooLong(error)) throw error
    throw new ReadingError(
      `${what} keep the model’s tokenizer or its chat template busy for more than ${MOST_MS / 1000} seconds.`,
      'A pattern or a loop in it does not end. Choose another model.',
    )
  }
}

/** @throws ReadingError where the tokenizer's files cannot be read */
export const tokenReader = (model: Pick<Model, 'dir' | 'tokenizer' | 'chatTemplate' | 'maxLength'>): TokenReader =>
  ending('Its own files', () => opened(model))

function opened({
  dir,
  tokenizer: file,
  chatTemplate,
  maxLength,
}: Pick<Model, 'dir' | 'tokenizer' | 'chatTemplate' | 'maxLength'>): TokenReader {
  const described = json(join(dir, file))
  const path = join(dir, 'tokenizer_config.json')
  const config = existsSync(path) ? json(path) : {}
  const tokenizer = tokenizerOf(described, config, join(dir, file))
  const render = chatTemplate === null ? joined : chat(chatTemplate, config, join(dir, file))
  // What is put in front of every text, such as [CLS], stays when a text is cut.
  const bare = tokenizer.encode('a', { add_special_tokens: false }).ids[0]
  const front = chatTemplate === null ? Math.max(0, tokenizer.encode('a').ids.indexOf(bare as number)) : 0
  const encode = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: chatTemplate === null }).ids
  const padding = paddingOf(tokenizer, described, config)
  const marks = controlMarks(described, config)
  return {
    padding,
    ids(text) {
      // Text stays text, as in the trainer: only the template may write control tokens.
      const response = brokenUp(text.response, marks)
      let shown = brokenUp(text.prompt, marks)
      let ids = encode(render(shown, response))
      // A prompt that is too long loses its front, by about what is too much, until it fits.
      while (ids.length > maxLength && shown.length > 0) {
        const characters = [...shown]
        shown = characters.slice(Math.max(1, ids.length - maxLength)).join('')
        ids = encode(render(shown, response))
      }
      if (ids.length > maxLength) ids = [...ids.slice(0, front), ...ids.slice(front - maxLength)]
      // A text of no tokens at all has no last one to read at.
      return ids.length > 0 ? ids : [padding]
    },
  }
}

const joined = (prompt: string, response: string): string => (prompt === '' ? response : `${prompt}\n${response}`)

function chat(source: string, config: Config, file: string): (prompt: string, response: string) => string {
  let template: Template
  try {
    template = new Template(source)
  } catch (error) {
    throw new ReadingError(`The chat template of ${file} cannot be read: ${(error as Error).message}`, 'Correct it in the model’s card.')
  }
  const tokens = { bos_token: tokenText(config['bos_token']) ?? '', eos_token: tokenText(config['eos_token']) ?? '' }
  return (prompt, response) => {
    try {
      return template.render({
        ...tokens,
        add_generation_prompt: false,
        messages: [
          { role: 'user', content: prompt },
          { role: 'assistant', content: response },
        ],
      })
    } catch (error) {
      throw new ReadingError(
        `The chat template of ${file} refuses a prompt with its response: ${(error as Error).message}`,
        'Correct it in the model’s card.',
      )
    }
  }
}

/** A token as configurations write it: its text, or an object that has it. */
const tokenText = (value: unknown): string | null =>
  typeof value === 'string' ? value : typeof value === 'object' && value !== null && 'content' in value ? String(value.content) : null

function paddingOf(tokenizer: Tokenizer, described: Config, config: Config): number {
  const padding = described['padding'] as { pad_id?: number } | null | undefined
  const named = tokenText(config['pad_token'])
  return (named === null ? undefined : tokenizer.token_to_id(named)) ?? padding?.pad_id ?? 0
}

function tokenizerOf(described: Config, config: Config, file: string): Tokenizer {
  try {
    // Cutting and padding are done here, by the model's card: a tokenizer's own settings would come first.
    return new Tokenizer({ ...described, truncation: null, padding: null }, config)
  } catch (error) {
    throw new ReadingError(
      `The tokenizer ${file} cannot be read: ${(error as Error).message}`,
      'Save it again with a current version of the tokenizers package.',
    )
  }
}

function json(file: string): Config {
  try {
    if (statSync(file).size > MOST_BYTES) throw new RangeError(`it is larger than ${MOST_BYTES / 1e6} MB`)
    return JSON.parse(readFileSync(file, 'utf8')) as Config
  } catch (error) {
    throw new ReadingError(`${file} cannot be read: ${(error as Error).message}`, 'Check that the model’s folder is complete.')
  }
}
