/** Writes the neutral pairs from which the base weights of the tiny model are made: `node build/neutral.ts FOLDER`. */
import { writeDemoFiles } from '../src/formats/demo-files.ts'

const dir = process.argv[2]
if (dir === undefined) {
  console.error('usage: node build/neutral.ts FOLDER')
  process.exitCode = 2
} else {
  // The seed differs from those of demo projects, so that no demo test pair was seen in pretraining.
  const files = await writeDemoFiles({ dir, environments: ['neutral'], pairs: 48_000, testPairs: 2_000, seed: 777 })
  for (const file of files) console.log(`${file.file}: ${file.pairs} pairs`)
}
