export const evaluation = {
  title: 'Evaluation',
  runs: '{count, plural, one {# run} other {# runs}}',
  moreRuns: '{count, plural, one {# run} other {# runs}} · {training, number} more in training',
  newRun: 'New run',
  newRunHint: 'Training',
  loading: 'Loading matrix',

  empty: {
    title: 'No runs yet',
    training: 'The first run is in training',
    detail:
      'Train on one source, test on all. A model that relies on text shortcuts does well i.i.d. and drops o.o.d. The matrix appears here after the first run.',
    train: 'Train model',
    watch: 'Watch run',
  },

  measure: {
    title: 'Measure',
    accuracy: 'Accuracy',
    accuracyHint: 'Share of test pairs ranked as labelled, in percent, with 95% CI',
    correlationHint: 'Pearson (and Spearman ρ) between the margins of the MM-RM and of the text-only proxy',
  },

  summary: {
    title: 'Summary',
    detail: 'Averages over the newest run of each training source and seed, with 95% CIs',
    method: 'Method',
    sfdAxis: '± {points, number} points',
    runs: 'Runs',
    interval: '{low} to {high}',
    sfdOf: 'SFD of {method}, as a share',
  },

  matrix: {
    detail: 'Framed cells are i.i.d.: the model was trained on that source',
    side: '{method}, seed {seed}',
    left: 'Left side',
    right: 'Right side',
    trainedOn: 'Trained on',
    testedOn: 'tested on',
    difference: 'Difference',
    differenceTitle: 'Right minus left',
    differencePoints: 'Right minus left, in points',
    curves: 'Curves of both, trained on <sources></sources>',
  },

  cell: {
    iid: '{count, plural, one {# test pair} other {# test pairs}}, i.i.d.: trained on this source',
    ood: '{count, plural, one {# test pair} other {# test pairs}}, o.o.d.: not trained on this source',
    accuracy: 'Accuracy {rate}',
    sfd: 'SFD {points} points (95% CI {interval})',
    correlation: 'Margin correlation with the proxy: Pearson {pearson}, Spearman {spearman}',
    rho: 'ρ {value}',
  },

  comparison: {
    sentence: '{after} against {before}: {changes}.',
    iid: 'i.i.d. {iid} points',
    ood: 'o.o.d. {ood} points',
    both: 'o.o.d. {ood} points, i.i.d. {iid} points',
    sfd: 'SFD from {before} to {after} points',
  },
} as const
