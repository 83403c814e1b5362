import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'

// Before a commit, once `npm run hooks` was run: Prettier and ESLint on the files that are staged, as they are in the working tree.
const packages = join(import.meta.dirname, '../node_modules')
const staged = execFileSync('git', ['diff', '--cached', '--name-only', '--diff-filter=d', '-z'], { encoding: 'utf8' })
  .split('\0')
  .filter(Boolean)
const code = staged.filter((file) => /\.(ts|tsx|js|cjs)$/.test(file))

/** Whether the tool finds nothing wrong; it says itself what is. */
const passes = (tool: string, files: string[], ...options: string[]): boolean =>
  files.length === 0 || spawnSync(process.execPath, [join(packages, tool), ...options, '--', ...files], { stdio: 'inherit' }).status === 0

const formatted = passes('prettier/bin/prettier.cjs', staged, '--check', '--ignore-unknown', '--log-level', 'warn')
const sound = passes('eslint/bin/eslint.js', code, '--max-warnings', '0', '--no-warn-ignored')
if (!formatted) console.error('Format the files with: npm run format')
process.exit(formatted && sound ? 0 : 1)
