import type { Estimate } from '../../../contract/base.ts'
import type { Report, SliceDimension } from '../../../contract/overview.ts'
import type { Quadrant } from '../../../contract/pairs.ts'
import type { ProbeReport } from '../../../contract/probe.ts'
import { count, fixed, inPercent, interval, percent, pValue as pText, rate, signed } from '../../../core/format.ts'
import { SHORTCUT_PRONE } from '../../../core/shortcut-prone.ts'
import { curve, density, forest, histogram, reliability, type Interval } from './figures.ts'
import { predictorName } from '../../../core/report/predictors.ts'
import { referencesText } from '../../../core/report/reference.ts'
import { CURVE_MIXED, ERRORS_MISSED } from '../../../core/report/reported.ts'
import { beginning } from '../../../core/segments.ts'
import { phraseText } from '../../../core/scripts.ts'
import { html, Markup, user } from './html.ts'
import { STYLE } from './style.ts'

const DIMENSIONS: Record<SliceDimension, string> = {
  source: 'Source',
  split: 'Split',
  slice: 'Slice',
  tag: 'Tag',
  'prompt-type': 'Prompt type',
  language: 'Language',
  'length-difference': 'Length of the chosen response',
}
const FEATURES = 30
const QUADRANTS: Record<Quadrant, string> = {
  'text-solvable': 'Text-solvable: the text alone is enough',
  'shortcut-only': 'Shortcut only: the text contradicts the image, or the reference is weak',
  'image-needed': 'Image needed: the most valuable pairs',
  'suspect-label': 'Suspect label: neither agrees with the label',
  'text-right': 'Text right; not yet scored with the image',
  'text-wrong': 'Text wrong; not yet scored with the image',
}

/** What tells a report from other pages, among its first hundred bytes. */
const GENERATOR = '<meta name="generator" content="Blindfold report">'

/** Whether a file that begins so is a report of ours. */
export const isReport = (beginning: string): boolean => beginning.slice(0, 200).includes(GENERATOR)

/** A p-value in a column of p-values. */
const p = (value: number): string => (value < 0.001 ? '< 0.001' : value.toFixed(3))

/** A pair to show, with its present texts. Images are counted, not shown: the proxy saw none either. */
export type ExamplePair = {
  pairId: number
  source: string
  prompt: string
  chosen: string
  rejected: string
  images: number
  missing: number
  textMargin: number
}

/**
 * The report as one page that needs nothing else: figures are inline, nothing is downloaded and nothing runs. Every text of the
 * dataset is escaped. `made` is when the page is written.
 */
export function reportHtml(report: Report, probe: ProbeReport | null, examples: readonly ExamplePair[], made: Date): string {
  const { verdict, provenance } = report
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">${new Markup(GENERATOR)}<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Blind test of ${report.project}</title><style>${new Markup(STYLE)}</style></head><body>
<header><h1>Blind test of ${user(report.project)}</h1><p class="note">${count(report.pairs)} preference pairs, ${count(report.images)} images; ${count(report.scored)} pairs scored${report.stale ? `, ${count(report.stale)} stale and excluded` : ''}. ${report.textOnly ? `This report covers the ${count(report.judged)} pairs that name an image, in ${count(report.groups)} groups; text-only pairs have their own section.` : `${count(report.groups)} groups.`}</p>${incomplete(report)}</header>
<div class="verdict ${verdict.level}"><p>${verdict.sentence}</p><ol>${verdict.steps.map(({ text }) => html`<li>${text}</li>`)}</ol></div>
${accuracySection(report)}${textOnlySection(report)}${slicesSection(report)}${shapeSection(report)}${referenceSection(report, probe)}${reasonsSection(report)}${examplesSection(examples)}${agreementSection(report)}
<section><h2>Method</h2>${METHOD}</section>
<section><h2>Provenance</h2><dl>
<dt>Proxy</dt><dd>${provenance.proxy}${provenance.model ? ` with ${provenance.model.name} (SHA-256 ${provenance.model.hash})` : ''}</dd>
${provenance.units ? html`<dt>Units</dt><dd>${provenance.units}</dd>` : null}
<dt>Folds and seed</dt><dd>${provenance.folds} folds over groups, seed ${provenance.seed}</dd>
<dt>In-sample accuracy</dt><dd>${percent(provenance.inSampleAccuracy)} (not used)</dd>
<dt>MM-RM margins</dt><dd>${provenance.references.length ? referencesText(provenance.references) : 'none, so there is no audit SFC'}</dd>
<dt>Quarantined records</dt><dd>${count(report.quarantined)}</dd>
<dt>Missing images</dt><dd>${count(report.missing.images)}, named by ${count(report.missing.pairs)} pairs</dd>
<dt>Scored</dt><dd>${provenance.scoredAt}</dd><dt>Page written</dt><dd>${made.toISOString()} by Blindfold</dd></dl></section>
</body></html>
`
  return page.text
}

/** What the project could not read, where there is something. */
function incomplete({ quarantined, missing }: Report): Markup | null {
  const parts = [
    quarantined > 0
      ? `${count(quarantined)} ${quarantined === 1 ? 'record is' : 'records are'} quarantined and not part of this report`
      : '',
    missing.images > 0
      ? `${count(missing.images)} ${missing.images === 1 ? 'image' : 'images'} that ${count(missing.pairs)} ${missing.pairs === 1 ? 'pair names' : 'pairs name'} ${missing.images === 1 ? 'is' : 'are'} missing; the blind test does not need them`
      : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? null : html`<p class="note">${parts.join('. ')}.</p>`
}

const rules = (baselines: Report['baselines']): Interval[] => [
  { label: '“longest wins”', detail: percent(baselines.longest.value), estimate: baselines.longest },
  { label: '“shortest wins”', detail: percent(baselines.shortest.value), estimate: baselines.shortest },
  { label: '“most frequent wins”', detail: percent(baselines.frequent.value), estimate: baselines.frequent },
]

function textOnlySection({ textOnly }: Report): Markup {
  if (!textOnly) return html``
  const rows: Interval[] = [
    { label: 'Proxy', detail: percent(textOnly.blindAccuracy.value), estimate: textOnly.blindAccuracy, strong: true },
    ...rules(textOnly.baselines),
  ]
  return html`<section><h2>Text-only pairs</h2><p>${textOnly.sentence}</p>
<figure>${forest(rows, 'Proxy and baselines on text-only pairs')}<figcaption>What the wording alone gives away: ${count(textOnly.pairs)} pairs in ${count(textOnly.groups)} groups name no image. All other sections exclude them.</figcaption></figure></section>`
}

const EXAMPLE_LENGTH = 600
const excerpt = (text: string): string => (text.length > EXAMPLE_LENGTH ? `${beginning(text, EXAMPLE_LENGTH)}…` : text)

function examplesSection(examples: readonly ExamplePair[]): Markup {
  if (examples.length === 0) return html``
  const side = (label: string, text: string) => html`<dt>${label}</dt><dd class="text" dir="auto">${excerpt(text)}</dd>`
  return html`<section><h2>Example pairs</h2><p class="note">Pairs whose label the text alone predicts with the highest confidence. Images are hidden.</p>${examples.map(
    (pair) =>
      html`<div class="example"><h3>Pair ${pair.pairId}, <span dir="auto">${pair.source}</span></h3><p class="note">${imagesText(pair)}; text margin ${signed(pair.textMargin)}</p><dl>${side('Prompt', pair.prompt)}${side('Chosen', pair.chosen)}${side('Rejected', pair.rejected)}</dl></div>`,
  )}</section>`
}

const imagesText = ({ images, missing }: ExamplePair): string =>
  images + missing === 0
    ? 'no image'
    : `${images + missing} ${images + missing === 1 ? 'image' : 'images'}${missing > 0 ? ` (${missing} missing)` : ''}`

function accuracySection({
  subject,
  predictions,
  blindAccuracy,
  baselines,
  advantages,
  lengthBalanced,
  pValue,
  stability,
}: Report): Markup {
  const rows: Interval[] = [
    { label: 'Proxy (blind accuracy)', detail: percent(blindAccuracy.value), estimate: blindAccuracy, strong: true },
    ...rules(baselines),
    ...(lengthBalanced
      ? [{ label: 'Proxy, lengths balanced', detail: percent(lengthBalanced.accuracy.value), estimate: lengthBalanced.accuracy }]
      : []),
  ]
  const [highest] = predictions
  return html`<section><h2>Blind accuracy</h2>
<figure>${forest(rows, 'Blind accuracy and baselines')}<figcaption>Blind accuracy ${rate(blindAccuracy)}: the held-out share of labels that the proxy predicts ${subject === 'images' ? 'without the image' : 'from the wording alone'}. Lines are 95% confidence intervals, the dashed line is chance. Against 50%: ${pText(pValue)} by permutation of groups.</figcaption></figure>
${highest ? html`<p>Highest: ${predictorName(highest.by)}, ${rate(highest.accuracy)}; ${pText(highest.adjusted)} against 50%, Holm-adjusted over the proxy and the baselines.</p>` : null}
<table><thead><tr><th>Proxy vs baseline</th><th class="n">Points above</th><th class="n">95% CI</th><th class="n">p</th></tr></thead><tbody>${advantages.map(({ over, difference, pValue: value }) => html`<tr><td>“${over === 'frequent' ? 'most frequent' : over} wins”</td><td class="n">${signed(100 * difference.value, 1)}</td><td class="n">${interval({ low: 100 * difference.low, high: 100 * difference.high })}</td><td class="n">${p(value)}</td></tr>`)}</tbody></table>
${stability ? html`<p>${stability.sentence} On average, two seeds share ${percent(stability.topTenth.mean)} of the tenth of pairs with the largest text margins.</p>` : null}</section>`
}

function slicesSection({ slices, languagesOf }: Report): Markup {
  if (slices.length === 0) return html``
  const dimensions = [...new Set(slices.map(({ dimension }) => dimension))]
  return html`<section><h2>Blind accuracy by subset</h2>
<figure>${forest(
    slices.map(({ dimension, value, blindAccuracy, pairs }) => ({
      label: ['source', 'length-difference'].includes(dimension) ? value : `${DIMENSIONS[dimension]}: ${value}`,
      detail: `${percent(blindAccuracy.value)} of ${count(pairs)}`,
      estimate: blindAccuracy,
    })),
    'Blind accuracy by subset',
  )}</figure>
<div class="wide"><table><thead><tr><th>By</th><th>Subset</th><th class="n">Pairs</th><th class="n">Groups</th><th class="n">Blind accuracy %</th><th class="n">95% CI</th><th class="n">p, adjusted</th></tr></thead><tbody>${dimensions.map((dimension) => slices.filter((row) => row.dimension === dimension).map((row) => html`<tr><td>${DIMENSIONS[dimension]}</td><td>${user(row.value)}</td><td class="n">${count(row.pairs)}</td><td class="n">${count(row.groups)}</td><td class="n">${inPercent(row.blindAccuracy.value)}</td><td class="n">${inPercent(row.blindAccuracy.low)}–${inPercent(row.blindAccuracy.high)}</td><td class="n">${p(row.adjusted)}</td></tr>`))}</tbody></table></div>
<p class="note">p-values are Holm-adjusted over all rows. Subsets with fewer than 10 groups are not shown. Languages are detected for ${count(languagesOf)} pairs.</p></section>`
}

function shapeSection({ learningCurve, calibration, textOnly }: Report): Markup {
  const { points, leaksFrom } = learningCurve
  return html`<section><h2>Learning curve and calibration</h2>
<figure>${curve(points, 'Blind accuracy by number of training pairs')}<figcaption>${leaksFrom === null ? 'The 95% CI is not above chance at any size.' : `The 95% CI is above chance from ${count(leaksFrom)} training pairs.`}${textOnly ? ` ${CURVE_MIXED}` : ''}</figcaption></figure>
<figure>${reliability(calibration.bins, 'Calibration of the proxy')}<figcaption>Accuracy at each level of confidence. Expected calibration error ${rate(calibration.ece)}.</figcaption></figure></section>`
}

function referenceSection(
  { textHistogram, shortcutProne, auditSfcHistogram, quadrants, scatter, marginCorrelation, suspects }: Report,
  probe: ProbeReport | null,
): Markup {
  return html`<section><h2>What the text alone gives away</h2>
<figure>${histogram(textHistogram, ['the other response', 'this label'], 'Pairs by the probability that the text alone gives to the label')}<figcaption>${count(shortcutProne)} pairs are shortcut-prone: the text alone gives their label a probability of ${percent(SHORTCUT_PRONE)} or more.</figcaption></figure>
${auditSfcHistogram ? html`<h2>Audit SFC</h2><figure>${histogram(auditSfcHistogram, ['text does better', 'image does better'], 'Pairs by audit SFC')}<figcaption>Shortcut-Failure Coefficient from held-out losses of both models. If both losses are small, the SFC means little.</figcaption></figure>` : null}
<table><thead><tr><th>Quadrant</th><th class="n">Pairs</th></tr></thead><tbody>${Object.entries(quadrants)
    .filter(([, n]) => n > 0)
    .map(([name, n]) => html`<tr><td>${QUADRANTS[name as Quadrant]}</td><td class="n">${count(n)}</td></tr>`)}</tbody></table>
${scatter ? html`<figure>${density(scatter, 'Pairs by text loss and MM loss')}</figure>` : null}
${marginCorrelation ? html`<p>Margins of MM-RM and proxy over ${count(marginCorrelation.pairs)} pairs: Pearson ${correlation(marginCorrelation.pearson)}, Spearman ${correlation(marginCorrelation.spearman)}.</p>` : null}
${probe ? html`<p>${probe.sentence} With a grey image (control): ${rate(probe.blank)}.</p>` : null}
${suspects ? html`<h2>Likely label errors</h2><p>Estimate: ${count(Math.round(suspects.wrong.value))} labels (95% CI ${count(Math.round(suspects.wrong.low))}–${count(Math.round(suspects.wrong.high))}), ${percent(suspects.share.value)} of those that both models scored. ${ERRORS_MISSED} Labels more likely wrong than right: ${count(suspects.listed)}; neither model agrees with ${count(suspects.neither)} of them.</p>` : null}</section>`
}

const correlation = (estimate: Estimate): string => `${fixed(estimate.value)} (95% CI ${interval(estimate, 2)})`

function reasonsSection({ topFeatures }: Report): Markup {
  if (topFeatures.length === 0) return html``
  return html`<section><h2>Cues</h2><div class="wide"><table><thead><tr><th>Feature</th><th>Favours</th><th class="n">Weight</th><th class="n">Pairs</th><th class="n">Coverage</th><th class="n">Lift</th></tr></thead><tbody>${topFeatures.slice(0, FEATURES).map((f) => html`<tr><td dir="auto">${phraseText(f.feature)}</td><td>${f.side}</td><td class="n">${signed(f.weight)}</td><td class="n">${count(f.support)}</td><td class="n">${percent(f.coverage)}</td><td class="n">${f.lift.toFixed(2)}×</td></tr>`)}</tbody></table></div>
<p class="note">Weights are those of the model fitted on all pairs. Coverage: share of pairs whose two responses differ in the feature. Lift: how often the favoured response is the chosen one, relative to chance: 1× is chance, 2× is always.</p></section>`
}

function agreementSection({ agreements }: Report): Markup {
  if (agreements.length === 0) return html``
  return html`<section><h2>Other proxies</h2><table><thead><tr><th>Proxy</th><th class="n">Blind accuracy</th><th class="n">Agree</th><th class="n">By chance</th><th class="n">Rank correlation</th></tr></thead><tbody>${agreements.map((a) => html`<tr><td>${a.proxy}${a.model ? `, ${a.model.name}` : ''}</td><td class="n">${rate(a.blindAccuracy)}</td><td class="n">${percent(a.agree.value)}</td><td class="n">${percent(a.expected)}</td><td class="n">${a.spearman ? fixed(a.spearman.value) : '–'}</td></tr>`)}</tbody></table></section>`
}

const METHOD = html`<p>A text-only model, the proxy, learns to predict the chosen response without seeing any image. Pairs that name the same image, even a missing one, form a group; so do pairs without an image that share a prompt. Whole groups fall into folds, and each fold is scored by a model that saw none of it (cross-fitting). The dataset leaks if the proxy or a baseline beats 50% (Holm-adjusted over all four). Intervals are 95% bootstrap intervals over groups, widened because the folds share training data (Nadeau and Bengio, 2003); p-values come from flipping the labels of whole groups.</p>
<p>The Shortcut-Failure Coefficient of a pair is L<sub>t</sub> / (L + L<sub>t</sub>), with L<sub>t</sub> the held-out loss of the proxy and L that of a multimodal reward model (Li et al., ICML 2025). This is the audit SFC. If only the proxy has scored a pair, L is set to ln 2 and the SFC is a prior. The two are never combined.</p>`
