/**
 * `npm run locks [-- --upgrade]`: writes the locks of the trainer's Python packages from trainer/pyproject.toml, each package in
 * one version with the hashes of all its files, for every platform. Without `--upgrade` versions stay as they are. Needs uv
 * and the Python package index; docs/dependencies.md says more.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const trainer = join(import.meta.dirname, '..', 'trainer')
/** The oldest Python that is supported; the lock holds for all later ones too. */
const PYTHON = '3.11'
/** PyTorch's small builds for processors. They need none of the packages for GPUs. */
const CPU_INDEX = 'https://download.pytorch.org/whl/cpu/torch/'

/** One lock each, installed over the first: what it is for, and the extras of pyproject.toml that it holds. */
const LOCKS = [
  { name: 'requirements', extras: ['parquet'], about: 'What the app installs for the trainer.' },
  {
    name: 'requirements-vlm',
    extras: ['vlm'],
    about: 'Installed over requirements.lock when a vision-language model is first trained. No torchvision: images are prepared by Pillow.',
  },
  { name: 'requirements-export', extras: ['export'], about: 'Installed over requirements.lock when a model is first exported to ONNX.' },
  { name: 'requirements-test', extras: ['test'], about: 'For the tests alone.' },
]
const CPU = {
  name: 'requirements-cpu',
  about: 'Installed before requirements.lock on Linux where a package index has PyTorch’s small builds for processors.',
}
const CUDA = {
  name: 'requirements-cuda',
  about: 'Installed over requirements.lock on Linux where PyTorch is a build for NVIDIA’s GPUs, as that of the Python package index is.',
}

/** A package of a lock as uv writes it: `name==version ; marker \` and its hashes, a line each. */
export type Locked = { name: string; text: string }

export function readLock(text: string): Locked[] {
  const found: Locked[] = []
  for (const line of text.split('\n')) {
    const name = /^([A-Za-z0-9][\w.-]*)==/.exec(line)?.[1]
    if (name) found.push({ name, text: line })
    else if (/^ +--hash=/.test(line)) (found.at(-1) as Locked).text += `\n${line}`
  }
  return found
}

/** A package without its hashes. */
const pinned = ({ text }: Locked): string => (text.split('\n')[0] as string).replace(/ \\$/, '')
const lockFile = (name: string): string => join(trainer, `${name}.lock`)
const isCuda = ({ name }: Locked): boolean => /^(nvidia-|cuda-|triton$)/.test(name)

/** @returns all that the trainer with these extras needs, in the versions of the locks that are there unless they are to be upgraded */
function resolve(extras: readonly string[], scratch: string, upgrade: boolean): Locked[] {
  const out = join(scratch, 'lock')
  const kept = [...LOCKS, CUDA].flatMap(({ name }) => readLocked(name))
  // uv keeps the versions that it finds there, and the hashes too: those are to be the index's own.
  writeFileSync(out, upgrade ? '' : kept.map(pinned).join('\n'))
  const args = [
    'pip',
    'compile',
    join(trainer, 'pyproject.toml'),
    '--universal',
    '--python-version',
    PYTHON,
    '--generate-hashes',
    '--no-header',
    '--no-annotate',
    '--only-binary',
    ':all:',
    '--quiet',
    '-o',
    out,
  ]
  const constraints = join(scratch, 'base')
  if (existsSync(constraints)) args.push('-c', constraints)
  const { status, error } = spawnSync('uv', [...args, ...extras.flatMap((extra) => ['--extra', extra])], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (error || status !== 0) throw new Error(`uv could not resolve the packages${error ? `: ${error.message}. pip install uv` : ''}.`)
  return readLock(readFileSync(out, 'utf8'))
}

/** Hashes of PyTorch's builds for processors as their index lists them, in the version of the lock. */
export function cpuHashes(index: string, version: string): string[] {
  const links = index.matchAll(/href="[^"]*\/torch-([\d.]+)(?:%2B|\+)cpu-[^"#]*\.whl#sha256=([0-9a-f]{64})"/g)
  return [...new Set([...links].flatMap(([, of, hash]) => (of === version ? [hash as string] : [])))].sort()
}

/** PyTorch's builds for processors: from their index, or where it is out of reach, as the lock has them for the same version. */
async function cpuBuilds(torch: Locked): Promise<Locked[]> {
  const version = /==([\d.]+)/.exec(torch.text)?.[1] as string
  const fetched = await fetch(CPU_INDEX)
    .then((reply) => (reply.ok ? reply.text() : ''))
    .then(
      (text) => cpuHashes(text, version),
      () => [],
    )
  const kept = readLocked(CPU.name).filter((one) => pinned(one) === `torch==${version}+cpu`)
  console.log(
    fetched.length > 0
      ? `PyTorch ${version}: ${fetched.length} builds for processors`
      : `${CPU_INDEX} cannot be reached: builds for processors as they were, if they were of ${version}`,
  )
  return fetched.length === 0
    ? kept
    : [{ name: 'torch', text: [`torch==${version}+cpu`, ...fetched.map((hash) => `    --hash=sha256:${hash}`)].join(' \\\n') }]
}

const readLocked = (name: string): Locked[] => (existsSync(lockFile(name)) ? readLock(readFileSync(lockFile(name), 'utf8')) : [])

function write({ name, about }: { name: string; about: string }, packages: readonly Locked[]): void {
  const head = `# Written by \`npm run locks\`: do not edit. ${about}\n# Complete, with hashes: pip install --require-hashes --no-deps --only-binary :all: -r ${name}.lock\n`
  writeFileSync(lockFile(name), `${head}${packages.map(({ text }) => `${text}\n`).join('')}`)
  console.log(`${name}.lock: ${packages.length} packages`)
}

if (import.meta.main) {
  const upgrade = process.argv.includes('--upgrade')
  const scratch = mkdtempSync(join(tmpdir(), 'blindfold-locks-'))
  try {
    const [base, ...others] = LOCKS as [(typeof LOCKS)[number], ...typeof LOCKS]
    const found = resolve(base.extras, scratch, upgrade)
    writeFileSync(join(scratch, 'base'), found.map(pinned).join('\n'))
    const known = new Set(found.map(({ name }) => name))
    const extras = others.map((lock) => ({
      lock,
      packages: resolve([...base.extras, ...lock.extras], scratch, upgrade).filter(({ name }) => !known.has(name)),
    }))
    write(
      base,
      found.filter((one) => !isCuda(one)),
    )
    write(CPU, await cpuBuilds(found.find(({ name }) => name === 'torch') as Locked))
    write(CUDA, found.filter(isCuda))
    for (const { lock, packages } of extras) write(lock, packages)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
