import { create } from 'zustand'
import { persist } from 'zustand/middleware'

export type Theme = 'system' | 'light' | 'dark'

interface Preferences {
  theme: Theme
  railCollapsed: boolean
}

/** How this window looks. Nothing here is data of a project. */
export const usePreferences = create<Preferences>()(
  persist((): Preferences => ({ theme: 'system', railCollapsed: false }), { name: 'blindfold.preferences' }),
)

export const setTheme = (theme: Theme): void => void usePreferences.setState({ theme })
export const toggleRail = (): void => void usePreferences.setState((state) => ({ railCollapsed: !state.railCollapsed }))

/** Keeps `data-theme` on the page in step with the choice and, where that is `system`, with the system. */
export function followTheme(): void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)')
  const apply = () => {
    const { theme } = usePreferences.getState()
    document.documentElement.dataset.theme = theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme
  }
  dark.addEventListener('change', apply)
  usePreferences.subscribe(apply)
  apply()
}
