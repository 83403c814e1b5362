import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'

// The app's icon for every platform from the one drawing that the interface shows too: `node build/icon.ts`. Windows and macOS take
// containers of PNGs: a table of what is in it, then the pictures.
const root = join(import.meta.dirname, '..')
const picture = (size: number): Promise<Buffer> =>
  sharp(join(root, 'renderer/public/icon.svg'), { density: 72 * 32 })
    .resize(size, size)
    .png({ compressionLevel: 9, palette: true })
    .toBuffer()

/** Windows: a header, and an entry of 16 bytes for each picture. */
async function ico(sizes: readonly number[]): Promise<Buffer> {
  const pictures = await Promise.all(sizes.map(picture))
  const table = Buffer.alloc(6 + 16 * sizes.length)
  table.writeUInt16LE(1, 2)
  table.writeUInt16LE(sizes.length, 4)
  let at = table.length
  for (const [i, size] of sizes.entries()) {
    const { length } = pictures[i] as Buffer
    const entry = 6 + 16 * i
    // 256 is written as 0.
    table.writeUInt8(size % 256, entry)
    table.writeUInt8(size % 256, entry + 1)
    table.writeUInt16LE(1, entry + 4)
    table.writeUInt16LE(32, entry + 6)
    table.writeUInt32LE(length, entry + 8)
    table.writeUInt32LE(at, entry + 12)
    at += length
  }
  return Buffer.concat([table, ...pictures])
}

/** macOS: each picture after its type, which names its size, and its length. */
async function icns(types: Record<string, number>): Promise<Buffer> {
  const chunk = (type: string, data: Buffer): Buffer => {
    const head = Buffer.alloc(8)
    head.write(type, 'latin1')
    head.writeUInt32BE(8 + data.length, 4)
    return Buffer.concat([head, data])
  }
  const chunks = await Promise.all(Object.entries(types).map(async ([type, size]) => chunk(type, await picture(size))))
  return chunk('icns', Buffer.concat(chunks))
}

await writeFile(join(root, 'build/icon.png'), await picture(1024))
await writeFile(join(root, 'build/icon.ico'), await ico([16, 24, 32, 48, 64, 128, 256]))
await writeFile(
  join(root, 'build/icon.icns'),
  await icns({ icp4: 16, icp5: 32, ic07: 128, ic08: 256, ic09: 512, ic10: 1024, ic11: 32, ic12: 64, ic13: 256, ic14: 512 }),
)
