import { DUPLICATE_WORDS, QUADRANT_WORDS } from './labels.ts'

/** Headings of the glossary page, in its order. */
export const GLOSSARY_TOPICS = {
  data: 'Datasets',
  blindTest: 'Blind tests',
  scores: 'Scores',
  review: 'Review and curation',
  training: 'Training',
  evaluation: 'Evaluation',
} as const

/** A term. `short` is plain text for tooltips, one or two sentences; `seen` is Markdown: the pages, commands and files that use the term. */
export type GlossaryEntry = { topic: keyof typeof GLOSSARY_TOPICS; term: string; short: string; seen: string }

/** Every concept that the interface and the docs name: the source of tooltips and of docs/glossary.md. */
export const GLOSSARY = {
  dataset: {
    topic: 'data',
    term: 'Dataset',
    short: 'A collection of preference pairs from one or more files.',
    seen: 'Data, Export; `blindfold import`, `export`',
  },
  project: {
    topic: 'data',
    term: 'Project',
    short: 'A folder, NAME.blindfold, with one dataset and its images, labels, scores and runs.',
    seen: 'Home; `--project` of every command; [Projects](projects.md)',
  },
  source: {
    topic: 'data',
    term: 'Source',
    short: 'Where pairs come from. Results are reported for each source.',
    seen: 'Data › Sources, Overview, Evaluation; `--source`',
  },
  split: {
    topic: 'data',
    term: 'Split',
    short: 'The part of a source that a pair belongs to, such as train or test.',
    seen: 'Pairs, Data › Sources; `--split`, `blindfold set-split`',
  },
  record: {
    topic: 'data',
    term: 'Record',
    short: 'One entry of an imported file. Its row is its position, counted from 1.',
    seen: 'Data › Quarantine; every import error; [Formats](formats.md#files)',
  },
  pair: {
    topic: 'data',
    term: 'Pair',
    short: 'A prompt with its images, a chosen response and a rejected response. Also called a preference pair.',
    seen: 'Pairs; `blindfold pairs`',
  },
  prompt: {
    topic: 'data',
    term: 'Prompt',
    short: 'What the model was asked: text, images and any earlier turns.',
    seen: 'Pairs, pair page',
  },
  response: { topic: 'data', term: 'Response', short: 'One of the two texts that answer the prompt.', seen: 'Pairs, pair page' },
  chosen: {
    topic: 'data',
    term: 'Chosen and rejected',
    short: 'The response that the label calls better, and the one that it calls worse.',
    seen: 'Pairs, pair page; every export',
  },
  label: { topic: 'data', term: 'Label', short: 'Which of the two responses is chosen.', seen: 'Pair page; `blindfold import --labels`' },
  missingImage: {
    topic: 'data',
    term: 'Missing image',
    short: 'An image that a pair names and whose file is not in the project.',
    seen: 'Data › Missing images; `blindfold heal`',
  },
  group: {
    topic: 'data',
    term: 'Group',
    short:
      'Pairs linked by a shared image or, without images, by a shared prompt. A group is never divided between folds, or between training and test.',
    seen: 'Overview; [The method](method.md#the-blind-test)',
  },
  import: {
    topic: 'data',
    term: 'Import',
    short: 'Reads a file into a source. Every record is imported, skipped because it is already there, or quarantined.',
    seen: 'Data › Imports; `blindfold import`',
  },
  columnMap: {
    topic: 'data',
    term: 'Column map',
    short: 'States which columns of a file contain the prompt, the responses, the label and the images. It can be saved and used again.',
    seen: 'Import; `blindfold import --map`; [Formats](formats.md#mapped-columns)',
  },
  quarantine: {
    topic: 'data',
    term: 'Quarantine',
    short: 'Records that could not be imported, kept with the reason. You can retry them.',
    seen: 'Data › Quarantine; [Formats](formats.md#quarantine)',
  },
  duplicate: {
    topic: 'data',
    term: 'Duplicate',
    short: 'A pair that repeats another pair, exactly or nearly.',
    seen: 'Data › Duplicates, pair page; `blindfold duplicates`',
  },
  samePair: {
    topic: 'data',
    term: DUPLICATE_WORDS['same-pair'].label,
    short: DUPLICATE_WORDS['same-pair'].meaning,
    seen: 'Kind of duplicate: `same-pair`',
  },
  flippedTwin: {
    topic: 'data',
    term: DUPLICATE_WORDS['flipped-twin'].label,
    short: DUPLICATE_WORDS['flipped-twin'].meaning,
    seen: 'Kind of duplicate: `flipped-twin`',
  },
  job: { topic: 'data', term: 'Job', short: 'Work in the background, such as an import, a blind test or an export.', seen: 'Jobs, footer' },

  blindTest: {
    topic: 'blindTest',
    term: 'Blind test',
    short: 'Measures how well the text alone predicts the labels, with every pair scored held out.',
    seen: 'Overview; `blindfold scan`; [The blind test](blind-test.md)',
  },
  proxy: {
    topic: 'blindTest',
    term: 'Text-only proxy',
    short: 'A reward model that never sees an image. It measures what the text alone gives away.',
    seen: 'Overview; `blindfold scan --proxy`; [Text-only proxies](proxies.md)',
  },
  crossFitted: {
    topic: 'blindTest',
    term: 'Cross-fitted',
    short: 'Scored by a model that was fitted on the other folds only.',
    seen: 'Overview; [The method](method.md#the-blind-test)',
  },
  fold: {
    topic: 'blindTest',
    term: 'Fold',
    short: 'One of the five parts, made of whole groups, that cross-fitting holds out in turn.',
    seen: 'Pair page; [The method](method.md#the-blind-test)',
  },
  heldOut: {
    topic: 'blindTest',
    term: 'Held-out',
    short: 'Not used to fit the model that scores or tests it.',
    seen: 'Overview, Training, Evaluation',
  },
  blindAccuracy: {
    topic: 'blindTest',
    term: 'Blind accuracy',
    short: 'Held-out share of labels that the proxy predicts. 50% is chance.',
    seen: 'Overview; `blindfold report`',
  },
  baseline: {
    topic: 'blindTest',
    term: 'Baseline',
    short: 'A rule that ignores wording: the longest, shortest or most frequent response wins.',
    seen: 'Overview; `blindfold report`',
  },
  leak: {
    topic: 'blindTest',
    term: 'Leak',
    short: 'A label that the text predicts without the image.',
    seen: 'Overview; `blindfold report`',
  },
  shortcut: {
    topic: 'blindTest',
    term: 'Shortcut',
    short: 'The pattern in the text that predicts a label without the image.',
    seen: 'Overview, Training',
  },
  verdict: {
    topic: 'blindTest',
    term: 'Verdict',
    short: 'The conclusion of the blind test: no leak found, a weak leak, a strong leak, or too few groups.',
    seen: 'Overview; `blindfold report`; [The blind test](blind-test.md#the-verdict)',
  },
  feature: {
    topic: 'blindTest',
    term: 'Feature',
    short: 'A measurable property of a response, such as a phrase or its length.',
    seen: 'Overview; `blindfold reasons`',
  },
  cue: {
    topic: 'blindTest',
    term: 'Cue',
    short: 'A feature that predicts the label.',
    seen: 'Overview; `blindfold reasons`; [The blind test](blind-test.md#cues)',
  },
  coverage: {
    topic: 'blindTest',
    term: 'Coverage',
    short: 'Share of pairs whose two responses differ in this feature.',
    seen: 'Overview › Cues; `blindfold reasons`',
  },
  lift: {
    topic: 'blindTest',
    term: 'Lift',
    short: 'How often the favoured response is the chosen one, relative to chance: 1× is chance, 2× is always.',
    seen: 'Overview › Cues; `blindfold reasons`',
  },
  muting: {
    topic: 'blindTest',
    term: 'Muting',
    short:
      'Takes a feature out of every margin without refitting. Accuracy falls if the feature helped, and rises if it misled held-out pairs.',
    seen: 'Overview › Cues',
  },
  calibration: {
    topic: 'blindTest',
    term: 'Calibration',
    short: 'How well the proxy’s confidence matches its accuracy. The expected calibration error (ECE) is the mean gap.',
    seen: 'Overview',
  },
  stability: {
    topic: 'blindTest',
    term: 'Stability',
    short: 'How much the verdict and the ranking change with the seed.',
    seen: 'Overview; `blindfold stability`',
  },
  imageReference: {
    topic: 'blindTest',
    term: 'Image reference',
    short: 'The model with the image that the proxy is compared with: a held-out MM-RM or the image probe.',
    seen: 'Overview, pair page',
  },
  imageProbe: {
    topic: 'blindTest',
    term: 'Image probe',
    short: 'A small cross-fitted head on frozen image and text features. Gives pairs an audit SFC without a training run.',
    seen: 'Overview › With the image; `blindfold probe`',
  },

  margin: {
    topic: 'scores',
    term: 'Margin',
    short: 'Reward of the chosen minus the rejected response, in log-odds. Positive: the model agrees with the label.',
    seen: 'Pairs, pair page; `blindfold pairs`',
  },
  loss: {
    topic: 'scores',
    term: 'Loss',
    short: 'How badly a model predicts the label, in nats. 0.693 (ln 2) means no preference.',
    seen: 'Overview, pair page, Training',
  },
  sfc: {
    topic: 'scores',
    term: 'SFC',
    short: 'Shortcut-Failure Coefficient, 0 to 1: the text loss as a share of both losses. Low: the text predicts the label.',
    seen: 'Pairs, pair page; [The method](method.md#three-sfcs)',
  },
  priorSfc: {
    topic: 'scores',
    term: 'Prior SFC',
    short: 'SFC from the proxy alone, with the MM loss set to ln 2. It orders pairs by the text only.',
    seen: 'Pairs, pair page; `prior_sfc` in exports',
  },
  auditSfc: {
    topic: 'scores',
    term: 'Audit SFC',
    short: 'SFC from the held-out losses of the proxy and the image reference.',
    seen: 'Overview, Pairs, pair page; `audit_sfc` in exports',
  },
  trainingSfc: {
    topic: 'scores',
    term: 'Training SFC',
    short: 'SFC recomputed in every training batch to weight the loss. Not comparable with the audit SFC.',
    seen: 'Training; `sfc` in `events.jsonl`',
  },
  shortcutProne: {
    topic: 'scores',
    term: 'Shortcut-prone',
    short: 'The text alone predicts the pair’s label with confidence: the held-out proxy gives it 80% or more.',
    seen: 'Overview, Pairs; `blindfold pairs --shortcut-prone`',
  },
  influence: {
    topic: 'scores',
    term: 'Training influence',
    short: 'Size of the pair’s gradient in shortcut-aware training, relative to the mean pair (1.0).',
    seen: 'Pair page; `blindfold pairs`',
  },
  quadrant: {
    topic: 'scores',
    term: 'Quadrant',
    short: 'Whether the proxy and the image reference agree with the label.',
    seen: 'Overview, Pairs; `--quadrant`',
  },
  textSolvable: {
    topic: 'scores',
    term: QUADRANT_WORDS['text-solvable'].label,
    short: QUADRANT_WORDS['text-solvable'].meaning,
    seen: 'Quadrant: `text-solvable`',
  },
  shortcutOnly: {
    topic: 'scores',
    term: QUADRANT_WORDS['shortcut-only'].label,
    short: QUADRANT_WORDS['shortcut-only'].meaning,
    seen: 'Quadrant: `shortcut-only`',
  },
  imageNeeded: {
    topic: 'scores',
    term: QUADRANT_WORDS['image-needed'].label,
    short: QUADRANT_WORDS['image-needed'].meaning,
    seen: 'Quadrant: `image-needed`',
  },
  suspectLabel: {
    topic: 'scores',
    term: QUADRANT_WORDS['suspect-label'].label,
    short: QUADRANT_WORDS['suspect-label'].meaning,
    seen: 'Quadrant: `suspect-label`',
  },
  textRight: {
    topic: 'scores',
    term: QUADRANT_WORDS['text-right'].label,
    short: QUADRANT_WORDS['text-right'].meaning,
    seen: 'Quadrant: `text-right`',
  },
  textWrong: {
    topic: 'scores',
    term: QUADRANT_WORDS['text-wrong'].label,
    short: QUADRANT_WORDS['text-wrong'].meaning,
    seen: 'Quadrant: `text-wrong`',
  },
  labelError: {
    topic: 'scores',
    term: 'Likely label error',
    short: 'A label that is probably wrong, estimated from the held-out margins of both models.',
    seen: 'Overview, Pairs; `blindfold pairs --suspect-above`',
  },
  stale: {
    topic: 'scores',
    term: 'Stale',
    short: 'The pair’s text or images changed after it was scored. Run the blind test again.',
    seen: 'Overview, Pairs, pair page; `--stale`',
  },

  labelStatus: {
    topic: 'review',
    term: 'Label status',
    short: 'What review did to the label: unreviewed, kept, flipped, tied, edited or discarded.',
    seen: 'Pairs, pair page; `--status`',
  },
  tied: {
    topic: 'review',
    term: 'Tied',
    short: 'Neither response is better. The pair is excluded from blind tests, training and, by default, exports.',
    seen: 'Pairs, pair page',
  },
  discarded: {
    topic: 'review',
    term: 'Discarded',
    short: 'The pair stays in the project and is excluded from blind tests, training and, by default, exports.',
    seen: 'Pairs, pair page; `blindfold discard`',
  },
  annotator: { topic: 'review', term: 'Annotator', short: 'A person who judges pairs.', seen: 'Pair page; `annotators` in exports' },
  blindReview: {
    topic: 'review',
    term: 'Blind review',
    short: 'Judging a pair with the image shown, the sides shuffled, and the label and scores hidden.',
    seen: 'Pair page',
  },
  filter: {
    topic: 'review',
    term: 'Filter',
    short: 'The conditions on the list of pairs. A pair must meet all of them.',
    seen: 'Pairs; [flags that filter](projects.md#curation)',
  },
  slice: {
    topic: 'review',
    term: 'Slice',
    short: 'A filter saved under a name. It follows the data.',
    seen: 'Pairs, Overview; `blindfold slices`',
  },
  pairSet: { topic: 'review', term: 'Pair set', short: 'A fixed list of pairs, such as those with one cue.', seen: 'Pairs; `--set`' },
  tag: {
    topic: 'review',
    term: 'Tag',
    short: 'A word that you put on pairs to find them again.',
    seen: 'Pairs, pair page; `blindfold tag`, `untag`',
  },
  selection: {
    topic: 'review',
    term: 'Selection',
    short: 'The rows selected in the list now. Bulk actions apply to the selection.',
    seen: 'Pairs',
  },
  bulkAction: {
    topic: 'review',
    term: 'Bulk action',
    short: 'One change to many pairs at once, which you can undo as a whole.',
    seen: 'Pairs; `blindfold bulk`',
  },

  mmRm: {
    topic: 'training',
    term: 'MM-RM',
    short: 'Multimodal reward model: scores a response, given the prompt and its images.',
    seen: 'Training, Evaluation; [The method](method.md)',
  },
  run: {
    topic: 'training',
    term: 'Run',
    short: 'One training of one model, with one method, data snapshot and seed.',
    seen: 'Training; `blindfold train`',
  },
  shortcutAware: {
    topic: 'training',
    term: 'Shortcut-aware training',
    short: 'Trains a text branch alongside the MM-RM and weights each pair by its training SFC.',
    seen: 'Training; `--method shortcut-aware`; [The method](method.md#training)',
  },
  textBranch: {
    topic: 'training',
    term: 'Text branch',
    short: 'The text-only proxy that is trained together with the MM-RM.',
    seen: 'Training',
  },
  snapshot: { topic: 'training', term: 'Snapshot', short: 'The exact pairs, texts and labels that a run started with.', seen: 'Run page' },
  checkpoint: {
    topic: 'training',
    term: 'Checkpoint',
    short: 'Saved training state from which a run resumes.',
    seen: 'Run page; `checkpoints/` of a run',
  },
  resourceCheck: {
    topic: 'training',
    term: 'Resource check',
    short: 'Estimates before the start whether a run fits this machine, and lists what would make it fit.',
    seen: 'Training; `blindfold train --dry-run`',
  },

  matrix: {
    topic: 'evaluation',
    term: 'Cross-distribution matrix',
    short: 'Accuracy of models trained on each source, tested on every source.',
    seen: 'Evaluation; `blindfold evaluate`',
  },
  iid: {
    topic: 'evaluation',
    term: 'i.i.d.',
    short: 'Tested on held-out pairs of a source that the model was trained on.',
    seen: 'Evaluation, Compare runs',
  },
  ood: {
    topic: 'evaluation',
    term: 'o.o.d.',
    short: 'Tested on pairs of a source that the model was not trained on.',
    seen: 'Evaluation, Compare runs',
  },
  sfd: {
    topic: 'evaluation',
    term: 'SFD',
    short:
      'Shortcut-Failure Degradation: o.o.d. accuracy where the text-only proxy of the same training source is right, minus where it is wrong, in points. 0: the text makes no difference.',
    seen: 'Evaluation; `blindfold evaluate`',
  },
  marginCorrelation: {
    topic: 'evaluation',
    term: 'Margin correlation',
    short: 'Correlation between the margins of the MM-RM and of the proxy on the same test pairs.',
    seen: 'Overview, Evaluation',
  },
} as const satisfies Record<string, GlossaryEntry>
