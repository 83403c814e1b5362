import { expect, test, vi } from 'vitest'
import { MENU_COMMANDS } from '../../src/protocols/shell.ts'

// A browser without the shell, as far as modules look when they are loaded.
vi.stubGlobal('window', {})
const { appCommands } = await import('./app-commands.ts')

test('every entry of the native menu is a command, under the same key if it has one', () => {
  const keys = new Map(appCommands(null).map(({ id, keys: of }) => [id, of ?? []]))
  for (const entry of MENU_COMMANDS) {
    expect([...keys.keys()]).toContain(entry.id)
    const pressed = keys.get(entry.id)?.filter((key) => key.startsWith('Mod+')) ?? []
    if ('accelerator' in entry && pressed.length > 0) expect(pressed).toContain(entry.accelerator.replace('CmdOrCtrl', 'Mod'))
  }
})
