import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs, stripVTControlCharacters } from 'node:util'
import { installedElectron } from './electron-binary.ts'
import { testPython, type TestPython } from './trainer-python.ts'

// `npm test [-- STEP...]`: every check and every test there is, counted from what the runners themselves report.
// `npm run coverage` adds `--coverage`, which doubles the time of the unit tests: so it is not the default.
const root = join(import.meta.dirname, '..')
const reports = join(root, 'test-results', 'reports')
const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { coverage: { type: 'boolean', default: false } },
})
type Tally = { passed: number; failed: number; skipped: number }

/** What failed, with the runner's own words: said again at the very end, for a log is often cut to its last lines. */
const failures: string[] = []
const fail = (name: string, message: string): void => {
  failures.push(`${name}\n${stripVTControlCharacters(message).slice(0, 1500)}`)
}

interface Step {
  name: string
  /** Why this machine cannot run it, or null. A skipped step is named in the summary. */
  missing?: string | null
  run: () => Promise<Tally>
}

const bin = (name: string): string => join(root, 'node_modules', '.bin', name)
const node = process.execPath

/** Runs a command with its output shown; gives the exit code. */
function execute(command: string, args: string[], env: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
    child.once('error', (error) => {
      console.error(`${command}: ${error.message}`)
      resolve(1)
    })
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

let prepared: Promise<TestPython> | undefined
/** Made once, by the first step that needs it. */
const pythonForTests = (): Promise<TestPython> => (prepared ??= testPython())

/** A check without a report of its own counts as one. Checks run side by side: what one says is shown in one piece, at its end. */
const check = (name: string, command: string, args: string[]): Step => ({
  name,
  run: () =>
    new Promise((resolve) => {
      execFile(command, args, { cwd: root, maxBuffer: Infinity }, (error, stdout, stderr) => {
        const said = `${stdout}${stderr}`.trim()
        console.log(`--- ${name}: ${error ? 'failed' : 'passed'}${said ? `\n${said}` : ''}`)
        if (error) fail(name, said || error.message)
        resolve({ passed: error ? 0 : 1, failed: error ? 1 : 0, skipped: 0 })
      })
    }),
})

/** Runs a test runner and reads its report. Without a report, or with a bad exit and no failed test in it, one has failed. */
async function reported(file: string, run: () => Promise<number>, read: (text: string) => Tally): Promise<Tally> {
  const code = await run()
  const tally = existsSync(file) ? read(await readFile(file, 'utf8')) : { passed: 0, failed: 0, skipped: 0 }
  if ((code !== 0 || tally.passed === 0) && tally.failed === 0) tally.failed = 1
  return tally
}

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numFailedTestSuites: number
  testResults: {
    name: string
    status: string
    message: string
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[]
  }[]
}

interface PlaywrightSuite {
  suites?: PlaywrightSuite[]
  specs?: { title: string; file: string; tests: { status: string; results: { errors?: { message?: string }[] }[] }[] }[]
}

/** Names what failed, and what passed only when tried again. */
function playwrightFailures(suite: PlaywrightSuite): void {
  for (const spec of suite.specs ?? []) {
    for (const { status, results } of spec.tests) {
      const messages = results.flatMap(({ errors }) => (errors ?? []).map(({ message }) => message ?? ''))
      if (status === 'unexpected') fail(`${spec.file}: ${spec.title}`, messages.join('\n'))
      if (status === 'flaky') fail(`FLAKY ${spec.file}: ${spec.title}`, messages.join('\n'))
    }
  }
  for (const inner of suite.suites ?? []) playwrightFailures(inner)
}

async function vitest(): Promise<Tally> {
  const file = join(reports, 'vitest.json')
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...(options.coverage ? ['--coverage'] : [])]
  const { env } = await pythonForTests()
  return reported(
    file,
    () => execute(bin('vitest'), args, env),
    (text) => {
      const result = JSON.parse(text) as VitestReport
      for (const file of result.testResults) {
        if (file.status === 'failed' && file.message) fail(file.name, file.message)
        for (const one of file.assertionResults) {
          if (one.status === 'failed') fail(`${file.name}: ${one.fullName}`, one.failureMessages.join('\n'))
        }
      }
      // A file that could not be loaded has no tests to fail.
      const failed = Math.max(result.numFailedTests, result.numFailedTestSuites > 0 ? 1 : 0)
      return { passed: result.numPassedTests, failed, skipped: result.numPendingTests }
    },
  )
}

const playwright = (suite: string) => async (): Promise<Tally> => {
  const file = join(reports, `${suite}.json`)
  const config = `test/${suite}/playwright.config.ts`
  const { env } = await pythonForTests()
  const run = (): Promise<number> =>
    execute(bin('playwright'), ['test', '--config', config, '--reporter=list,json'], { ...env, PLAYWRIGHT_JSON_OUTPUT_NAME: file })
  return reported(file, run, (text) => {
    const report = JSON.parse(text) as PlaywrightSuite & { stats: { expected: number; unexpected: number; flaky: number; skipped: number } }
    playwrightFailures(report)
    const { stats } = report
    return { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped }
  })
}

async function pytest(): Promise<Tally> {
  const file = join(reports, 'pytest.xml')
  const { python, env } = await pythonForTests()
  // Files side by side, in their order; the tests of a file share what they make.
  const args = ['-m', 'pytest', '-q', '-n', '2', '--dist', 'loadfile', '--no-loadscope-reorder', 'trainer/tests', `--junitxml=${file}`]
  return reported(
    file,
    () => execute(python, args, env),
    (text) => {
      for (const [, name, message] of text.matchAll(/<testcase [^>]*?name="([^"]*)"[^>]*>\s*<(?:failure|error) message="([^"]*)"/g))
        fail(name!, message!)
      const count = (name: string): number =>
        [...text.matchAll(/<testsuite [^>]*>/g)].reduce(
          (n, suite) => n + Number(suite[0].match(new RegExp(` ${name}="(\\d+)"`))?.[1] ?? 0),
          0,
        )
      const failed = count('failures') + count('errors')
      return { passed: count('tests') - failed - count('skipped'), failed, skipped: count('skipped') }
    },
  )
}

/** One stage after the other; the steps of a stage side by side. */
const stages: Step[][] = [
  [
    check('types', node, [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit']),
    check('lint', bin('eslint'), ['.', '--max-warnings', '0']),
    check('format', bin('prettier'), ['--check', '.', '--log-level', 'warn']),
    check('layers', bin('depcruise'), ['--config', 'build/layers.cjs', 'src', 'electron', 'renderer']),
    check('unused code', bin('knip'), []),
    check('generated files', node, ['build/gen.ts', '--check']),
    check('build', node, ['build/bundle.ts']),
    check('docs', bin('vitepress'), ['build', 'docs']),
  ],
  [{ name: 'unit, database and contract tests', run: vitest }],
  [{ name: 'trainer tests', run: pytest }],
  [{ name: 'browser tests', run: playwright('e2e') }],
  [
    {
      name: 'desktop tests',
      missing: installedElectron()
        ? null
        : 'there is no Electron binary (set ELECTRON_OVERRIDE_DIST_PATH, or run node node_modules/electron/install.js)',
      run: playwright('electron'),
    },
  ],
]

await rm(reports, { recursive: true, force: true })
await mkdir(reports, { recursive: true })
const lines: string[] = []
const sum: Tally = { passed: 0, failed: 0, skipped: 0 }

/** Runs a step; gives its line of the summary. */
async function line(step: Step): Promise<string> {
  if (step.missing) return `  ${step.name}: NOT RUN, ${step.missing}`
  const begun = performance.now()
  const tally = await step.run().catch((error: unknown): Tally => {
    console.error(error)
    return { passed: 0, failed: 1, skipped: 0 }
  })
  for (const key of ['passed', 'failed', 'skipped'] as const) sum[key] += tally[key]
  const seconds = ((performance.now() - begun) / 1000).toFixed(0)
  return `  ${step.name}: ${tally.passed} passed, ${tally.failed} failed${tally.skipped ? `, ${tally.skipped} skipped` : ''} (${seconds} s)`
}

for (const stage of stages) {
  const asked = stage.filter((step) => wanted.length === 0 || wanted.some((word) => step.name.includes(word)))
  const run = asked.filter((step) => !step.missing)
  if (run.length > 0) console.log(`\n=== ${run.map(({ name }) => name).join(', ')}`)
  lines.push(...(await Promise.all(asked.map(line))))
}
for (const failure of failures) console.log(`\n--- ${failure}`)
console.log(`\n${lines.join('\n')}\n`)
console.log(`${sum.passed} passed, ${sum.failed} failed`)
process.exit(sum.failed ? 1 : 0)
