import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build as bundle, type BuildOptions } from 'esbuild'
import { build as buildRenderer } from 'vite'

const root = join(import.meta.dirname, '..')
const out = join(root, 'out')

/** Packages with compiled parts: they stay packages and are unpacked beside the app. Everything else is bundled. */
export const NATIVE_PACKAGES = ['better-sqlite3', 'onnxruntime-node', 'sharp']

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  sourcemap: 'linked',
  logLevel: 'warning',
  legalComments: 'linked',
}

/** The shell: CommonJS, for sandboxed preloads cannot be modules. Chrome 114 / Node 18 is the oldest runtime it is tested on. */
async function buildShell(): Promise<void> {
  await rm(join(out, 'electron'), { recursive: true, force: true })
  await bundle({
    ...common,
    entryPoints: { main: 'electron/main.ts', preload: 'electron/preload.ts' },
    format: 'cjs',
    target: 'node18',
    external: ['electron'],
    outdir: join(out, 'electron'),
    outExtension: { '.js': '.cjs' },
  })
}

/**
 * The backend: modules in one flat folder, so that an entry finds the others as its siblings. Bundled CommonJS packages
 * ask for Node's own modules with `require`, which modules do not have: the banner makes one.
 */
export const hostBundle = {
  ...common,
  entryPoints: {
    utility: 'src/host/utility.ts',
    cli: 'src/host/cli.ts',
    'db-worker': 'src/db/worker/db-worker.ts',
    'scoring-process': 'src/scoring/scoring-process.ts',
    'probe-process': 'src/scoring/probe-process.ts',
    'fit-thread': 'src/scoring/fit/fit-thread.ts',
    'reading-thread': 'src/scoring/reading/reading-thread.ts',
    'report-worker': 'src/services/report/report-worker.ts',
    'reasons-worker': 'src/services/reasons/reasons-worker.ts',
    'parquet-thread': 'src/formats/containers/parquet-thread.ts',
  },
  format: 'esm',
  target: 'node22',
  splitting: true,
  external: NATIVE_PACKAGES,
  outdir: join(out, 'host'),
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
} satisfies BuildOptions

async function buildHost(): Promise<void> {
  await rm(join(out, 'host'), { recursive: true, force: true })
  await bundle(hostBundle)
}

async function buildInterface(): Promise<void> {
  await buildRenderer({
    configFile: join(root, 'renderer/vite.config.ts'),
    root: join(root, 'renderer'),
    logLevel: 'warn',
    build: { outDir: join(out, 'renderer'), emptyOutDir: true },
  })
}

const parts: Record<string, () => Promise<void>> = { renderer: buildInterface, electron: buildShell, host: buildHost }

/** Builds the named parts into `out/`; all of them by default. */
export async function build(names: string[] = Object.keys(parts)): Promise<void> {
  for (const name of names) {
    const part = parts[name]
    if (!part) throw new Error(`There is no part "${name}". Parts: ${Object.keys(parts).join(', ')}.`)
    await part()
  }
}

if (import.meta.main) await build(process.argv.length > 2 ? process.argv.slice(2) : undefined)
