import { readFileSync } from 'node:fs'
import { systemOutput } from '../../node/child-process.ts'

/**
 * When the process `pid` was started, as a text that no other process with that number has; null where there is no such
 * process, or only its remains.
 */
export function processStart(pid: number): string | null {
  try {
    if (process.platform === 'linux') return linuxStart(pid)
    if (process.platform === 'win32') return windowsStart(pid)
    const [state = '', ...started] = systemOutput('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]).split(/\s+/)
    return state === '' || state.startsWith('Z') ? null : started.join(' ')
  } catch {
    return null
  }
}

/** Whether the very process that was remembered still runs. */
export const stillRuns = (pid: number, started: string): boolean => processStart(pid) === started

/** Ticks from the machine's start, and which start of the machine that was. */
function linuxStart(pid: number): string | null {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name before it is in parentheses, and may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  if (state === 'Z' || state === 'X') return null
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return `${boot} ${fields[19]}`
}

function windowsStart(pid: number): string | null {
  const started = systemOutput('WindowsPowerShell\\v1.0\\powershell.exe', [
    '-NoProfile',
    '-Command',
    `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().Ticks`,
  ])
  return started === '' ? null : started
}
