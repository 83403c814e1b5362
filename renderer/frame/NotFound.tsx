import { Link } from 'wouter'
import { EmptyState } from '../ui/states.tsx'

export function NotFound() {
  return (
    <EmptyState title="Page not found">
      <p>
        <Link href="/overview">Go to the overview</Link>
      </p>
    </EmptyState>
  )
}
