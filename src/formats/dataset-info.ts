import { readFile, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { BlindfoldError } from '../core/errors.ts'

export const DATASET_INFO = 'dataset_info.json'

/** Which columns and tags an entry of `dataset_info.json` names; null is a column that the data do not have. */
export type Layout = {
  formatting: 'sharegpt' | 'alpaca'
  columns: Record<'prompt' | 'query' | 'history' | 'messages' | 'system' | 'images' | 'videos' | 'audios', string | null> & {
    chosen: string
    rejected: string
  }
  /** Null: the usual names, whichever of them a record has. */
  tags: Record<'role' | 'content' | 'user' | 'assistant' | 'observation' | 'function' | 'system', string> | null
}

/** The names that LLaMA-Factory's documentation uses, for files without a `dataset_info.json`. */
const USUAL: Layout['columns'] = {
  prompt: 'instruction',
  query: 'input',
  history: 'history',
  messages: 'conversations',
  system: 'system',
  images: 'images',
  videos: 'videos',
  audios: 'audios',
  chosen: 'chosen',
  rejected: 'rejected',
}
export const DEFAULT_LAYOUT: Record<'sharegpt' | 'alpaca', Layout> = {
  sharegpt: { formatting: 'sharegpt', columns: USUAL, tags: null },
  alpaca: { formatting: 'alpaca', columns: USUAL, tags: null },
}

const name = z.string().nullish()
const entry = z.object({
  file_name: z.string().optional(),
  ranking: z.boolean().default(false),
  formatting: z.enum(['alpaca', 'sharegpt', 'openai']).default('alpaca'),
  columns: z
    .object({
      prompt: name,
      query: name,
      history: name,
      messages: name,
      system: name,
      images: name,
      videos: name,
      audios: name,
      chosen: name,
      rejected: name,
    })
    .optional(),
  tags: z
    .object({
      role_tag: name,
      content_tag: name,
      user_tag: name,
      assistant_tag: name,
      observation_tag: name,
      function_tag: name,
      system_tag: name,
    })
    .optional(),
})
type Entry = z.infer<typeof entry>

/** A ranking entry whose file is there. */
export type RankingEntry = { name: string; file: string; layout: Layout }

function layoutOf({ formatting, columns, tags }: Entry): Layout {
  const all = formatting === 'alpaca' ? DEFAULT_LAYOUT.alpaca : DEFAULT_LAYOUT.sharegpt
  // As LLaMA-Factory does: an entry that names columns names all that there are.
  const named = columns && {
    prompt: columns.prompt ?? null,
    query: columns.query ?? null,
    history: columns.history ?? null,
    messages: columns.messages ?? null,
    system: columns.system ?? null,
    images: columns.images ?? null,
    videos: columns.videos ?? null,
    audios: columns.audios ?? null,
    chosen: columns.chosen ?? 'chosen',
    rejected: columns.rejected ?? 'rejected',
  }
  return {
    formatting: all.formatting,
    columns: named ?? { ...all.columns, system: null, images: null, videos: null, audios: null },
    tags: tags
      ? {
          role: tags.role_tag ?? 'from',
          content: tags.content_tag ?? 'value',
          user: tags.user_tag ?? 'human',
          assistant: tags.assistant_tag ?? 'gpt',
          observation: tags.observation_tag ?? 'observation',
          function: tags.function_tag ?? 'function_call',
          system: tags.system_tag ?? 'system',
        }
      : null,
  }
}

/** The entries of a `dataset_info.json`; entries that are no ranking data of a local file are left out. */
async function readEntries(info: string): Promise<RankingEntry[]> {
  const parsed: unknown = JSON.parse(await readFile(info, 'utf8'))
  const entries = z.record(z.string(), z.unknown()).parse(parsed)
  return Object.entries(entries).flatMap(([key, value]) => {
    const read = entry.safeParse(value)
    if (!read.success || !read.data.ranking || read.data.file_name === undefined) return []
    return [{ name: key, file: path.resolve(path.dirname(info), read.data.file_name), layout: layoutOf(read.data) }]
  })
}

/**
 * What a `dataset_info.json` in the file's folder says of it; null where there is none, or none that speaks of the file.
 * A damaged one is as good as none: the records tell their columns themselves where they have the usual names.
 */
export async function layoutBeside(file: string): Promise<Layout | null> {
  const entries = await readEntries(path.join(path.dirname(file), DATASET_INFO)).catch(() => [])
  const wanted = await real(file)
  for (const found of entries) if ((await real(found.file)) === wanted) return found.layout
  return null
}

const real = (file: string): Promise<string> => realpath(file).catch(() => path.resolve(file))

/**
 * The ranking entries of a `dataset_info.json` whose files are there.
 *
 * @throws BlindfoldError FILE_UNREADABLE where it is none, NO_DATA where it names no ranking file that is there
 */
export async function rankingEntries(info: string): Promise<RankingEntry[]> {
  let entries: RankingEntry[]
  try {
    entries = await readEntries(info)
  } catch (cause) {
    throw new BlindfoldError(
      'FILE_UNREADABLE',
      `${info} is not a list of LLaMA-Factory datasets: ${(cause as Error).message.split('\n')[0]}`,
      {
        file: info,
        remedy: 'Fix it, or choose the data file itself.',
      },
      { cause },
    )
  }
  const there = await Promise.all(
    entries.map(({ file }) =>
      stat(file).then(
        (found) => found.isFile() || found.isDirectory(),
        () => false,
      ),
    ),
  )
  const present = entries.filter((_, index) => there[index])
  if (present.length > 0) return present
  const names = entries.map(({ name: key, file }) => `${key} (${file})`).join(', ')
  throw new BlindfoldError(
    'NO_DATA',
    entries.length === 0 ? `${info} lists no ranking data.` : `The ranking data that ${info} lists are missing: ${names}.`,
    {
      file: info,
      remedy: 'Entries with "ranking": true and a "file_name" are imported.',
    },
  )
}
