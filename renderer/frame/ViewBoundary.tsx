import { Component, type ReactNode } from 'react'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/states.tsx'
import { words } from '../words/words.ts'

const t = words.frame

/** A page that breaks takes neither the navigation nor the running jobs with it. Leaving the page mends it. */
export class ViewBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error }
  }

  override componentDidMount(): void {
    window.addEventListener('hashchange', this.#reset)
  }

  override componentWillUnmount(): void {
    window.removeEventListener('hashchange', this.#reset)
  }

  #reset = (): void => {
    if (this.state.error) this.setState({ error: null })
  }

  override render(): ReactNode {
    if (!this.state.error) return this.props.children
    return (
      <EmptyState title={t('broken.title')} actions={<Button onClick={this.#reset}>{t('broken.reload')}</Button>}>
        <p>{t('broken.detail', { message: this.state.error.message })}</p>
      </EmptyState>
    )
  }
}
