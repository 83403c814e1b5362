import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
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

const root = join(import.meta.dirname, '..')
const env = process.env

// The blind test needs it: an app without would start and fail at the first one.
const runtime = join('node_modules/onnxruntime-node/bin/napi-v6', process.platform, process.arch)
if (!existsSync(join(root, runtime)))
  throw new Error(`onnxruntime-node has no binary for ${process.platform} on ${process.arch} (${runtime}): no app can be packaged for it.`)

/** Where the app asks for new versions: releases of the repository that the workflow runs in, or a server of files; none by default. */
function publish(): Configuration['publish'] {
  if (env['BLINDFOLD_UPDATE_URL']) return { provider: 'generic', url: env['BLINDFOLD_UPDATE_URL'] }
  const [owner, repo] = env['GITHUB_REPOSITORY']?.split('/') ?? []
  return owner && repo ? { provider: 'github', owner, repo } : null
}

/** Texts that About shows, and the list of what is in the app; each where it has been generated. */
const texts = ['LICENSE', 'CHANGELOG.md', 'THIRD-PARTY-NOTICES.txt', 'sbom.cdx.json'].filter((name) => existsSync(join(root, name)))

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
  extraResources: [...texts, { from: 'trainer', to: 'trainer', filter: ['**/*', '!**/__pycache__', '!tests', '!**/*.egg-info'] }],
  // The modules ship prebuilt for every platform by the stable Node API: nothing is compiled for Electron.
  npmRebuild: false,
  nodeGypRebuild: false,
  electronFuses: await fuses(),
  publish: publish(),
  ...(env['ELECTRON_OVERRIDE_DIST_PATH'] ? { electronDist: env['ELECTRON_OVERRIDE_DIST_PATH'] } : {}),
  artifactName: '${productName}-${version}-${os}-${arch}.${ext}',
  linux: {
    target: ['AppImage', 'deb', 'tar.gz', 'zip'],
    icon: 'build/icon.png',
    category: 'Science',
    executableName: 'blindfold',
    synopsis: 'Workbench for multimodal preference data',
    maintainer: 'Blindfold contributors <blindfold@users.noreply.github.com>',
    vendor: 'Blindfold contributors',
  },
  mac: {
    target: ['dmg', 'zip'],
    icon: 'build/icon.icns',
    category: 'public.app-category.developer-tools',
    hardenedRuntime: true,
    entitlements: 'build/entitlements.mac.plist',
    entitlementsInherit: 'build/entitlements.mac.plist',
    notarize: Boolean(env['APPLE_API_KEY'] || env['APPLE_ID']),
    // A project is a folder that Finder shows as one document.
    extendInfo: {
      CFBundleDocumentTypes: [
        {
          CFBundleTypeName: 'Blindfold Project',
          CFBundleTypeRole: 'Editor',
          LSHandlerRank: 'Owner',
          LSItemContentTypes: ['org.blindfold.project'],
          LSTypeIsPackage: true,
        },
      ],
      UTExportedTypeDeclarations: [
        {
          UTTypeIdentifier: 'org.blindfold.project',
          UTTypeDescription: 'Blindfold Project',
          UTTypeConformsTo: ['com.apple.package'],
          UTTypeTagSpecification: { 'public.filename-extension': ['blindfold'] },
        },
      ],
    },
  },
  win: { target: ['nsis', 'zip'], icon: 'build/icon.ico' },
  nsis: { oneClick: false, perMachine: false, allowToChangeInstallationDirectory: true, include: 'build/installer.nsh' },
}

export default config
