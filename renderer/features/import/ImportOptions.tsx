import type { FormatId, ImportPreview } from '../../../src/contract/imports.ts'
import { pickFolder } from '../../files/pick.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Field, Input, Select } from '../../ui/Field.tsx'
import { bytes, percent } from '../../ui/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { FORMATS } from './formats.ts'
import type { Choice } from './ImportPage.tsx'
import styles from './ImportPage.module.css'

/** What the file is and how it is to be read. Every change renews the preview. */
export function ImportOptions({ choice, preview, source, onChange }: {
  choice: Choice
  preview: ImportPreview | undefined
  source: string
  onChange: (choice: Choice) => void
}) {
  const detected =
    preview && choice.format === 'auto'
      ? `Automatic: ${FORMATS[preview.format].label}`
      : 'Automatic'
  const chooseImages = async () => {
    const imagesDir = await pickFolder('Folder with the images')
    if (imagesDir !== null) onChange({ ...choice, imagesDir })
  }
  return (
    <Panel>
      <div className={styles.options}>
        <Field
          label="Format"
          hint={
            preview && (
              <span className={styles.detection}>
                {choice.format === 'auto' && <Confidence value={preview.confidence} />}
                {bytes(preview.bytes)}
              </span>
            )
          }
        >
          {(props) => (
            <Select<FormatId | 'auto'>
              {...props}
              value={choice.format}
              onChange={(format) => onChange({ ...choice, format })}
              options={[{ value: 'auto', label: detected }, ...(Object.keys(FORMATS) as FormatId[]).map((id) => ({ value: id, label: FORMATS[id].label }))]}
            />
          )}
        </Field>
        <Field label="Source" error={preview && source.trim() === '' ? 'A source needs a name' : null} hint="The environment these pairs come from">
          {(props) => <Input {...props} value={source} maxLength={200} onChange={(event) => onChange({ ...choice, source: event.target.value })} />}
        </Field>
        <Field label="Split" hint="Optional, such as train or test">
          {(props) => (
            <>
              <Input {...props} list="import-splits" value={choice.split} maxLength={100} onChange={(event) => onChange({ ...choice, split: event.target.value })} />
              <datalist id="import-splits">
                <option value="train" />
                <option value="test" />
                <option value="validation" />
              </datalist>
            </>
          )}
        </Field>
        <Field label="Images folder" hint="Where relative image paths start">
          {(props) => (
            <div className={styles.folder}>
              <Input {...props} readOnly value={choice.imagesDir ?? preview?.imagesDir ?? ''} title={choice.imagesDir ?? preview?.imagesDir} />
              <Button onClick={() => void chooseImages()}>Choose…</Button>
            </div>
          )}
        </Field>
      </div>
    </Panel>
  )
}

function Confidence({ value }: { value: number }) {
  const sure = value >= 0.9
  return <Badge tone={sure ? 'success' : 'warning'}>{sure ? 'Sure' : 'Check this'}: {percent(value, 0)}</Badge>
}
