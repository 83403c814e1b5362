import type { ProbePair } from '../../protocols/probe-process.ts'

/**
 * Both sides of a probe. An image is a row of `imageWidth` numbers (less the mean of those trained on where it enters `features`), the difference of two responses one of `textWidth`; `features`
 * puts them together into a row of `width`, of which the margin is a linear function.
 */
export type Embedder = {
  readonly imageWidth: number
  readonly textWidth: number
  readonly width: number
  /** One row an image, in order; null for one that cannot be read. */
  images(images: readonly { hash: string; file: string }[]): Promise<(Float32Array | null)[]>
  /** The row of a grey picture. */
  blank(): Promise<Float32Array>
  /** To be called with every batch before `differences`, for what needs to know all texts. */
  see(pairs: readonly ProbePair[]): void
  /** One row a pair, chosen minus rejected. */
  differences(pairs: readonly Pick<ProbePair, 'prompt' | 'chosen' | 'rejected'>[]): Promise<Float32Array>
  features(image: Float32Array, difference: Float32Array, into: Float32Array): void
  release(): Promise<void>
}
