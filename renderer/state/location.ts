import { useSyncExternalStore } from 'react'
import type { BaseLocationHook } from 'wouter'

/**
 * Addresses after `#`, query included (`#/pairs?source=a`): the only kind that works alike under `app://` and `http://`
 * without a server that knows the routes.
 */
const current = (): string => location.hash.replace(/^#/, '') || '/'

const subscribe = (notify: () => void): (() => void) => {
  window.addEventListener('hashchange', notify)
  return () => window.removeEventListener('hashchange', notify)
}

/** Goes to `to`, such as `/pairs?source=a`. `replace` leaves no entry in the history. */
export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (options.replace) {
    history.replaceState(null, '', `#${to}`)
    window.dispatchEvent(new HashChangeEvent('hashchange'))
  } else location.hash = to
}

const useHashSearch = (): string => useSyncExternalStore(subscribe, () => current().split('?')[1] ?? '')
export const useHashLocation: BaseLocationHook = () => [useSyncExternalStore(subscribe, () => current().split('?')[0] ?? '/'), navigate]
useHashLocation.hrefs = (href: string) => `#${href}`
useHashLocation.searchHook = useHashSearch
