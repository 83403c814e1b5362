import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const trainerTests = fileURLToPath(new URL('../trainer/tests', import.meta.url))
const run = promisify(execFile)

/** Whether this Python can import all of them. */
export const imports = (python: string, ...modules: string[]): Promise<boolean> =>
  run(python, ['-c', `import ${modules.join(', ')}`]).then(
    () => true,
    () => false,
  )

/** A real Qwen2.5-VL of a few thousand random weights; its folder. */
export async function tinyVlm(python: string, folder: string): Promise<string> {
  const script =
    'import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; import tiny_vlm; tiny_vlm.make("qwen2_5_vl", Path(sys.argv[2]))'
  await run(python, ['-c', script, trainerTests, folder])
  return folder
}
