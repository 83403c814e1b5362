import { type ComponentProps, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from 'react'
import { classes } from './class-names.ts'
import { isolated } from './text/direction.ts'
import styles from './Field.module.css'

/**
 * A labelled control with a hint or an error below it. `children` gets the attributes that tie the control to both:
 * `<Field label="Seed">{(props) => <Input {...props} … />}</Field>`.
 */
export function Field({
  label,
  hint,
  error,
  children,
  inline,
}: {
  label: string
  hint?: ReactNode
  error?: string | null
  inline?: boolean
  children: (props: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: boolean }) => ReactNode
}) {
  const id = useId()
  const noteId = `${id}-note`
  const note = error ?? hint
  return (
    <div className={classes(styles.field, inline && styles.inline)}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      {children({ id, 'aria-describedby': note ? noteId : undefined, 'aria-invalid': error ? true : undefined })}
      {note && (
        <div id={noteId} className={error ? styles.error : styles.hint} role={error ? 'alert' : undefined}>
          {typeof note === 'string' ? isolated(note) : note}
        </div>
      )}
    </div>
  )
}

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input type="text" dir="auto" autoComplete="off" spellCheck={false} {...rest} className={classes(styles.control, className)} />
}

export function TextArea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea dir="auto" spellCheck={false} {...rest} className={classes(styles.control, styles.area, className)} />
}

/** The system's own select, styled: its list is native, so keyboard and screen readers work as everywhere. */
export function Select<Value extends string>({
  value,
  onChange,
  options,
  className,
  ...rest
}: Omit<SelectHTMLAttributes<HTMLSelectElement>, 'value' | 'onChange'> & {
  value: Value
  onChange: (value: Value) => void
  options: readonly { value: Value; label: string }[]
}) {
  return (
    <select
      {...rest}
      value={value}
      onChange={(event) => onChange(event.target.value as Value)}
      className={classes(styles.control, styles.select, className)}
    >
      {options.map((option) => (
        <option key={option.value} dir="auto" value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  )
}

export function Checkbox({ label, hint, ...rest }: InputHTMLAttributes<HTMLInputElement> & { label: ReactNode; hint?: string }) {
  return (
    <label className={styles.check}>
      <input type="checkbox" {...rest} />
      <span>
        {label}
        {hint && <span className={styles.hint}>{hint}</span>}
      </span>
    </label>
  )
}

/** One choice of a few, all visible. A radio group: arrow keys choose. */
export function Segmented<Value extends string>({
  label,
  value,
  onChange,
  options,
}: {
  label: string
  value: Value
  onChange: (value: Value) => void
  options: readonly { value: Value; label: ReactNode; hint?: string }[]
}) {
  const name = useId()
  return (
    <div role="radiogroup" aria-label={label} className={styles.segmented}>
      {options.map((option) => (
        <label key={option.value} className={styles.segment} title={option.hint}>
          <input
            type="radio"
            className="visually-hidden"
            name={name}
            checked={value === option.value}
            onChange={() => onChange(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </div>
  )
}
