import type { ButtonHTMLAttributes, ComponentType, ReactNode } from 'react'
import { READ_ONLY_NOTICE, said, useReadOnly } from '../state/read-only.ts'
import styles from './Button.module.css'
import { classes } from './class-names.ts'
import { isolated } from './text/direction.ts'
import { Kbd } from './Kbd.tsx'
import { Tooltip } from './overlays/Tooltip.tsx'

export type Icon = ComponentType<{ size?: number; 'aria-hidden'?: boolean | 'true' | 'false' }>

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** One `primary` a view: what most people do next. */
  tone?: 'primary' | 'plain' | 'quiet' | 'danger'
  size?: 'small' | 'medium'
  icon?: Icon
  /** The key that does the same, shown in the tooltip: `Mod+K`, `g o`, `?`. */
  shortcut?: string
  /** Says more than the label does. */
  hint?: string
  pressed?: boolean
  busy?: boolean
  /** It changes the project: while that is open read-only it is off, and its tooltip says why. */
  changes?: boolean
  children?: ReactNode
}

export function Button({
  tone = 'plain',
  size = 'medium',
  icon: Icon,
  shortcut,
  hint,
  pressed,
  busy,
  changes,
  children,
  className,
  disabled,
  ...rest
}: ButtonProps) {
  const readOnly = useReadOnly()
  const refused = changes ? readOnly : null
  const button = (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy || refused !== null}
      aria-describedby={refused ? READ_ONLY_NOTICE : rest['aria-describedby']}
      aria-pressed={pressed}
      aria-busy={busy || undefined}
      className={classes(styles.button, styles[tone], styles[size], className)}
    >
      {Icon && <Icon size={size === 'small' ? 14 : 15} aria-hidden />}
      {children !== undefined && <span className={styles.label}>{children}</span>}
    </button>
  )
  if (refused) return <Tooltip content={said(refused)}>{button}</Tooltip>
  if (!shortcut && !hint) return button
  return (
    <Tooltip
      content={
        <>
          {hint === undefined ? children : isolated(hint)}
          {shortcut && <Kbd keys={shortcut} />}
        </>
      }
    >
      {button}
    </Tooltip>
  )
}

/** A button that is only an icon: `label` is its name for screen readers and its tooltip. */
export function IconButton({ label, icon, hint, className, tone = 'quiet', ...rest }: ButtonProps & { label: string; icon: Icon }) {
  return <Button {...rest} tone={tone} icon={icon} aria-label={label} hint={hint ?? label} className={classes(styles.square, className)} />
}
