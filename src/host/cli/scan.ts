import type { Report } from '../../contract/overview.ts'
import type { ExecutionProvider, ScanInput } from '../../contract/proxies.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { count, inPercent, signed } from '../../core/format.ts'
import { phraseText } from '../../core/scripts.ts'
import { percentEstimate, table, type Output } from './output.ts'
import { withProject, type Client } from './session.ts'
import { waitForJob } from './wait.ts'

/** Enough to see what leaks; --json has them all. */
const SHOWN_FEATURES = 15

type ScanFlags = Pick<ScanInput, 'proxy' | 'seed' | 'characters' | 'threads'> & {
  project: string
  model?: string
  provider: ExecutionProvider
}

/** `blindfold scan`: the blind test as a job, then what it found. */
export async function scan({ model, provider, ...options }: ScanFlags, output: Output): Promise<void> {
  await withProject(options.project, { create: false }, async (client, project) => {
    const { proxy, seed, characters, threads } = options
    await runScan(client, { proxy, seed, characters, threads, modelId: model ?? null, executionProvider: provider })
    const found = await currentReport(client, project)
    const { pairs, scored, subject, judged, verdict, predictions, blindAccuracy, textOnly } = found
    await output.value({
      project,
      scanId: found.provenance.scanId,
      pairs,
      scored,
      subject,
      judged,
      verdict: verdict.level,
      strongest: predictions[0],
      blindAccuracy,
      textOnly,
      units: found.provenance.units,
    })
    await printReport(found, output)
  })
}

/** Starts a scan and waits for it. */
export async function runScan(client: Client, input: ScanInput): Promise<void> {
  const { jobId } = await client.scan.start(input)
  await waitForJob(client, jobId)
}

/** @throws {BlindfoldError} NO_DATA before the first scan */
export async function currentReport(client: Client, project: string): Promise<Report> {
  const found = await client.scan.report()
  if (found) return found
  throw new BlindfoldError('NO_DATA', 'This project has no blind test yet.', {
    file: project,
    remedy: `Run: blindfold scan --project ${project}`,
  })
}

/** The verdict, and beside it what the text-only pairs of a mixed dataset show. */
export const findings = ({
  verdict,
  textOnly,
}: {
  verdict: Pick<Report['verdict'], 'sentence'>
  textOnly: Pick<NonNullable<Report['textOnly']>, 'sentence'> | null
}): string[] => [verdict.sentence, ...(textOnly ? [`Text-only pairs: ${textOnly.sentence}`] : [])]

export async function printReport(report: Report, output: Output): Promise<void> {
  for (const finding of findings(report)) await output.line(finding)
  await output.line(report.verdict.next)
  if (report.provenance.units) await output.line(`Units: ${report.provenance.units}`)
  await output.line(
    `\n${count(report.pairs)} pairs (${count(report.scored)} scored, ${count(report.stale)} stale), ${count(report.images)} images, ${missingText(report)}${count(report.quarantined)} quarantined`,
  )
  await output.line(
    report.textOnly ? `All tables except the text-only one cover the ${count(report.judged)} pairs that name an image:\n` : '',
  )
  const line = (name: string, pairs: number, part: Pick<Report, 'blindAccuracy' | 'baselines' | 'pValue'>): string[] => [
    name,
    count(pairs),
    percentEstimate(part.blindAccuracy),
    percentEstimate(part.baselines.longest),
    percentEstimate(part.baselines.shortest),
    percentEstimate(part.baselines.frequent),
    part.pValue < 0.001 ? '< 0.001' : part.pValue.toFixed(3),
  ]
  const sources = report.bySource.map((source) => line(source.source, source.pairs, source))
  await output.line(
    table(
      ['source', 'pairs', 'blind accuracy %', 'longest wins %', 'shortest wins %', 'most frequent wins %', 'p'],
      [...sources, line('all', report.judged, report)],
      [1, 2, 3, 4, 5, 6],
    ),
  )
  const { textOnly } = report
  if (textOnly) {
    await output.line(
      `\n${table(['text-only', 'pairs', 'proxy %', 'longest wins %', 'shortest wins %', 'most frequent wins %', 'p'], [line('all', textOnly.pairs, textOnly)], [1, 2, 3, 4, 5, 6])}`,
    )
  }
  const features = report.topFeatures
    .slice(0, SHOWN_FEATURES)
    .map((feature) => [
      phraseText(feature.feature),
      feature.side,
      signed(feature.weight),
      inPercent(feature.coverage),
      feature.lift.toFixed(2),
    ])
  await output.line(`\n${table(['feature', 'favours', 'weight', 'coverage %', 'lift'], features, [2, 3, 4])}`)
  const quadrants = Object.entries(report.quadrants).map(([quadrant, pairs]) => [quadrant, count(pairs)])
  await output.line(`\n${table(['quadrant', 'pairs'], quadrants, [1])}`)
}

const missingText = ({ missing }: Report): string =>
  missing.images === 0 ? '' : `${count(missing.images)} missing (of ${count(missing.pairs)} pairs), `
