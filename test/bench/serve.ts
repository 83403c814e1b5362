import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { random } from '../../src/core/random.ts'
import { Scratch } from '../db/project.ts'
import { honest, nothingSeen } from '../torture/honest.ts'
import { torturedProject, TorturedServer } from '../torture/server.ts'

const percentile = (sorted: readonly number[], share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN

/**
 * `npm run bench -- serve [--seconds 120] [--clients 20] [--pairs 20000] [--seed 0] [--calm]`: honest clients work while an
 * attacker does everything of `test/torture/attacks.ts` at once, without pause. `--calm` leaves the attacker out.
 */
export async function run(given: string[]): Promise<void> {
  const { values } = parseArgs({
    args: given,
    options: {
      seconds: { type: 'string', default: '120' },
      clients: { type: 'string', default: '20' },
      pairs: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '0' },
      calm: { type: 'boolean', default: false },
    },
  })
  const seconds = Number(values.seconds)
  const clients = Number(values.clients)
  const pairs = Number(values.pairs)
  using scratch = new Scratch()
  torturedProject(scratch.project, pairs, 800)
  const server = await TorturedServer.start(scratch.project)
  const { port, cookie } = server.target
  const memory = [{ second: 0, mb: server.memory }]
  const seen = nothingSeen()
  const stop = new AbortController()
  let working: Promise<void>[] = []
  await new Promise<void>((resolve) => {
    let ready = 0
    working = Array.from({ length: clients }, (_, i) => {
      const own = Array.from({ length: Math.floor(pairs / clients) }, (_, n) => n * clients + i + 1)
      return honest(server.target, random(`${values.seed} ${i}`), own, seen, stop.signal, {
        onReady: () => ++ready === clients && resolve(),
      })
    })
  })
  const attacker = values.calm
    ? null
    : spawn(process.execPath, [join(import.meta.dirname, '../torture/attacker.ts'), String(port), cookie, values.seed], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
  const attacks = attacker && text(attacker.stdout!)
  for (let second = 1; second <= seconds && server.alive; second++) {
    await pause(1000)
    if (server.alive && (second % 10 === 0 || second === seconds)) memory.push({ second, mb: server.memory })
  }
  stop.abort()
  attacker?.kill('SIGTERM')
  if (attacker) await once(attacker, 'exit')
  // Every question that was asked is waited for, however long it takes.
  await Promise.all(working)
  const survived = server.alive
  await pause(5000)
  if (server.alive) memory.push({ second: seconds + 5, mb: server.memory })
  const code = await server.end()

  console.log(`${clients} honest clients, ${pairs} pairs, ${seconds} s, seed ${values.seed}${values.calm ? ', no attacker' : ''}`)
  for (const [kind, took] of seen.took) {
    const sorted = took.sort((a, b) => a - b)
    console.log(
      `${kind.padEnd(8)} ${String(sorted.length).padStart(6)} answers, p50 ${percentile(sorted, 0.5).toFixed(0)} ms, p95 ${percentile(sorted, 0.95).toFixed(0)} ms, longest ${percentile(sorted, 1).toFixed(0)} ms`,
    )
  }
  console.log(`labels acknowledged: ${seen.labels}; honest errors: ${seen.errors.length}`, [...new Set(seen.errors)].slice(0, 5))
  console.log(`server: ${survived ? `alive, exit code ${code}` : `ended by itself with ${code ?? server.child.signalCode}`}`)
  console.log(`memory, MB: ${memory.map(({ second, mb }) => `${second} s ${mb.toFixed(0)}`).join(', ')}`)
  if (attacks)
    for (const [name, count] of Object.entries(JSON.parse(await attacks) as Record<string, number>))
      console.log(`  ${String(count).padStart(6)} × ${name}`)
  if (server.log) console.log(`log (${server.log.length} characters):\n${server.log.slice(0, 3000)}`)
  if (!survived || code !== 0 || seen.errors.length > 0) process.exitCode = 1
}
