import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { openProject } from '../../src/db/project/open.ts'
import { exportRate, score, timings, type Timing } from './data-queries.ts'
import { importAll, rawRates, type ImportFigures, type RawRates } from './data-import.ts'
import { writeDataset, type DataPart } from './dataset.ts'

// How the store does with many pairs: `npm run bench -- data [N...]`, by default 1,000, 10,000 and 100,000; 1000000 takes
// minutes and 8 GB of disk. Prints a table and, behind it, the figures as JSON.

type Figures = {
  pairs: number
  parts: DataPart[]
  raw: RawRates
  import: ImportFigures
  bytes: number
  timings: Timing[]
  exported: number
  load: number
}

const [task, ...given] = process.argv.slice(2)
// Steps that have a process of their own, so that the memory of one is not counted for another.
if (task === '--write') console.log(JSON.stringify(await writeDataset(given[0] ?? '', Number(given[1]))))
else if (task === '--import')
  console.log(JSON.stringify(await importAll(given[0] ?? '', given[1] ?? '', JSON.parse(given[2] ?? '[]') as DataPart[])))
else await bench([task, ...given].filter((size) => size !== undefined).map(Number))

async function bench(sizes: number[]): Promise<void> {
  const all: Figures[] = []
  for (const pairs of sizes.length > 0 ? sizes : [1000, 10_000, 100_000]) all.push(await measured(pairs))
  report(all)
  const parquet = path.join(import.meta.dirname, 'parquet.ts')
  if (existsSync(parquet)) {
    const { parquetBench } = (await import(pathToFileURL(parquet).href)) as { parquetBench?: () => Promise<unknown> }
    await parquetBench?.()
  }
  console.log(JSON.stringify(all))
}

async function measured(pairs: number): Promise<Figures> {
  const folder = mkdtempSync(path.join(tmpdir(), 'blindfold-bench-'))
  const step = (...args: string[]) =>
    execFileSync(process.execPath, [import.meta.filename, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const parts = JSON.parse(step('--write', folder, String(pairs))) as DataPart[]
    const [texts] = parts
    if (!texts) throw new Error('no data was written')
    const raw = await rawRates(folder, texts)
    const project = path.join(folder, 'bench.blindfold')
    const imported = JSON.parse(step('--import', project, folder, JSON.stringify(parts))) as ImportFigures
    const { db, close } = openProject(project)
    const { size: bytes } = statSync(path.join(project, 'project.db'))
    score(db)
    const timed = timings(db)
    const exported = exportRate(db)
    close()
    return { pairs, parts, raw, import: imported, bytes, timings: timed, exported, load: loadavg()[0] ?? 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function report(all: readonly Figures[]): void {
  const rows: [string, (figures: Figures) => string][] = [
    ['raw insert, rows/s', ({ raw }) => count(raw.rate)],
    ['raw insert with words, rows/s', ({ raw }) => count(raw.rateWithWords)],
    ['import of texts, pairs/s', (figures) => count(rate(figures, 'texts', 'Importing'))],
    ['  share of raw', (figures) => (rate(figures, 'texts', 'Importing') / figures.raw.rate).toFixed(2)],
    ['  until a search finds all, pairs/s', (figures) => count(rate(figures, 'texts'))],
    ['  share of raw with words', (figures) => (rate(figures, 'texts') / figures.raw.rateWithWords).toFixed(2)],
    ['import of pictures, pairs/s', (figures) => count(rate(figures, 'pictures', 'Importing'))],
    ['peak memory, MiB', ({ import: { peak } }) => peak.toFixed(0)],
    ['another query waits, ms: p95 / max', ({ import: { waited } }) => `${waited.p95.toFixed(1)} / ${waited.max.toFixed(0)}`],
    ['cancelled within, ms', ({ import: { cancelled } }) => cancelled?.toFixed(0) ?? '–'],
    ['database, KiB a pair', ({ bytes, pairs }) => (bytes / pairs / 1024).toFixed(2)],
    ['export reads, pairs/s', ({ exported }) => count(exported)],
    ...(all[0]?.timings ?? []).map(({ name }): [string, (figures: Figures) => string] => [
      `${name}, ms: p50 / p95`,
      ({ timings }) => {
        const found = timings.find((timing) => timing.name === name)
        return found ? `${found.p50.toFixed(2)} / ${found.p95.toFixed(2)}` : '–'
      },
    ]),
    ['load of the machine at the end', ({ load }) => load.toFixed(1)],
  ]
  console.log(`${cpus().length} cores, ${cpus()[0]?.model ?? ''}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n`)
  console.log(`| | ${all.map(({ pairs }) => count(pairs)).join(' | ')} |\n|---|${all.map(() => '---|').join('')}`)
  for (const [name, value] of rows) console.log(`| ${name} | ${all.map(value).join(' | ')} |`)
  console.log()
}

/** Pairs a second of a part of the import, or of all of it. */
function rate({ parts, import: { phases } }: Figures, source: DataPart['source'], phase?: string): number {
  const spent = Object.entries(phases[source] ?? {}).filter(([name]) => phase === undefined || name === phase)
  const seconds = spent.reduce((sum, [, took]) => sum + took, 0)
  return (parts.find((part) => part.source === source)?.pairs ?? 0) / seconds
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}
