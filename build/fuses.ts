import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses'

/**
 * Electron's fuses, as electron-builder sets them in the binary: what an attacker who can start the app, or set its
 * environment, must not turn it into.
 */
export const FUSES = {
  /** `ELECTRON_RUN_AS_NODE` would make the signed app a plain Node. */
  runAsNode: false,
  /** `NODE_OPTIONS` could load any module into it. */
  enableNodeOptionsEnvironmentVariable: false,
  /** `--inspect` would open it to a debugger. */
  enableNodeCliInspectArguments: false,
  /** The archive must have the hash that the build wrote into the binary (checked on macOS and Windows). */
  enableEmbeddedAsarIntegrityValidation: true,
  /** No `resources/app` folder stands in for the archive. */
  onlyLoadAppFromAsar: true,
  /** The app sets no cookie; should a page ever, it is not on the disk in clear. */
  enableCookieEncryption: true,
  /** The main process needs no V8 snapshot of its own. */
  loadBrowserProcessSpecificV8Snapshot: false,
  /** No page is ever `file:`. */
  grantFileProtocolExtraPrivileges: false,
}

export type Fuse = keyof typeof FUSES

/** The fuses that a binary has, each with whether it is on. An Electron of before 29 lacks some. */
export async function fusesIn(binary: string): Promise<Partial<Record<Fuse, boolean>>> {
  const wire = await getCurrentFuseWire(binary)
  const found: Partial<Record<Fuse, boolean>> = {}
  for (const fuse of Object.keys(FUSES) as Fuse[]) {
    const name = (fuse.charAt(0).toUpperCase() + fuse.slice(1)) as keyof typeof FuseV1Options
    const state = (wire as unknown as Partial<Record<FuseV1Options, FuseState>>)[FuseV1Options[name]]
    if (state === FuseState.ENABLE || state === FuseState.DISABLE) found[fuse] = state === FuseState.ENABLE
  }
  return found
}
