import { useId } from 'react'
import type { FormatId, ImportPreview } from '../../../src/contract/imports.ts'
import { ENCODINGS } from '../../../src/core/encodings.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Field, Select } from '../../ui/Field.tsx'
import { bytes, percent } from '../../../src/core/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { ShareBar } from '../../ui/charts/ShareBar.tsx'
import { splitColor } from './columns/colors.ts'
import styles from './FilesPanel.module.css'
import { draftFrom } from './columns/mapping.ts'
import { changeShown, type Choice } from './wizard.ts'
import { candidatesOf, confidenceWords, containersOf, fileName, FORMATS, isUnsure, splitsOf } from './import-words.ts'
import { words } from '../../words/words.ts'

const t = words.import

/** What the file is, and how it is to be read. */
export function FilesPanel({
  choice,
  detected,
  preview,
}: {
  choice: Choice
  detected: ImportPreview | undefined
  preview: ImportPreview | undefined
}) {
  const automatic = !detected
    ? t('file.automatic')
    : detected.format
      ? t('file.automaticFormat', { format: FORMATS[detected.format].label })
      : t('file.automaticNone')
  const change = (format: FormatId | 'auto') =>
    changeShown({
      format,
      labels: null,
      ...(format === 'mapped' && !choice.draft && detected ? { draft: draftFrom(detected.suggestedMap) } : {}),
    })
  return (
    <Panel title={t('file.format')}>
      <Field label={t('file.format')} hint={preview?.format ? FORMATS[preview.format].shape : undefined}>
        {(props) => (
          <Select<FormatId | 'auto'>
            {...props}
            value={choice.format}
            onChange={change}
            options={[
              { value: 'auto', label: automatic },
              ...(Object.keys(FORMATS) as FormatId[]).map((id) => ({ value: id, label: FORMATS[id].label })),
            ]}
          />
        )}
      </Field>
      {(!preview || preview.files.some(({ container }) => container !== 'parquet')) && (
        <Field label={t('file.encoding')}>
          {(props) => (
            <Select<string>
              {...props}
              value={choice.encoding ?? ''}
              onChange={(encoding) => changeShown({ encoding: encoding === '' ? undefined : encoding })}
              options={[{ value: '', label: t('file.encodingAutomatic') }, ...ENCODINGS.map(([value, label]) => ({ value, label }))]}
            />
          )}
        </Field>
      )}
      {detected && isUnsure(detected) ? (
        <Candidates chosen={choice.format} detected={detected} onChoose={change} />
      ) : (
        choice.format === 'auto' && detected && <Confidence preview={detected} />
      )}
      {preview && (
        <div className={styles.files}>
          <p dir="auto" className={styles.place} title={preview.file}>
            {preview.file}
          </p>
          <p>
            {[
              containersOf(preview.files),
              preview.files.length > 1 && t('file.count', { count: preview.files.length }),
              bytes(preview.bytes),
            ]
              .filter(Boolean)
              .join(' · ')}
          </p>
          {preview.files.length > 1 && <Shards preview={preview} />}
        </div>
      )}
    </Panel>
  )
}

function Confidence({ preview }: { preview: ImportPreview }) {
  if (preview.format === null) {
    return (
      <p className={styles.confidence} role="status">
        <Badge tone="warning">{t('file.notRecognised')}</Badge> {t('file.notRecognisedDetail')}
      </p>
    )
  }
  const { word, tone } = confidenceWords(preview.confidence)
  return (
    <div className={styles.confidence}>
      <Badge tone={tone}>{word}</Badge>
      <Meter confidence={preview.confidence} label={t('file.confidence')} />
    </div>
  )
}

function Meter({ confidence, label }: { confidence: number; label: string }) {
  return (
    <>
      <span
        className={styles.meter}
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(confidence * 100)}
      >
        <span style={{ width: percent(confidence, 0) }} data-tone={confidenceWords(confidence).tone} />
      </span>
      <span className={styles.share}>{percent(confidence, 0)}</span>
    </>
  )
}

/** Several formats fit: each with how well, to be chosen from. The preview beside shows what it would make of the file. */
function Candidates({
  chosen,
  detected,
  onChoose,
}: {
  chosen: FormatId | 'auto'
  detected: ImportPreview
  onChoose: (format: FormatId) => void
}) {
  const name = useId()
  const read = chosen === 'auto' ? detected.format : chosen
  return (
    <fieldset className={styles.candidates}>
      <legend>{t('file.candidates')}</legend>
      {candidatesOf(detected).map(({ format, confidence }) => (
        <label key={format} className={styles.candidate} data-chosen={format === read || undefined} title={FORMATS[format].shape}>
          <input type="radio" name={name} checked={format === read} onChange={() => onChoose(format)} />
          <span className={styles.candidateName}>{FORMATS[format].label}</span>
          <Meter confidence={confidence} label={t('file.confidenceIn', { format: FORMATS[format].label })} />
        </label>
      ))}
    </fieldset>
  )
}

/** The files of a folder: their splits as a bar by size, and each file on demand. */
function Shards({ preview }: { preview: ImportPreview }) {
  const splits = splitsOf(preview.files)
  return (
    <>
      <div>
        <ShareBar
          label={t('file.splitSizes')}
          compact
          format={bytes}
          parts={splits.map(({ split, bytes: size }, i) => ({ label: split || t('noSplit'), value: size, color: splitColor(i) }))}
        />
        <ul className={styles.splits}>
          {splits.map(({ split, files, bytes: size }, i) => (
            <li key={split}>
              <span className={styles.swatch} style={{ background: splitColor(i) }} aria-hidden />
              <bdi>{split || t('noSplit')}</bdi>
              <span className={styles.detail}>{t('file.splitFiles', { count: files, size: bytes(size) })}</span>
            </li>
          ))}
        </ul>
      </div>
      <details className={styles.shards}>
        <summary>{t('file.all', { count: preview.files.length })}</summary>
        <ul tabIndex={0} aria-label={t('file.files')}>
          {preview.files.map((file) => (
            <li key={file.file} title={file.file}>
              <bdi>{fileName(file.file)}</bdi>
              <span className={styles.detail}>
                <bdi>{file.split || '–'}</bdi> · {bytes(file.bytes)}
              </span>
            </li>
          ))}
        </ul>
      </details>
    </>
  )
}
