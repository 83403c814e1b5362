import { Menu, type MenuItemConstructorOptions } from 'electron'
import { MENU_COMMANDS, type MenuCommand, type ShellCommand } from '../src/protocols/shell.ts'
import { showAbout } from './about.ts'
import { UPDATE_MODES, type UpdateMode, type Updates } from './updates.ts'

/** The native menu: the interface's own commands by their ids, what belongs to the system, and what is the shell's own. */
export function installMenu(perform: (command: ShellCommand) => void, options: { developer: boolean; updates: Updates }): void {
  const { updates } = options
  const commandsOf = (menu: MenuCommand['menu']): MenuItemConstructorOptions[] =>
    MENU_COMMANDS.filter((command) => command.menu === menu).map((command) => ({
      id: command.id,
      label: command.label,
      accelerator: 'accelerator' in command ? command.accelerator : undefined,
      click: () => perform({ id: command.id }),
    }))
  const mac = process.platform === 'darwin'
  const developer: MenuItemConstructorOptions[] = options.developer ? [{ role: 'reload' }, { role: 'toggleDevTools' }] : []
  const mode = updates.mode
  const own: MenuItemConstructorOptions[] = [
    {
      label: 'Updates',
      submenu: [
        { id: 'updates.check', label: 'Check Now', click: () => void updates.checkNow() },
        { type: 'separator' },
        ...(Object.keys(UPDATE_MODES) as UpdateMode[]).map((each) => ({
          id: `updates.${each}`,
          label: UPDATE_MODES[each],
          type: 'radio' as const,
          checked: each === mode,
          click: () => {
            updates.mode = each
          },
        })),
      ],
    },
    { id: 'about', label: 'About Blindfold', click: () => void showAbout(updates) },
  ]
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(mac ? [{ role: 'appMenu' as const }] : []),
      { label: 'File', submenu: [...commandsOf('File'), { type: 'separator' }, { role: mac ? 'close' : 'quit' }] },
      { role: 'editMenu' },
      { label: 'Project', submenu: commandsOf('Project') },
      { label: 'Go', submenu: commandsOf('Go') },
      { label: 'Review', submenu: commandsOf('Review') },
      {
        label: 'View',
        submenu: [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'togglefullscreen' }, ...developer],
      },
      { role: 'windowMenu' },
      { role: 'help', submenu: [...commandsOf('Help'), { type: 'separator' }, ...own] },
    ]),
  )
}
