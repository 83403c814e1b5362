import { count, plural } from './format.ts'
import { DTYPES, PAIR_WEIGHTS, PROXY_INPUTS, TUNINGS, UNUSABLE, type Tuning, type TrainingMethod } from './vocabulary.ts'

/** What decides whether an option applies to a run. `vision`: a vision-language model, not the built-in tiny one. */
export type RunKind = { method: TrainingMethod; vision: boolean; tuning: Tuning; proxyInput: 'drop' | 'blank' }

/**
 * The options of a training run, one row each. The contract, the trainer's `config.json`, the flags of `blindfold train`, the
 * form, the facts on a run's page and its label all follow from this table.
 */
interface Row<Value, Config extends string | null> {
  /** Name in `config.json`. Null if the app acts on it before the trainer starts. */
  config: Config
  /** Flag of the command line, and its help. */
  flag: string
  help: string
  /** Field of the form, unless the form has a place of its own for it. */
  field?: { label: string; hint: string }
  /** Whether a run has this option. Otherwise its default is used. */
  applies?: (run: RunKind) => boolean
  /** How the form shows an option that does not apply: hidden by default. */
  otherwise?: 'hidden' | 'disabled'
  /** Applies, but cannot be changed now. */
  fixed?: (run: RunKind) => boolean
  /** Name and value on the page of a run; null if there is nothing to say. */
  fact?: (value: Value) => [string, string] | null
  /** What it adds to the label of a run if it is not the default. Runs with the same label are compared. */
  mark?: (value: Value) => string
}

type Bounds = {
  min: number
  max: number
  /** The trainer's own, for those who use it without the app. */ trainer?: { min?: number; max?: number }
}
/** A number. `above` makes `min` exclusive. */
const number = <const Config extends string | null, Fallback extends number | undefined>(
  row: Row<number, Config> & Bounds & { whole: boolean; above?: true; fallback: Fallback; placeholder?: string },
) => ({ kind: 'number' as const, ...row })
const choice = <const Config extends string | null, const Values extends readonly [string, ...string[]]>(
  row: Row<Values[number], Config> & { values: Values; fallback: Values[number]; labels: Record<Values[number], string> },
) => ({ kind: 'choice' as const, ...row })
const toggle = <const Config extends string | null>(row: Row<boolean, Config> & { fallback: boolean }) => ({
  kind: 'toggle' as const,
  ...row,
})

/** Whether a model is not the built-in one. Runs that are older than the choice of a model have none. */
export const isVisionModel = (model: string | undefined): boolean => (model ?? 'tiny') !== 'tiny'

const isVision = ({ vision }: RunKind): boolean => vision
const isShortcutAware = ({ method }: RunKind): boolean => method === 'shortcut-aware'
/** Whether a method trains the multimodal and the text branch together. */
export const hasBothBranches = (method: string): boolean => method !== 'standard' && method !== 'text-only'

export const TRAINING_OPTIONS = {
  /** Vision-language models: adapters on a frozen base, the same on a base in 4 bits, or all weights of language model and projector. */
  tuning: choice({
    config: 'tuning',
    flag: '--tuning <T>',
    help: 'vision-language models: which weights to train',
    values: TUNINGS,
    fallback: 'lora',
    labels: { lora: 'LoRA', qlora: 'QLoRA', full: 'Full' },
    applies: isVision,
  }),
  /** Shortcut-aware: divides the SFC by its mean over the batch. */
  sfcNormalise: toggle({
    config: 'sfc_normalise',
    flag: '--sfc-normalise',
    help: 'shortcut-aware: scale the SFC to mean 1 in every batch',
    fallback: false,
    field: {
      label: 'Normalise the SFC in every batch',
      hint: 'Divides the weights by their mean, so they do not change the step size. Shortcut-aware only.',
    },
    applies: isShortcutAware,
    otherwise: 'disabled',
    fact: (on) => ['SFC', on ? 'normalised in every batch' : 'not normalised'],
    mark: () => 'normalised',
  }),
  /** Shortcut-aware: pairs weigh max(SFC^exponent, floor). */
  sfcExponent: number({
    config: 'sfc_exponent',
    flag: '--sfc-exponent <X>',
    help: 'shortcut-aware: exponent of the SFC',
    whole: false,
    min: 0,
    max: 10,
    trainer: { max: Infinity },
    fallback: 1,
    field: { label: 'SFC exponent', hint: 'Above 1 weights shortcuts down more, 0 not at all. Default: 1' },
    applies: isShortcutAware,
    fact: (exponent) => (exponent === 1 ? null : ['SFC exponent', String(exponent)]),
    mark: (exponent) => `SFC^${exponent}`,
  }),
  sfcFloor: number({
    config: 'sfc_floor',
    flag: '--sfc-floor <X>',
    help: 'shortcut-aware: minimum weight of a pair',
    whole: false,
    min: 0,
    max: 1,
    fallback: 0,
    field: { label: 'Minimum weight', hint: 'Lower weights are raised to this value. Default: 0' },
    applies: isShortcutAware,
    fact: (floor) => (floor > 0 ? ['Minimum weight', String(floor)] : null),
    mark: (floor) => `floor ${floor}`,
  }),
  /** Epochs in which the text branch alone is trained, before those of both branches. */
  proxyWarmup: number({
    config: 'proxy_warmup',
    flag: '--proxy-warmup <N>',
    help: 'epochs that train only the text branch first',
    whole: true,
    min: 0,
    max: 100,
    fallback: 0,
    field: { label: 'Text branch warm-up (epochs)', hint: 'Trains only the text branch first, so the SFC is meaningful from the start.' },
    applies: ({ method }) => hasBothBranches(method),
    fact: (epochs) => (epochs > 0 ? ['Text branch warm-up', plural(epochs, 'epoch')] : null),
    mark: (epochs) => `proxy warm-up ${epochs}`,
  }),
  /**
   * A fixed weight of each training pair besides: the same for all, or its SFC when the run begins, over the mean. The audit SFC if a
   * training pair has one, and those that have none weigh 1; else the prior SFC.
   */
  pairWeights: choice({
    config: null,
    flag: '--pair-weights <W>',
    help: 'fixed pair weights: equal, or the SFC over its mean (audit; prior if no pair has an audit SFC)',
    values: PAIR_WEIGHTS,
    fallback: 'equal',
    labels: { equal: 'Equal', sfc: 'SFC over its mean' },
    field: {
      label: 'Pair weights',
      hint: 'Uses the audit SFC at the start of the run, or the prior SFC if no pair has an audit SFC. Pairs without it weigh 1.',
    },
    applies: ({ method }) => method !== 'text-only',
    otherwise: 'disabled',
    fact: (weights) => (weights === 'sfc' ? ['Pair weights', 'SFC over its mean'] : null),
    mark: () => 'weighted by SFC',
  }),
  /** What the text branch gets in place of images: nothing, or one blank white image. */
  proxyInput: choice({
    config: 'proxy_input',
    flag: '--proxy-input <I>',
    help: 'what the text-only model sees instead of the image',
    values: PROXY_INPUTS,
    fallback: 'drop',
    labels: { drop: 'No image', blank: 'A blank image' },
    field: { label: 'Text branch input', hint: 'Replaces the image' },
    applies: ({ method }) => method !== 'standard',
    otherwise: 'disabled',
    fact: (input) => ['Text branch input', input === 'blank' ? 'a blank image' : 'no image'],
    mark: () => 'blank image',
  }),
  epochs: number({
    config: 'epochs',
    flag: '--epochs <N>',
    help: 'passes over the training pairs',
    whole: true,
    min: 1,
    max: 100,
    trainer: { max: Infinity },
    fallback: 3,
    mark: (epochs) => plural(epochs, 'epoch'),
  }),
  /** Pairs per optimiser step. The last batch of an epoch may be smaller: no pair is left out. */
  batchSize: number({
    config: 'batch_size',
    flag: '--batch-size <N>',
    help: 'pairs per optimiser step',
    whole: true,
    min: 2,
    max: 4096,
    trainer: { min: 1, max: Infinity },
    fallback: 64,
    field: { label: 'Batch size', hint: 'Pairs per optimiser step' },
    mark: (size) => `batch ${size}`,
  }),
  /**
   * Peak learning rate of the body: linear warm-up, then cosine to zero. The reward head, which starts from nothing, gets ten times as much.
   * Left out: 5e-4 for `tiny`, 1e-4 for adapters, 1e-5 (the paper's) if all weights are tuned; see `learningRateOf`.
   */
  learningRate: number({
    config: 'lr',
    flag: '--learning-rate <X>',
    help: 'peak learning rate',
    whole: false,
    min: 0,
    above: true,
    max: 1,
    trainer: { max: Infinity },
    fallback: undefined,
    field: { label: 'Learning rate', hint: 'Step size. Lower it if the loss is unstable.' },
  }),
  /**
   * Tokens in one forward pass: a batch is cut into packs of at most so many, and gives the same gradients. Left out: the whole batch for
   * `tiny`, 16,384 for all others. A pass that does not fit the memory halves it for the rest of the run.
   */
  tokenBudget: number({
    config: 'token_budget',
    flag: '--token-budget <N>',
    help: 'tokens per forward pass; fewer need less memory',
    whole: true,
    min: 16,
    max: 10_000_000,
    trainer: { max: Infinity },
    fallback: undefined,
    placeholder: 'automatic',
    field: { label: 'Token budget', hint: 'Tokens per forward pass. Fewer need less memory, with the same result.' },
    fact: (tokens) => ['Token budget', count(tokens)],
  }),
  /** Largest image in pixels, if the family scales images by area. */
  maxPixels: number({
    config: 'max_pixels',
    flag: '--max-pixels <N>',
    help: 'maximum image size, in pixels',
    whole: true,
    min: 784,
    max: 100_000_000,
    trainer: { max: Infinity },
    fallback: undefined,
    placeholder: 'model default',
    field: { label: 'Maximum image size', hint: 'In pixels. Larger images are scaled down; fewer pixels need less memory.' },
    applies: isVision,
    fact: (pixels) => ['Maximum image size', `${count(pixels)} pixels`],
  }),
  /** Gigabytes of the project's cache in which images stay as the frozen vision tower saw them, for later epochs and runs; 0 for none. */
  visionCache: number({
    config: null,
    flag: '--vision-cache <GB>',
    help: 'vision-language models: disk space for cached image features, in GB',
    whole: false,
    min: 0,
    max: 100_000,
    fallback: 0,
    field: { label: 'Image feature cache (GB)', hint: 'Encodes each image once instead of in every epoch. 0: no cache' },
    // Full tuning moves the projector, and with it what images become.
    applies: ({ vision, tuning }) => vision && tuning !== 'full',
    fact: (gigabytes) => (gigabytes > 0 ? ['Image features', `cached on disk, up to ${gigabytes} GB`] : null),
  }),
  gradientCheckpointing: toggle({
    config: 'gradient_checkpointing',
    flag: '--gradient-checkpointing',
    help: 'recompute activations: less memory, slower',
    fallback: false,
    field: {
      label: 'Gradient checkpointing',
      hint: 'Recomputes activations instead of storing them. Needs much less memory; a step takes about a third longer.',
    },
    applies: isVision,
    fact: (on) => (on ? ['Gradient checkpointing', 'on'] : null),
  }),
  /** `auto` is bfloat16 on a GPU, else float32. Heads and losses are float32 always. */
  dtype: choice({
    config: 'dtype',
    flag: '--dtype <T>',
    help: 'vision-language models: number format (auto: bfloat16 on a GPU, else float32)',
    values: DTYPES,
    fallback: 'auto',
    labels: { auto: 'Automatic', float32: 'float32', bfloat16: 'bfloat16' },
    field: { label: 'Number format', hint: 'Automatic is bfloat16 on a GPU, else float32.' },
    applies: isVision,
    fact: (dtype) => (dtype === 'auto' ? null : ['Number format', dtype]),
  }),
  /** Whether pairs that cannot be used stop the run or are left out. Both name each. */
  unusable: choice({
    config: 'unusable',
    flag: '--unusable <U>',
    help: 'stop the run if pairs cannot be used, or exclude them',
    values: UNUSABLE,
    fallback: 'refuse',
    labels: { refuse: 'Stop the run', 'leave-out': 'Exclude them' },
    field: { label: 'Unusable pairs', hint: 'Pairs that are too long or have an unreadable image. Each is listed.' },
    fact: (unusable) => (unusable === 'leave-out' ? ['Unusable pairs', 'excluded'] : null),
  }),
  /** Vision-language models whose text branch reads no image: registers it for the blind test once it is trained. */
  exportProxy: toggle({
    config: null,
    flag: '--no-export-proxy',
    help: 'do not register the text branch of a vision-language model for the blind test',
    fallback: true,
    field: {
      label: 'Register text branch for the blind test',
      hint: 'As ONNX, about 4 bytes per parameter on disk. A branch that sees a blank image cannot be registered.',
    },
    applies: ({ vision, method }) => vision && method !== 'standard',
    fixed: ({ proxyInput }) => proxyInput === 'blank',
  }),
  seed: number({
    config: 'seed',
    flag: '--seed <N>',
    help: 'random seed',
    whole: true,
    min: 0,
    max: 2 ** 31 - 1,
    fallback: 0,
    fact: (seed) => ['Seed', String(seed)],
  }),
}

type Table = typeof TRAINING_OPTIONS
export type OptionName = keyof Table
export type OptionRow = Table[OptionName]
export const OPTION_NAMES = Object.keys(TRAINING_OPTIONS) as OptionName[]

/** The value of an option. */
export type OptionValue<Name extends OptionName> = Table[Name] extends { kind: 'toggle' }
  ? boolean
  : Table[Name] extends { values: readonly (infer Value)[] }
    ? Value
    : number
/** Options without a default, which the trainer then chooses itself. */
export type OptionalName = { [Name in OptionName]: undefined extends Table[Name]['fallback'] ? Name : never }[OptionName]
/** Options by kind. */
export type NamesOf<Kind extends OptionRow['kind']> = {
  [Name in OptionName]: Table[Name] extends { kind: Kind } ? Name : never
}[OptionName]

/** The name of an option in `config.json`. */
export type ConfigName<Name extends OptionName> = Table[Name]['config'] & string

/** A row for whatever value it takes: the table pairs them, which a loop over all rows cannot know. */
export type AnyOption = OptionRow &
  Pick<Row<unknown, string | null>, 'field' | 'applies' | 'otherwise' | 'fixed'> & {
    placeholder?: string
    fact?: (value: unknown) => [string, string] | null
    mark?: (value: unknown) => string
  }
export const optionOf = (name: OptionName): AnyOption => TRAINING_OPTIONS[name] as AnyOption

/** Whether a run has the option. */
export const applies = ({ applies }: AnyOption, run: RunKind): boolean => applies?.(run) !== false

/** Whether a number is within the bounds of its option. */
export const isWithin = (row: Extract<OptionRow, { kind: 'number' }>, n: number): boolean =>
  n <= row.max && ('above' in row ? n > row.min : n >= row.min) && (!row.whole || Number.isInteger(n))

/** The values of options by name. Older runs lack those that came later: they had the default. */
export type OptionValues = { readonly [Name in OptionName]?: OptionValue<Name> | undefined }

const eachOf = <Result>(values: OptionValues, run: RunKind, of: (row: AnyOption, value: unknown) => Result | null | undefined): Result[] =>
  OPTION_NAMES.flatMap((name) => {
    const row = optionOf(name)
    const value = values[name] ?? row.fallback
    const found = value !== undefined && applies(row, run) ? of(row, value) : null
    return found ? [found] : []
  })

/** What a run was asked for, as names and values, apart from the options that every run states. */
export const optionFacts = (values: OptionValues, run: RunKind): [string, string][] =>
  eachOf(values, run, (row, value) => row.fact?.(value))

/** What its options add to the label of a run. */
export const optionMarks = (values: OptionValues, run: RunKind): string[] =>
  eachOf(values, run, (row, value) => (value === row.fallback ? null : row.mark?.(value)))

/** The options as the trainer's `config.json` names them. */
export const configOptions = (values: OptionValues): Record<string, unknown> =>
  Object.fromEntries(
    OPTION_NAMES.flatMap((name) => {
      const { config } = TRAINING_OPTIONS[name]
      return config === null ? [] : [[config, values[name]]]
    }),
  )
