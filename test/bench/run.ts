import { readdirSync } from 'node:fs'

// `npm run bench -- NAME [arguments]`: runs test/bench/NAME.ts, which reads its arguments from the third on or exports `run`.
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -3))
const [name = ''] = process.argv.splice(2, 1)
if (names.includes(name)) {
  const { run } = (await import(`./${name}.ts`)) as { run?: (given: string[]) => Promise<unknown> }
  await run?.(process.argv.slice(2))
} else {
  console.error(`Usage: npm run bench -- NAME [arguments]. There are: ${names.join(', ')}.`)
  process.exit(2)
}
