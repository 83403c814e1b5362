/** Weights as bytes, behind a line that says whose they are. */
export function saveWeights(kind: string, weights: Float32Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${header(kind)}`), Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength)])
}

/** @throws RangeError where the bytes are not of this kind of proxy, or cut short */
export function loadWeights(kind: string, bytes: Uint8Array): Float32Array {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = header(kind).length
  if (data.subarray(0, start).toString() !== header(kind) || (data.length - start) % 4 !== 0)
    throw new RangeError(`not a ${kind} proxy of this version`)
  const weights = new Float32Array((data.length - start) / 4)
  data.copy(Buffer.from(weights.buffer), 0, start)
  return weights
}

const header = (kind: string): string => `blindfold-${kind}-1\n`
