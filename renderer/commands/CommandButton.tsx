import { Button, IconButton, type ButtonProps } from '../ui/Button.tsx'
import { perform } from './perform.ts'
import { available, type Command } from './registry.ts'

/** A command as a button: its label, icon and key come from the command. With `iconOnly` the label is the tooltip. */
export function CommandButton({ command, iconOnly, ...rest }: Omit<ButtonProps, 'onClick'> & { command: Command; iconOnly?: boolean }) {
  const shared = {
    ...rest,
    shortcut: command.keys?.[0],
    changes: command.changes,
    disabled: rest.disabled || !available(command),
    onClick: () => perform(command),
    'data-command': command.id,
  }
  if (iconOnly && command.icon) return <IconButton {...shared} icon={command.icon} label={command.label} />
  return (
    <Button {...shared} icon={rest.icon ?? command.icon}>
      {rest.children ?? command.label}
    </Button>
  )
}
