import { Menu, type MenuItemConstructorOptions } from 'electron'
import { MENU_COMMANDS, type MenuCommand, type ShellCommand } from '../src/contract/shell.ts'

/** The native menu: the interface's own commands by their ids, and what belongs to the system. */
export function installMenu(perform: (command: ShellCommand) => void, options: { developer: boolean }): void {
  const commandsOf = (menu: MenuCommand['menu']): MenuItemConstructorOptions[] =>
    MENU_COMMANDS.filter((command) => command.menu === menu).map((command) => ({
      id: command.id,
      label: command.label,
      accelerator: 'accelerator' in command ? command.accelerator : undefined,
      click: () => perform({ id: command.id }),
    }))
  const mac = process.platform === 'darwin'
  const developer: MenuItemConstructorOptions[] = options.developer ? [{ role: 'reload' }, { role: 'toggleDevTools' }] : []
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
      { role: 'help', submenu: commandsOf('Help') },
    ]),
  )
}
