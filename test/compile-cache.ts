import { join } from 'node:path'

/**
 * Lets every process that the tests start, threads too, keep what Node compiled: half the time of a short command is
 * reading the same hundreds of modules. The cache holds code by its content, so an edited file is compiled again.
 */
export function useCompileCache(): void {
  process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '../out/compile-cache')
}
