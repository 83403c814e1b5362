import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'

// The app's icon for every platform from the one drawing that the interface shows too: `node build/icon.ts`.
const root = join(import.meta.dirname, '..')
const png = await sharp(join(root, 'renderer/public/icon.svg'), { density: 72 * 32 }).resize(1024, 1024).png({ compressionLevel: 9, palette: true }).toBuffer()
await writeFile(join(root, 'build/icon.png'), png)
