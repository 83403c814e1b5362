import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failure, type Failure } from '../../src/contract/errors.ts'
import { report as reportSchema } from '../../src/contract/overview.ts'
import { evaluationReport } from '../../src/contract/training.ts'
import { testPython } from '../../build/trainer-python.ts'
import { CLI } from './backends.ts'

type Ended = { code: number | null; stdout: string; stderr: string }

let home: string
let demo: string
/** Training and test pairs of three environments. */
const PAIRS = 40
const ALL = 3 * (PAIRS + 10)

/** Runs the real command line. */
function blindfold(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { env: environment(), maxBuffer: 1 << 28 }, (error, stdout, stderr) =>
      resolve({ code: error ? ((error as { code?: number }).code ?? null) : 0, stdout, stderr }),
    )
  })
}
const environment = (): NodeJS.ProcessEnv => ({ ...process.env, BLINDFOLD_HOME: home })
const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
const refused = (ended: Ended): Failure => failure.parse(JSON.parse(ended.stderr))

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'blindfold-cli-'))
  demo = join(home, 'demo.blindfold')
  const made = await blindfold('demo', '--project', demo, '--pairs', String(PAIRS), '--seed', '3', '--json')
  expect(made, made.stderr).toMatchObject({ code: 0 })
  expect(jsonLines(made.stdout)[0]).toMatchObject({ project: demo, imported: ALL, quarantined: 0 })
})
afterAll(() => rm(home, { recursive: true, force: true }))

describe('usage', () => {
  it('exits with 2 and says what is wrong', async () => {
    const wrong = [
      ['report'],
      ['train', '--project', demo, '--method', 'guess', '--train-source', 'a'],
      ['pairs', '--project', demo, '--limit', '1.5'],
      ['nonsense'],
      ['scan', '--project', demo, '--bogus'],
      [],
    ]
    for (const args of wrong) {
      const ended = await blindfold(...args)
      expect(ended.code, args.join(' ')).toBe(2)
      expect(ended.stderr, args.join(' ')).not.toBe('')
      expect(ended.stdout).toBe('')
    }
  })

  it('starts from the sources as it does from the bundle', async () => {
    const fromSources = await promisify(execFile)(process.execPath, [join(import.meta.dirname, '../../src/host/cli.ts'), '--help'])
    expect(fromSources.stdout).toContain('Usage: blindfold')
    expect(fromSources.stdout).toBe((await blindfold('--help')).stdout)
  })

  it('tells machines the same as JSON', async () => {
    const ended = await blindfold('pairs', '--project', demo, '--limit', 'x', '--json')
    expect(ended.code).toBe(2)
    expect(refused(ended)).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringMatching(/--limit/) as string })
  })

  it('has exactly the commands and their options', async () => {
    const { stdout, code } = await blindfold('--help')
    expect(code).toBe(0)
    const names = [...stdout.matchAll(/^ {2}([a-z-]+) /gm)].map((match) => match[1]).filter((name) => !name?.startsWith('-'))
    const curation = ['discard', 'tag', 'untag', 'set-split', 'bulk', 'slices', 'duplicates', 'check', 'backup', 'trust', 'info']
    expect(names).toEqual([
      'import',
      'heal',
      'scan',
      'probe',
      'report',
      'stability',
      'reasons',
      'pairs',
      'train',
      'evaluate',
      'export',
      ...curation,
      'demo',
      'models',
      'serve',
      'help',
    ])
    const train = (await blindfold('train', '--help')).stdout
    for (const option of ['--json', '--project <P>', '--method <M>', '--train-source <S>', '--model <M>', '--seed <N>', '--epochs <N>'])
      expect(train).toContain(option)
  })
})

describe('failures', () => {
  it('exits with 1 and names code, place and remedy', async () => {
    const nowhere = join(home, 'nowhere.blindfold')
    const ended = await blindfold('report', '--project', nowhere, '--json')
    expect(ended.code).toBe(1)
    expect(refused(ended)).toMatchObject({ code: 'PROJECT_NOT_FOUND', file: nowhere })
    const shown = await blindfold('report', '--project', nowhere)
    expect(shown.stderr).toMatch(/PROJECT_NOT_FOUND[\s\S]*in: file .*nowhere[\s\S]*fix: /)
  })

  it('names the file that is not there, and makes no project for it', async () => {
    const file = join(home, 'missing.jsonl')
    const ended = await blindfold('import', file, '--project', join(home, 'm'), '--source', 'a', '--json')
    expect(ended.code).toBe(1)
    expect(refused(ended)).toMatchObject({ code: 'FILE_NOT_FOUND', file })
    expect(existsSync(join(home, 'm.blindfold'))).toBe(false)
  })

  it('says who holds a project that is open elsewhere', async () => {
    const holder = spawn(process.execPath, [CLI, 'serve', '--json', '--project', demo], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(holder.stdout, 'data')
    const ended = await blindfold('tag', 'x', '--all', '--project', demo, '--json')
    expect(ended.code).toBe(1)
    expect(refused(ended).code).toBe('PROJECT_LOCKED')
    expect(refused(ended).message).not.toMatch(/database is locked/)
    holder.kill('SIGINT')
    expect((await once(holder, 'exit'))[0]).toBe(0)
    expect((await blindfold('pairs', '--project', demo, '--limit', '1')).code).toBe(0)
  })

  it('evaluation without runs is no empty table', async () => {
    const ended = await blindfold('evaluate', '--project', demo, '--json')
    expect(ended.code).toBe(1)
    expect(refused(ended).code).toBe('NO_DATA')
  })
})

describe('reports', () => {
  it('gives the whole report as JSON and the same numbers as text', async () => {
    const { stdout } = await blindfold('report', '--project', demo, '--json')
    const found = reportSchema.parse(JSON.parse(stdout))
    expect(found.pairs).toBe(ALL)
    expect(found.bySource).toHaveLength(3)
    const text = (await blindfold('report', '--project', demo)).stdout
    expect(text).toContain(found.verdict.sentence)
    for (const source of found.bySource) expect(text).toContain(`${(100 * source.blindAccuracy.value).toFixed(1)} [`)
  })

  it('lists every pair once, one object a line, in the order asked for', async () => {
    const rows = jsonLines((await blindfold('pairs', '--project', demo, '--json')).stdout)
    expect(rows).toHaveLength(ALL)
    expect(new Set(rows.map((row) => row['id'])).size).toBe(ALL)
    const keys = [
      'id',
      'externalId',
      'source',
      'textMargin',
      'textLoss',
      'mmMargin',
      'mmLoss',
      'priorSfc',
      'auditSfc',
      'influence',
      'quadrant',
      'fold',
      'status',
      'shortcutProne',
    ]
    expect(Object.keys(rows[0]!).slice(0, keys.length)).toEqual(keys)
    const sfc = rows.map((row) => row['priorSfc'] as number)
    expect(sfc.every((value) => value > 0 && value < 1)).toBe(true)
    // What the text gives away most comes first; the prior SFC has that order.
    expect(sfc).toEqual(sfc.toSorted((a, b) => a - b))
    const margins = rows.map((row) => row['textMargin'] as number)
    expect(margins).toEqual(margins.toSorted((a, b) => b - a))
    const prone = jsonLines((await blindfold('pairs', '--project', demo, '--shortcut-prone', '--json')).stdout)
    expect(prone).toEqual(rows.slice(0, margins.filter((margin) => margin >= Math.log(4)).length))
    expect(prone.every((row) => row['shortcutProne'] === true)).toBe(true)
    const source = rows[0]!['source'] as string
    const some = jsonLines(
      (await blindfold('pairs', '--project', demo, '--source', source, '--sort', 'textMargin', '--limit', '7', '--json')).stdout,
    )
    expect(some).toHaveLength(7)
    expect(some.every((row) => row['source'] === source)).toBe(true)
    expect(some[0]!['textMargin']).toBe(
      Math.min(...rows.filter((row) => row['source'] === source).map((row) => row['textMargin'] as number)),
    )
  })

  it('loses nothing to a slow reader, and ends quietly when the reader leaves', async () => {
    const pipe = (tail: string): Promise<Ended> =>
      new Promise((resolve) => {
        const script = `set -o pipefail; "${process.execPath}" "${CLI}" pairs --project "${demo}" --json | ${tail}`
        execFile('bash', ['-c', script], { env: environment() }, (error, stdout, stderr) =>
          resolve({ code: error ? ((error as { code?: number }).code ?? null) : 0, stdout, stderr }),
        )
      })
    expect(Number((await pipe('(sleep 1; wc -l)')).stdout)).toBe(ALL)
    const early = await pipe('head -n 1')
    expect(early).toMatchObject({ code: 0, stderr: '' })
    expect(jsonLines(early.stdout)).toHaveLength(1)
  })
})

describe('data in and out', () => {
  it('exports what a new project imports unchanged, and quarantines what is broken', async () => {
    const out = join(home, 'out', 'demo')
    const plan = jsonLines(
      (await blindfold('export', '--project', demo, '--format', 'trl', '--out', out, '--dry-run', '--json')).stdout,
    )[0]!
    expect(plan).toMatchObject({
      pairs: ALL,
      out,
      obstacle: null,
      splits: [
        { split: 'train', files: ['train.jsonl'] },
        { split: 'test', files: ['test.jsonl'] },
      ],
    })
    await expect(readFile(join(out, 'train.jsonl'))).rejects.toThrow('ENOENT')
    const said = (await blindfold('export', '--project', demo, '--format', 'trl', '--out', out)).stdout
    expect(said).toMatch(/Fields not preserved:\n[\s\S]*source[\s\S]*pairs and [\s\S]*written to /)
    const broken = join(out, 'train.jsonl')
    const lines = await Promise.all(
      ['train', 'test'].map(async (split) => (await readFile(join(out, `${split}.jsonl`), 'utf8')).trim().split('\n').length),
    )
    expect(lines[0]! + lines[1]!).toBe(ALL)

    await appendFile(broken, '{"prompt": "cut off\n')
    const second = join(home, 'second')
    const first = jsonLines((await blindfold('import', out, '--project', second, '--source', 'back', '--json')).stdout)[0]!
    expect(first).toMatchObject({ records: ALL + 1, imported: ALL, skipped: 0, quarantined: 1 })
    expect(first['rejections']).toEqual([expect.objectContaining({ file: broken, row: lines[0]! + 1, code: 'invalid-json' })])
    const again = jsonLines((await blindfold('import', out, '--project', second, '--source', 'back', '--json')).stdout)[0]!
    expect(again).toMatchObject({ imported: 0, skipped: ALL, quarantined: 1 })

    const texts = async (project: string): Promise<unknown[]> =>
      jsonLines((await blindfold('pairs', '--project', project, '--sort', 'id', '--json')).stdout).map((row) => [
        row['id'],
        row['prompt'],
        row['chosen'],
        row['rejected'],
        row['images'],
      ])
    expect((await texts(second)).toSorted()).toEqual((await texts(demo)).toSorted())
  })

  it('cancels in good order on Ctrl-C and leaves the project whole', async () => {
    const project = join(home, 'cut.blindfold')
    const args = ['demo', '--project', project, '--pairs', '3000', '--seed', '5', '--json']
    const child = spawn(process.execPath, [CLI, ...args], { env: environment(), stdio: ['ignore', 'ignore', 'pipe'] })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    // The job's log is there as soon as it runs; then it still has thousands of images to draw.
    const logs = join(project, 'logs')
    while (!existsSync(logs) || readdirSync(logs).length === 0) await sleep(20)
    await sleep(300)
    child.kill('SIGINT')
    const [code] = (await once(child, 'exit')) as [number | null]
    expect(code).toBe(130)
    expect(JSON.parse(stderr)).toMatchObject({ code: 'CANCELLED' })
    expect((await blindfold('pairs', '--project', project, '--limit', '1', '--json')).code).toBe(0)
  })
})

describe('training', () => {
  beforeAll(async () => {
    Object.assign(process.env, (await testPython()).env)
  }, 600_000)

  it('trains in the background process and evaluates on every source', async () => {
    const trained: Record<string, unknown>[] = []
    for (const method of ['text-only', 'standard']) {
      const ended = await blindfold(
        'train',
        '--project',
        demo,
        '--method',
        method,
        '--train-source',
        'verbose',
        '--epochs',
        '1',
        '--seed',
        '4',
        '--json',
      )
      expect(ended, ended.stderr).toMatchObject({ code: 0 })
      trained.push(jsonLines(ended.stdout)[0]!)
    }
    expect(trained[1]).toMatchObject({ method: 'standard', trainSource: 'verbose', seed: 4, trainPairs: PAIRS })
    expect(trained[0]!['snapshotHash']).toBe(trained[1]!['snapshotHash'])

    // Asked whether it fits, nothing is started.
    const asked = [
      'train',
      '--project',
      demo,
      '--method',
      'standard',
      '--train-source',
      'verbose',
      '--batch-size',
      '6',
      '--epochs',
      '1',
      '--dry-run',
    ]
    const [fit] = jsonLines((await blindfold(...asked, '--json')).stdout)
    expect(fit).toMatchObject({ looked: PAIRS, trainPairs: PAIRS, report: { fits: true, method: 'standard', steps: Math.ceil(PAIRS / 6) } })
    expect((await blindfold(...asked)).stdout).toMatch(/^Fits this machine: standard, tiny[^]*Memory: .+ of .+ free \(/)

    const found = evaluationReport.parse(JSON.parse((await blindfold('evaluate', '--project', demo, '--json')).stdout))
    expect(found.runs.map((run) => run.method).toSorted()).toEqual(['standard', 'text-only'])
    expect(found.cells).toHaveLength(6)
    for (const cell of found.cells) {
      expect(cell.n).toBe(10)
      expect(cell.iid).toBe(cell.testSource === 'verbose')
      expect(cell.accuracy.low).toBeLessThanOrEqual(cell.accuracy.value)
    }
    expect(found.summary).toHaveLength(2)
    const text = (await blindfold('evaluate', '--project', demo)).stdout
    expect(text).toMatch(/^standard.*: accuracy %/m)
    expect(text).toMatch(/i\.i\.d\. %\s+o\.o\.d\. %\s+SFD points/)

    const rows = jsonLines((await blindfold('pairs', '--project', demo, '--json')).stdout)
    expect(
      rows.some((row) => typeof row['auditSfc'] === 'number' && typeof row['influence'] === 'number' && typeof row['mmLoss'] === 'number'),
    ).toBe(true)
  }, 300_000)

  it('refuses a source that is not there', async () => {
    const ended = await blindfold('train', '--project', demo, '--method', 'standard', '--train-source', 'nowhere', '--json')
    expect(ended.code).toBe(1)
    expect(['NO_DATA', 'NOT_FOUND', 'INVALID_INPUT']).toContain(refused(ended).code)
  })
})
