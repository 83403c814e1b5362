import type { Sides } from '../sides.ts'
import { Button } from '../../../ui/Button.tsx'
import { Field, TextArea } from '../../../ui/Field.tsx'
import { Kbd } from '../../../ui/Kbd.tsx'
import { type Draft, setDraft } from './drafts.ts'
import { isComposing } from '../../../commands/keys.ts'
import styles from './EditForm.module.css'
import { WhatIf } from '../scores/WhatIf.tsx'
import { words } from '../../../words/words.ts'

const t = words.review

/** The texts of a pair as they will be. Responses stay on their sides, so that editing shows no hidden label. */
export function EditForm({
  pairId,
  draft,
  sides,
  revealed,
  onSave,
}: {
  pairId: number
  draft: Draft
  sides: Sides
  revealed: boolean
  onSave: () => void
}) {
  const same = draft.chosen === draft.rejected
  const empty = (['chosen', 'rejected'] as const).some((role) => draft[role].trim() === '')
  const error = same ? t('form.same') : empty ? t('form.empty') : null
  const cancel = () => setDraft(pairId, null)
  const area = (name: keyof Draft, label: string, rows: number, focus = false) => (
    <Field label={label} error={name === sides.right ? error : null}>
      {(props) => (
        <TextArea
          {...props}
          rows={rows}
          value={draft[name]}
          ref={focus ? focusOnce : undefined}
          onChange={(event) => setDraft(pairId, { ...draft, [name]: event.target.value })}
        />
      )}
    </Field>
  )
  const name = (side: keyof Sides) => (revealed ? t(`form.${side}.${sides[side]}`) : t(`${side}Response`))
  return (
    <form
      className={styles.form}
      aria-label={t('form.label')}
      onSubmit={(event) => {
        event.preventDefault()
        if (!error) onSave()
      }}
      onKeyDown={(event) => {
        if (isComposing(event.nativeEvent)) return
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault()
          if (!error) onSave()
        }
        if (event.key === 'Escape') {
          event.preventDefault()
          cancel()
        }
      }}
    >
      {area('prompt', t('prompt'), 3)}
      <div className={styles.sides}>
        {area(sides.left, name('left'), 10, true)}
        {area(sides.right, name('right'), 10)}
      </div>
      {/* A margin would tell which response is the chosen one. */}
      {revealed && <WhatIf pairId={pairId} draft={draft} sides={sides} />}
      <div className={styles.buttons}>
        <Button type="submit" tone="primary" changes disabled={error !== null}>
          {t('form.save')}
        </Button>
        <Kbd keys="Mod+Enter" />
        <Button onClick={cancel}>{t('form.cancel')}</Button>
        <Kbd keys="Escape" />
        <span className={styles.note}>{t('form.note')}</span>
      </div>
    </form>
  )
}

/** A stable callback: it runs once, when the field appears. */
const focusOnce = (element: HTMLTextAreaElement | null): void => element?.focus()
