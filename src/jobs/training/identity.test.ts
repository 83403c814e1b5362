import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { processStart, stillRuns } from './identity.ts'

describe('the identity of a process', () => {
  test('holds while it runs, is another for another process, and ends with it', async () => {
    const own = processStart(process.pid)
    expect(own).not.toBeNull()
    expect(stillRuns(process.pid, own!)).toBe(true)
    // The same number with another start is another process: numbers are used again.
    expect(stillRuns(process.pid, `${own} `)).toBe(false)

    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'])
    await once(child, 'spawn')
    const started = processStart(child.pid!)!
    expect(started).not.toBe(own)
    expect(stillRuns(child.pid!, started)).toBe(true)
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
    expect(processStart(child.pid!)).toBeNull()
  })

  test('a process that has ended but was not waited for does not run', async () => {
    // The shell's child ends at once, and the program that replaces the shell never waits for it.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'])
    const pid = Number(String((await once(parent.stdout, 'data'))[0]))
    for (let i = 0; i < 100 && processStart(pid) !== null; i += 1) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(process.kill(pid, 0)).toBe(true)
    expect(processStart(pid)).toBeNull()
    parent.kill('SIGKILL')
  })
})
