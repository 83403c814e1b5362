import { InferenceSession, listSupportedBackends } from 'onnxruntime-node'
import { availableParallelism } from 'node:os'
import type { ExecutionProvider } from '../../contract/proxies.ts'
import { ReadingError } from './reading-error.ts'

const NAMES: { [Provider in ExecutionProvider]: string } = { cpu: 'the processor', cuda: 'CUDA', dml: 'DirectML', coreml: 'CoreML' }

/** Where and with how many threads a model computes. */
export type Computing = { executionProvider: ExecutionProvider; threads: number | null }

/** Providers that the installed ONNX Runtime knows on this platform; whether their libraries and devices are there shows on use. */
export const knownProviders = (): string[] => listSupportedBackends().map(({ name }) => name)

/** Opens an ONNX file. @throws ReadingError where the provider is not there, or the file is none that can be run */
export async function openSession(file: string, { executionProvider, threads }: Computing): Promise<InferenceSession> {
  const known = knownProviders()
  if (!known.includes(executionProvider)) {
    throw new ReadingError(
      `This machine cannot compute with ${NAMES[executionProvider]}: its ONNX Runtime (${process.platform} ${process.arch}) supports ${known.join(', ')}.`,
      'Choose another execution provider. “cpu” is always available.',
    )
  }
  try {
    return await InferenceSession.create(file, {
      executionProviders: [executionProvider],
      intraOpNumThreads: threads ?? availableParallelism(),
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      // Batches differ in shape: a plan of memory for one shape is of no use to the next.
      enableMemPattern: false,
    })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (executionProvider === 'cpu')
      throw new ReadingError(`${file} cannot be run: ${message}`, 'Export the model again, or choose another one.')
    throw new ReadingError(
      `${NAMES[executionProvider]} could not be used: ${message}`,
      'Install its libraries for onnxruntime-node and check that the device is free, or choose “cpu”.',
    )
  }
}
