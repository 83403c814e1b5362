/** The closed sets of words that the data and the interface are made of. The contract's enums are derived from these lists. */

/**
 * The four quadrants of (text loss, MM loss), and the two halves that are known while no MM-RM has scored the pair:
 * `text-right` becomes `text-solvable` or `shortcut-only`, `text-wrong` becomes `image-needed` or `suspect-label`.
 */
export const QUADRANTS = ['text-solvable', 'shortcut-only', 'image-needed', 'suspect-label', 'text-right', 'text-wrong'] as const
export type Quadrant = (typeof QUADRANTS)[number]

/** Characters of a tag, at most. */
export const LONGEST_TAG = 60

/** What review did to the label of a pair. */
export const PAIR_STATUSES = ['unreviewed', 'kept', 'flipped', 'tied', 'edited', 'discarded'] as const
export type PairStatus = (typeof PAIR_STATUSES)[number]

/** Statuses of pairs with a usable label. Tied and discarded pairs are left out of blind tests, training and exports. */
export const USABLE_STATUSES = ['unreviewed', 'kept', 'flipped', 'edited'] as const satisfies readonly PairStatus[]

/** What an annotator does to a pair. */
export const ANNOTATION_ACTIONS = ['keep', 'flip', 'tie', 'edit', 'discard'] as const

/**
 * Ways in which pairs repeat one another. `same-pair`: prompt, responses and images are the same, in whatever source or
 * split. `flipped-twin`: the same with the label turned round. `near-pair`: the same but for case, punctuation and white
 * space. `same-question`: the same prompt and images. `near-responses`: chosen and rejected differ only in case,
 * punctuation or white space.
 */
export const DUPLICATE_KINDS = ['same-pair', 'flipped-twin', 'near-pair', 'same-question', 'near-responses'] as const
export type DuplicateKind = (typeof DUPLICATE_KINDS)[number]

/**
 * Orders of pairs. `-textMargin`: first what the text alone gives away most; the prior SFC has the same order. Pairs without the
 * number come last.
 */
export const PAIR_SORTS = ['-textMargin', 'textMargin', 'auditSfc', '-auditSfc', '-suspect', 'id', '-id'] as const
export type PairSort = (typeof PAIR_SORTS)[number]
export const DEFAULT_SORT: PairSort = '-textMargin'

export const JOB_STATES = ['queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled', 'interrupted'] as const
export type JobStatus = (typeof JOB_STATES)[number]

/** States of jobs that are not over. */
export const LIVE_STATES = ['queued', 'running', 'cancelling'] as const satisfies readonly JobStatus[]
/** Whether a job, or a run, is not over. */
export const isLive = ({ state }: { readonly state: { readonly status: JobStatus } }): boolean =>
  (LIVE_STATES as readonly JobStatus[]).includes(state.status)

/** Training methods, in the order in which tables list them. */
export const TRAINING_METHODS = ['standard', 'text-only', 'shortcut-aware', 'residual-fusion', 'upweight'] as const
export type TrainingMethod = (typeof TRAINING_METHODS)[number]

export const TUNINGS = ['lora', 'qlora', 'full'] as const
export type Tuning = (typeof TUNINGS)[number]
/** Fixed weights of the training pairs. */
export const PAIR_WEIGHTS = ['equal', 'sfc'] as const
export const DTYPES = ['auto', 'float32', 'bfloat16'] as const
/** What becomes of pairs that cannot be used in a run. */
export const UNUSABLE = ['refuse', 'leave-out'] as const
/** What the text branch gets in place of the image. */
export const PROXY_INPUTS = ['drop', 'blank'] as const

/** Levels of a verdict. */
export const VERDICT_LEVELS = ['none', 'weak', 'strong', 'too-few'] as const
export type VerdictLevel = (typeof VERDICT_LEVELS)[number]

/** Dimensions of the breakdown of a blind test. */
export const DIMENSIONS = ['source', 'split', 'slice', 'tag', 'prompt-type', 'language', 'length-difference'] as const

export const EXPORT_FORMATS = ['trl', 'trl-parquet', 'llama-factory', 'ms-swift', 'mm-rm', 'povid', 'csv', 'blindfold'] as const
/** Which texts and labels an export holds: as they stand now, or as they were imported. */
export const EXPORT_LABELS = ['current', 'original'] as const
export type ExportLabel = (typeof EXPORT_LABELS)[number]
/** How an export holds images: as files, or in the records. */
export const EXPORT_IMAGES = ['copy', 'embed'] as const
export type ExportImages = (typeof EXPORT_IMAGES)[number]
/** What becomes of CSV cells that a spreadsheet may run as a formula. */
export const CSV_FORMULAS = ['guard', 'keep'] as const
export type CsvFormulas = (typeof CSV_FORMULAS)[number]

/** Rules that look at no word, which the proxy is compared with. */
export const BASELINES = ['longest', 'shortest', 'frequent'] as const
/** What the verdict advises to do next. */
export const NEXT_ACTIONS = [
  'import',
  'stronger-proxy',
  'probe',
  'shortcut-prone',
  'reasons',
  'suspects',
  'train',
  'rescan',
  'stability',
] as const
export type NextAction = (typeof NEXT_ACTIONS)[number]
/** What a dataset is about: pairs with images, or text alone. */
export const SUBJECTS = ['images', 'text'] as const
export type Subject = (typeof SUBJECTS)[number]

/** Of `config.json`, the events and the preflight: see `src/protocols/trainer.ts`. */
export const TRAINER_PROTOCOL_VERSION = 1

/** Why a trainer gives up. Closed: a new reason needs a new code here. */
export const TRAINER_ERROR_CODES = [
  'CONFIG_MISSING',
  'CONFIG_INVALID',
  'VERSION_UNKNOWN',
  'MODEL_UNKNOWN',
  'MODEL_INVALID',
  'DATA_MISSING',
  'DATA_INVALID',
  'IMAGE_MISSING',
  'IMAGE_UNREADABLE',
  'READ_FAILED',
  'RUN_STARTED',
  'RUN_BUSY',
  'RESUME_MISMATCH',
  'CHECKPOINT_INVALID',
  'TOO_LONG',
  'DIVERGED',
  'OUT_OF_MEMORY',
  'DEVICE_LOST',
  'WRITE_FAILED',
  'INTERNAL',
] as const

/** Kinds of jobs; what each does is in `src/jobs/kinds`. */
export const JOB_KINDS = [
  'import',
  'retry',
  'heal',
  'duplicates',
  'bulk',
  'undo-bulk',
  'scan',
  'probe',
  'stability',
  'model-download',
  'model-build',
  'environment',
  'train',
  'export',
  'demo',
] as const
export type JobKind = (typeof JOB_KINDS)[number]

/** A native record format; `mapped` is any other, read by a column map. `docs/formats.md` says what each holds. */
export const READ_FORMATS = [
  'mm-rm',
  'vlfeedback',
  'rlhf-v',
  'povid',
  'llama-factory',
  'ms-swift',
  'trl',
  'judged',
  'openai-dpo',
  'llama-factory-v1',
  'transcripts',
  'ranked',
  'blindfold',
  'mapped',
] as const
export type FormatId = (typeof READ_FORMATS)[number]

/** How a file's records are parted (`json-objects`: wrapped in an object, keyed, or one object after another); any of them may be gzip'd. */
export const CONTAINERS = ['json-lines', 'json-array', 'json-objects', 'csv', 'tsv', 'parquet'] as const
export type Container = (typeof CONTAINERS)[number]

/** What a label says of the two responses of a record. */
export const VERDICTS = ['first', 'second', 'tie'] as const
export type Verdict = (typeof VERDICTS)[number]

/** Why a record was not imported. */
export const QUARANTINE_CODES = [
  'not-an-object',
  'invalid-json',
  'invalid-utf8',
  'malformed-record',
  'missing-field',
  'wrong-type',
  'empty-text',
  'same-responses',
  'unreadable-image',
  'duplicate-id',
  'no-preference',
] as const
export type QuarantineCode = (typeof QUARANTINE_CODES)[number]

/**
 * What to know of a field beside its pairs. `metadata`: no part of a pair uses it, it is kept with the pair; `unused-image`:
 * so is one that looks like images; `dropped`: a key of turns that is not kept; `not-a-number`: it held NaN or Infinity, which
 * became null; `repeated-id`: several pairs state the id, so it is none and kept as metadata; `other-label`: the pair is there
 * already with another label or text, which stayed.
 */
export const REMARK_CODES = ['unused-image', 'other-label', 'repeated-id', 'not-a-number', 'dropped', 'metadata'] as const
export type RemarkCode = (typeof REMARK_CODES)[number]

/** What a registered model is. */
export const MODEL_KINDS = ['encoder', 'reward-model', 'clip'] as const
export type ModelKind = (typeof MODEL_KINDS)[number]

/**
 * The text-only proxies. `lexical`: Bradley-Terry over n-grams, fitted on the data set alone. `encoder`: a frozen sentence
 * encoder with a Bradley-Terry head. `reward-model`: a text-only reward model as it is, its scale fitted.
 */
export const PROXY_KINDS = ['lexical', 'encoder', 'reward-model'] as const
export type ProxyKind = (typeof PROXY_KINDS)[number]

/** Where ONNX Runtime computes; what this machine has not is refused by name. */
export const EXECUTION_PROVIDERS = ['cpu', 'cuda', 'dml', 'coreml'] as const
export type ExecutionProvider = (typeof EXECUTION_PROVIDERS)[number]

/** What was measured of a feature, so that people see a few families rather than a hundred features. A name claims no reason why. */
export const REASON_FAMILIES = [
  'length',
  'certainty',
  'punctuation',
  'formatting',
  'one-sided phrase',
  'one-sided ending',
  'wording',
] as const
export type ReasonFamily = (typeof REASON_FAMILIES)[number]

/** What an event says has changed. `labels`: one pair was labelled, and its texts are as they were. `pairs`: anything about pairs. */
export const EVENT_TOPICS = ['project', 'jobs', 'pairs', 'labels', 'scan', 'runs', 'quarantine', 'curation', 'models'] as const
