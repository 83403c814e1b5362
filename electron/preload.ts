import { contextBridge, ipcRenderer, type IpcRendererEvent, webUtils } from 'electron'
import { PORT_MESSAGE, type Shell, type ShellCommand } from '../src/protocols/shell.ts'

// Ports pass through the page's own message channel: the context bridge would clone them.
ipcRenderer.on('shell:port', (event: IpcRendererEvent) => window.postMessage(PORT_MESSAGE, location.origin, event.ports))

// A command may come before the page listens (a project the system asked to open): it waits for the first listener.
const listeners = new Set<(command: ShellCommand) => void>()
const waiting: ShellCommand[] = []
ipcRenderer.on('shell:command', (_event: IpcRendererEvent, command: ShellCommand) => {
  if (listeners.size === 0) waiting.push(command)
  for (const listener of listeners) listener(command)
})

const shell: Shell = {
  platform: process.platform as Shell['platform'],
  pickFiles: (options = {}) => ipcRenderer.invoke('shell:pick-files', options),
  pickFolder: (options = {}) => ipcRenderer.invoke('shell:pick-folder', options),
  pickSave: (options = {}) => ipcRenderer.invoke('shell:pick-save', options),
  confirmTrust: (path) => ipcRenderer.invoke('shell:confirm-trust', path),
  onCommand: (callback) => {
    listeners.add(callback)
    for (const command of waiting.splice(0)) callback(command)
    return () => {
      listeners.delete(callback)
    }
  },
  // Electron before 29, which the tests may run on, has no `webUtils` and says it on the file itself.
  pathFor: async (file) => {
    const path = (webUtils as typeof webUtils | undefined)?.getPathForFile(file) ?? (file as File & { path?: string }).path ?? ''
    if (path !== '') await ipcRenderer.invoke('shell:dropped', path)
    return path
  },
  connect: () => ipcRenderer.invoke('shell:connect'),
}

contextBridge.exposeInMainWorld('blindfold', shell)
