/** Label Studio names an uploaded file `1a2b3c4d-name.png`. */
const UPLOADED = /^[0-9a-f]{8}-(?=.)/

/**
 * What a record may mean by the name of an image, as paths with `/`, the likeliest first: the name as it stands; with
 * backslashes as separators; without a query; percent-decoded; without the bucket of `gs://` or `s3://`; what Label Studio
 * serves (`/data/local-files/?d=path`) or keeps (`/data/upload/1/1a2b3c4d-name.png`).
 *
 * @param name a path or an address
 */
export function readingsOf(name: string): string[] {
  const served = /^(?:.*\/)?data\/local-files\/?\?(?:.*&)?d=([^&]*)/.exec(name)?.[1]
  const unrooted = (served ?? name).replace(/^[a-z][a-z0-9+.-]+:\/\/[^/]*\//i, '')
  const readings = new Set<string>()
  for (const plain of [unrooted, unrooted.replace(/[?#].*$/s, '')]) {
    for (const text of [plain, decoded(plain)]) readings.add(text.replaceAll('\\', '/'))
  }
  const whole = [...readings]
  for (const text of whole) {
    const segments = text.split('/')
    const last = segments.at(-1) ?? ''
    if (segments.includes('upload') && UPLOADED.test(last)) readings.add([...segments.slice(0, -1), last.replace(UPLOADED, '')].join('/'))
  }
  return [...readings].filter((text) => text !== '' && !text.includes('\0'))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
