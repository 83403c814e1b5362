import { Component, type ReactNode } from 'react'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/states.tsx'

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
      <EmptyState title="This page could not be displayed" actions={<Button onClick={this.#reset}>Reload page</Button>}>
        <p>Your data is not affected. Details: {this.state.error.message}</p>
      </EmptyState>
    )
  }
}
