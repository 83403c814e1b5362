import { chmodSync } from 'node:fs'
import { path7za } from '7zip-bin'
import type { Configuration } from 'electron-builder'
import { installedElectron } from './electron-binary.ts'
import { FUSES, fusesIn } from './fuses.ts'

// npm's 7-Zip packs the archives: electron-builder would download one. Without install scripts nothing marks it as a program.
chmodSync(path7za, 0o755)
process.env['ELECTRON_BUILDER_7ZIP_PATH'] ??= path7za

/**
 * Packages with compiled parts, and the pure ones that they load at run time. Nothing else of `node_modules` is shipped:
 * the rest is bundled. sharp's own binaries are named per platform, hence the pattern.
 */
const shipped = ['better-sqlite3', 'onnxruntime-node', 'onnxruntime-common', 'sharp', '@img/*', 'detect-libc', 'semver']
const folders = shipped.map((name) => `node_modules/${name}/**/*`)

/** With Electron's own binary all fuses are set, or the build fails; the older one of the tests has fewer. */
async function fuses(): Promise<Partial<typeof FUSES>> {
  const older = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ? installedElectron() : null
  if (!older) return FUSES
  const has = await fusesIn(older)
  return Object.fromEntries(Object.entries(FUSES).filter(([fuse]) => fuse in has))
}

/** `npm run dist` packages for the platform it runs on; archives need no more than npm's own packages. */
const config: Configuration = {
  appId: 'org.blindfold.app',
  productName: 'Blindfold',
  directories: { output: 'dist', buildResources: 'build' },
  files: [
    'package.json',
    'out/{electron,host,renderer}/**/*',
    '!out/**/*.map',
    '!node_modules/**/*',
    ...folders,
    '!node_modules/better-sqlite3/{deps,src}/**/*',
    // Of the binaries for every platform, those of the one that is packaged: the others are 110 MB.
    '!node_modules/onnxruntime-node/bin/**/*',
    'node_modules/onnxruntime-node/bin/napi-v*/${platform}/${arch}/**/*',
    '!node_modules/better-sqlite3/prebuilds/**/*',
    'node_modules/better-sqlite3/prebuilds/${platform}*-${arch}.node',
  ],
  // Native modules cannot be loaded from inside the archive, and the backend's threads and processes start from plain files.
  asarUnpack: ['out/host/**/*', ...folders],
  extraResources: [{ from: 'trainer', to: 'trainer', filter: ['**/*', '!**/__pycache__', '!tests', '!**/*.egg-info'] }],
  // The modules ship prebuilt for every platform by the stable Node API: nothing is compiled for Electron.
  npmRebuild: false,
  nodeGypRebuild: false,
  electronFuses: await fuses(),
  icon: 'build/icon.png',
  ...(process.env['ELECTRON_OVERRIDE_DIST_PATH'] ? { electronDist: process.env['ELECTRON_OVERRIDE_DIST_PATH'] } : {}),
  linux: { target: ['AppImage', 'tar.gz'], category: 'Science', executableName: 'blindfold' },
  mac: { target: ['dmg', 'zip'], category: 'public.app-category.developer-tools' },
  win: { target: ['nsis', 'zip'] },
}

export default config
