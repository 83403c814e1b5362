import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failure } from '../../src/contract/errors.ts'
import { CLI } from './backends.ts'

type Ended = { code: number | null; stdout: string; stderr: string }

let home: string
let data: string
const project = (name: string) => join(home, `${name}.blindfold`)

/** Runs the real command line in a home of its own. */
function blindfold(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { env: { ...process.env, BLINDFOLD_HOME: home } }, (error, stdout, stderr) =>
      resolve({ code: error ? ((error as { code?: number }).code ?? null) : 0, stdout, stderr }),
    )
  })
}
async function done(...args: string[]): Promise<Record<string, unknown>> {
  const ended = await blindfold('import', ...args, '--json')
  expect(ended, ended.stderr).toMatchObject({ code: 0 })
  return JSON.parse(ended.stdout) as Record<string, unknown>
}
async function refused(...args: string[]) {
  const ended = await blindfold('import', ...args, '--json')
  expect(ended.code).toBe(1)
  return failure.parse(JSON.parse(ended.stderr))
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'blindfold-cli-import-'))
  data = join(home, 'data')
  await cp(join(import.meta.dirname, '..', 'fixtures', 'formats'), data, { recursive: true })
})
afterAll(() => rm(home, { recursive: true, force: true }))

describe('import', () => {
  it('fails if nothing could be read, and lists what decided as used', async () => {
    const rows = Array.from({ length: 4 }, (_, i) => ({
      prompt: `p${i}`,
      response_a: `a${i}`,
      response_b: `b${i}`,
      score_a: i,
      score_b: 2.5,
      note: 'x',
    }))
    const write = async (name: string, records: object[]) => {
      await writeFile(join(data, name), records.map((record) => `${JSON.stringify(record)}\n`).join(''))
      return join(data, name)
    }
    const scored = await done(await write('scored.jsonl', rows), '--project', project('scored'), '--source', 's')
    expect(scored).toMatchObject({ imported: 4, surveys: [{ remarks: [{ code: 'metadata', field: 'note', records: 4 }] }] })
    const empty = rows.map(({ prompt }) => ({ prompt, chosen: '', rejected: 'b' }))
    expect(await refused(await write('empty.jsonl', empty), '--project', project('empty'), '--source', 's')).toMatchObject({
      code: 'NO_DATA',
      message: expect.stringContaining('4 records quarantined') as string,
    })
  })

  it('takes files of several formats, counts ties and missing images, and says why rows were left out', async () => {
    await writeFile(join(data, 'gone.jsonl'), `${JSON.stringify({ prompt: 'p', img_path: 'nowhere.png', chosen: 'c', rejected: 'r' })}\n`)
    const files = ['judged-scores.jsonl', 'vlfeedback.jsonl', 'gone.jsonl'].map((name) => join(data, name))
    const first = await done(...files, '--project', project('a'), '--source', 's')
    expect(first).toMatchObject({ records: 5, pairs: 8, imported: 7, tied: 1, incomplete: 1, skipped: 0, quarantined: 1 })
    expect(first['rejections']).toEqual([expect.objectContaining({ file: files[1], row: 2, code: 'no-preference' })])
    const again = await done(files[0]!, '--project', project('a'), '--source', 's')
    expect(again).toMatchObject({ imported: 0, skipped: 2, skippedRows: [{ row: 1, same: { file: files[0], row: 1 } }, { row: 2 }] })
    const shown = (await blindfold('import', ...files, '--project', project('a'), '--source', 't')).stdout
    expect(shown).toMatch(/^file +records +pairs +imported +tied +incomplete +skipped +quarantined/m)
    expect(shown).toMatch(/1 tied: [\s\S]*1 with a missing image\. .*heal[\s\S]*no-preference/)
  })

  it('says before it starts which judgements of a Blindfold file it will not take', async () => {
    const pair = (n: number, status: string | null) => ({
      ...{
        blindfold: 1,
        id: null,
        source: 'own',
        split: '',
        prompt: `p${n}`,
        chosen: 'c',
        rejected: 'r',
        messages: null,
        images: [],
        tied: false,
        metadata: {},
        tags: [],
      },
      history:
        status === null
          ? []
          : [
              {
                action: status === 'kept' ? 'keep' : 'discard',
                reverts: null,
                status,
                prompt: null,
                chosen: null,
                rejected: null,
                blind: false,
                annotator: 'a',
                at: '2026-01-01T00:00:00.000Z',
              },
            ],
    })
    const write = (name: string, statuses: (string | null)[]) =>
      writeFile(join(data, name), statuses.map((status, n) => JSON.stringify(pair(n, status))).join('\n'))
    await write('mine.jsonl', ['kept', 'kept', null, 'kept'])
    await write('theirs.jsonl', ['kept', 'discarded', 'kept', null])
    const place = ['--project', project('judged'), '--source', 's']
    expect(await done(join(data, 'mine.jsonl'), ...place)).toMatchObject({ surveys: [{ remarks: [] }], files: [{ remarks: [] }] })
    const remarks = [{ code: 'other-label', field: 'label', records: 2, firstRow: 2 }]
    expect(await done(join(data, 'theirs.jsonl'), ...place)).toMatchObject({
      imported: 0,
      skipped: 4,
      surveys: [{ remarks }],
      files: [{ remarks }],
    })
    expect((await blindfold('import', join(data, 'theirs.jsonl'), ...place)).stdout).toMatch(
      /label +2 +2 +.*will be ignored[\s\S]*^file +records[\s\S]*label +2 +2 +.*was ignored/m,
    )
  })

  it('takes a dataset_info.json, and images from another folder', async () => {
    const info = join(data, 'llama-factory', 'dataset_info.json')
    expect(await done(info, '--project', project('b'), '--source', 's', '--images', join(data, 'images'))).toMatchObject({
      records: 3,
      imported: 3,
      incomplete: 0,
      images: 2,
    })
  })

  it('reads unknown records by a map, keeps it, and uses it by name in another project', async () => {
    const file = join(data, 'mapped.jsonl')
    const unknown = await refused(file, '--project', project('c'), '--source', 's')
    expect(unknown).toMatchObject({ code: 'FORMAT_UNKNOWN', file, message: expect.stringContaining('uid (text)') as string })
    const [, map = ''] = /--map (\S+)\. /.exec(unknown.remedy) ?? []
    expect(await done(file, '--project', project('c'), '--source', 's', '--map', map, '--save-map', 'votes')).toMatchObject({
      imported: 1,
      images: 1,
    })
    expect(await done(file, '--project', project('d'), '--source', 's', '--map-name', 'votes')).toMatchObject({ imported: 1, images: 1 })
    expect(await refused(file, '--project', project('d'), '--source', 's', '--map-name', 'other')).toMatchObject({
      code: 'NOT_FOUND',
      remedy: expect.stringContaining('votes') as string,
    })
  })

  it('refuses maps that say nothing, or go with something else', async () => {
    const file = join(data, 'mapped.jsonl')
    const wrong = [
      ['--map', 'prompt'],
      ['--map', 'prompt=q,chosen=c'],
      ['--save-map', 'x'],
      ['--map', 'prompt=q,chosen=a,rejected=b', '--map-name', 'votes'],
      ['--map', 'prompt=q,chosen=a,rejected=b', '--format', 'trl'],
    ]
    for (const args of wrong)
      expect(await refused(file, '--project', project('e'), '--source', 's', ...args), args.join(' ')).toMatchObject({
        code: 'INVALID_INPUT',
        field: 'map',
      })
  })
})

describe('heal', () => {
  it('says what is missing, and looks in a folder and on a host that was named', async () => {
    const image = await readFile(join(data, 'images', (await readdir(join(data, 'images')))[0]!))
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end(image)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const rows = ['here/a.png', `http://${host}/b.png`].map((img_path, i) => ({ prompt: `p${i}`, img_path, chosen: 'c', rejected: 'r' }))
    const file = join(home, 'missing.jsonl')
    await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'))
    expect(await done(file, '--project', project('h'), '--source', 's')).toMatchObject({ imported: 2, incomplete: 2 })
    const heal = async (...args: string[]) =>
      JSON.parse((await blindfold('heal', '--project', project('h'), ...args, '--json')).stdout) as unknown
    expect(await heal()).toMatchObject({
      missing: { pairs: 2, images: 2, hosts: [{ host, images: 1 }], examples: [{ reference: 'here/a.png' }, {}] },
    })
    const folder = join(home, 'found')
    await mkdir(folder)
    await writeFile(join(folder, 'a.png'), image)
    expect(await heal('--images', folder)).toMatchObject({ found: 1, complete: 1, missing: { pairs: 1 } })
    expect(asked).toEqual([])
    const last = await blindfold('heal', '--project', project('h'), '--fetch', host)
    expect(last.stdout).toMatch(/Images found: 1\. Pairs completed: 1\.\nNo image is missing/)
    expect(asked).toEqual(['/b.png'])
    server.close()
    const stranger = await blindfold('heal', '--project', project('h'), '--images', folder, '--source', 'x', '--json')
    expect(failure.parse(JSON.parse(stranger.stderr))).toMatchObject({ code: 'NOT_FOUND', remedy: 'Name one of: s.' })
  })
})
