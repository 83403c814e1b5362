import { mkdir, rm, statfs } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import type { GivenCard, Model } from '../contract/models.ts'
import { BlindfoldError } from '../core/errors.ts'
import { isRevision } from '../core/model-name.ts'
import { fetchFile, refusal, told, type Checksum } from './fetch-file.ts'
import { TEXT_FILES, TOWERS } from './inspect.ts'
import { adopt } from './registry.ts'

/** Small files that say how a model is read; taken where they are. */
const SETTINGS = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'config.json',
  'modules.json',
  'sentence_bert_config.json',
  '1_Pooling/config.json',
  'preprocessor_config.json',
  'chat_template.jinja',
  'blindfold.json',
  'LICENSE',
  'README.md',
]

const REPO = /^\w[\w.-]{0,95}(\/\w[\w.-]{0,95})?$/
const COMMIT = /^[0-9a-f]{40}$/

const answer = z.object({
  sha: z.string().regex(COMMIT),
  siblings: z.array(
    z.object({
      rfilename: z.string(),
      size: z.number().int().nonnegative().optional(),
      blobId: z.string().optional(),
      lfs: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), size: z.number().int() }).nullish(),
    }),
  ),
})

export type HubFile = { path: string; bytes: number; checksum: Checksum | null }
export type HubPlan = { repo: string; revision: string; files: HubFile[]; bytes: number; card: GivenCard }
export type DownloadProgress = (report: { phase: string; done: number; total: number; unit: string }) => void

/** As the tools of Hugging Face: `HF_ENDPOINT` names another hub or a mirror, `HF_TOKEN` who asks. */
function hub(): { endpoint: string; headers: Record<string, string> } {
  const endpoint = (process.env['HF_ENDPOINT'] || 'https://huggingface.co').replace(/\/+$/, '')
  const token = process.env['HF_TOKEN']
  return { endpoint, headers: { 'user-agent': 'blindfold', ...(token && { authorization: `Bearer ${token}` }) } }
}

const escaped = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

/**
 * What would be fetched of a model on the hub: the best of its ONNX files (full precision first), what belongs to it and
 * the tokenizer. Asks for the list alone.
 *
 * @throws BlindfoldError INVALID_INPUT, DOWNLOAD_FAILED, MODEL_UNUSABLE; the signal's reason
 */
export async function planDownload(repo: string, revision = 'main', signal: AbortSignal = AbortSignal.timeout(30_000)): Promise<HubPlan> {
  if (!REPO.test(repo))
    throw new BlindfoldError('INVALID_INPUT', `${repo} is not the name of a model on the Hub.`, {
      field: 'repo',
      remedy: 'Write it as OWNER/NAME, such as Xenova/all-MiniLM-L6-v2.',
    })
  if (!isRevision(revision))
    throw new BlindfoldError('INVALID_INPUT', `${revision} is not a revision.`, {
      field: 'revision',
      remedy: 'Enter a branch, a tag or a commit.',
    })
  const { endpoint, headers } = hub()
  const url = `${endpoint}/api/models/${escaped(repo)}/revision/${encodeURIComponent(revision)}?blobs=true`
  let listed: z.output<typeof answer>
  try {
    const response = await fetch(url, { headers, signal })
    if (!response.ok) throw refusal(response, { url })
    listed = answer.parse(await response.json())
  } catch (error) {
    if (signal.aborted && (signal.reason as Error | undefined)?.name !== 'TimeoutError') throw signal.reason
    if (error instanceof z.ZodError || error instanceof SyntaxError) {
      throw new BlindfoldError('DOWNLOAD_FAILED', `${new URL(url).host} does not respond like the Hub.`, {
        remedy: 'Check HF_ENDPOINT. A proxy may have responded instead.',
      })
    }
    throw told(error, { url })
  }
  const files = new Map(listed.siblings.filter(({ rfilename }) => safe(rfilename)).map((file) => [file.rfilename, file]))
  const tower = TOWERS.find(({ text, vision }) => files.has(text) && files.has(vision))
  const models = tower ? [tower.text, tower.vision] : TEXT_FILES.filter((file) => files.has(file)).slice(0, 1)
  const needed = [...models.flatMap((file) => [file, `${file}_data`, `${file}.data`]), ...SETTINGS].filter((file) => files.has(file))
  if (models.length === 0)
    throw noModel(
      repo,
      'has no ONNX file (onnx/model.onnx or model.onnx)',
      'Choose a repository with an ONNX export, or export the model yourself and add its folder.',
    )
  if (!files.has('tokenizer.json')) throw noModel(repo, 'has no tokenizer.json', 'Choose a repository with a fast tokenizer.')
  const chosen = needed.map((path): HubFile => {
    const { lfs, size, blobId } = files.get(path) as (typeof listed.siblings)[number]
    const checksum: Checksum | null = lfs
      ? { kind: 'sha256', hex: lfs.sha256 }
      : blobId && COMMIT.test(blobId)
        ? { kind: 'git', hex: blobId }
        : null
    return { path, bytes: lfs?.size ?? size ?? 0, checksum }
  })
  return {
    repo,
    revision: listed.sha,
    files: chosen,
    bytes: chosen.reduce((sum, { bytes }) => sum + bytes, 0),
    card: { name: repo, model: models[0], ...(tower && { kind: 'clip' as const, vision: tower.vision }) },
  }
}

/** A name from the network that stays inside of the folder it is put into. */
const safe = (path: string): boolean => /^[\w][\w .+-]*(\/[\w][\w .+-]*)*$/.test(path) && !path.split('/').includes('..')

function noModel(repo: string, why: string, remedy: string): BlindfoldError {
  return new BlindfoldError('MODEL_UNUSABLE', `${repo} ${why}.`, { field: 'repo', remedy })
}

/**
 * Fetches files of a model at a commit, checks and registers them. What was fetched before it was stopped or the process
 * ended stays and is gone on with. Only files of the plan are fetched; it is asked for again, for the checksums.
 *
 * @throws BlindfoldError DOWNLOAD_FAILED, FILE_NOT_WRITABLE, MODEL_UNUSABLE; the signal's reason
 */
export async function download(
  userDir: string,
  request: { repo: string; revision: string; files: readonly string[] | null; card: GivenCard },
  context: { signal: AbortSignal; progress: DownloadProgress; log: (line: string) => void },
): Promise<Model> {
  const { signal, progress, log } = context
  const plan = await planDownload(request.repo, request.revision, signal)
  const wanted = request.files && new Set(request.files)
  const files = plan.files.filter(({ path }) => !wanted || wanted.has(path))
  const unknown = request.files?.find((path) => !plan.files.some((file) => file.path === path))
  if (unknown)
    throw new BlindfoldError('INVALID_INPUT', `${unknown} is not a file of ${request.repo} that Blindfold reads.`, {
      field: 'files',
      remedy: 'List the files again.',
    })
  const { endpoint, headers } = hub()
  const key = createHash('sha256').update(`${plan.repo}@${plan.revision}`).digest('hex').slice(0, 16)
  const folder = join(userDir, 'models', 'partial', key)
  await mkdir(folder, { recursive: true })
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < total) {
    throw new BlindfoldError(
      'FILE_NOT_WRITABLE',
      `The disk is full: the model requires ${Math.ceil(total / 1e6)} MB; ${Math.floor((bavail * bsize) / 1e6)} MB are free.`,
      { file: folder, remedy: 'Free some space, or set BLINDFOLD_HOME to a folder on another disk.' },
    )
  }
  let before = 0
  for (const { path, bytes, checksum } of files) {
    log(`${path}: ${bytes} bytes`)
    const url = `${endpoint}/${escaped(plan.repo)}/resolve/${plan.revision}/${escaped(path)}`
    await fetchFile(
      { url, bytes, checksum, headers },
      join(folder, path),
      (have) => progress({ phase: 'Downloading files', done: before + have, total, unit: 'B' }),
      signal,
    )
    before += bytes
  }
  progress({ phase: 'Registering model', done: total, total, unit: 'B' })
  const model = await adopt(
    userDir,
    folder,
    { type: 'hub', repo: plan.repo, revision: plan.revision },
    { ...plan.card, ...request.card },
    signal,
  )
  await rm(folder, { recursive: true, force: true })
  return model
}
