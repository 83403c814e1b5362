import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { random } from '../../src/core/random.ts'
import { attack, KNOWN, STRANGERS, type Target } from './attacks.ts'

// A process that attacks a server until it is ended: `attacker.ts PORT COOKIE SEED`. It prints how often it did what.
const [port, cookie = '', seed = '0'] = process.argv.slice(2)
const target: Target = { port: Number(port), cookie }
const counts: Record<string, number> = {}
const held: Socket[] = []

for (const name of [...Object.keys(STRANGERS), ...Object.keys(KNOWN)]) {
  void (async () => {
    const numbers = random(`${seed} ${name}`)
    for (;;) {
      await attack(name, target, numbers, held)
      counts[name] = (counts[name] ?? 0) + 1
      await pause(numbers.int(100))
    }
  })()
}

process.once('SIGTERM', () => {
  process.stdout.write(JSON.stringify(counts))
  process.exit(0)
})
