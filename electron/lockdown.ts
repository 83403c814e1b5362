import { app, session } from 'electron'
import { APP_ORIGIN } from './protocol.ts'

/**
 * What no page of the app may do, whatever runs in it: leave its origin, open windows, embed web views, reach the
 * network, or use the devices. Copying text is the one permission the interface needs.
 */
export function lockDown(options: { developer: boolean }): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.on('will-navigate', (event) => {
      if (!event.url.startsWith(`${APP_ORIGIN}/`)) event.preventDefault()
    })
    contents.on('will-redirect', (event) => {
      if (!event.url.startsWith(`${APP_ORIGIN}/`)) event.preventDefault()
    })
    contents.on('select-bluetooth-device', (event, _devices, choose) => {
      event.preventDefault()
      choose('')
    })
    contents.on('will-frame-navigate', (event) => {
      if (!event.isMainFrame) event.preventDefault()
    })
  })
  const allowed = (permission: string): boolean => permission === 'clipboard-sanitized-write'
  const own = session.defaultSession
  own.setPermissionRequestHandler((_contents, permission, decide) => decide(allowed(permission)))
  own.setPermissionCheckHandler((_contents, permission) => allowed(permission))
  own.setDevicePermissionHandler(() => false)
  own.on('will-download', (event) => event.preventDefault())

  const schemes = new Set(['app:', 'media:', 'data:', 'blob:', ...(options.developer ? ['devtools:'] : [])])
  own.webRequest.onBeforeRequest((request, decide) => decide({ cancel: !schemes.has(new URL(request.url).protocol) }))
}
