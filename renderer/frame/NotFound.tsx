import { Link } from 'wouter'
import { EmptyState } from '../ui/states.tsx'

export function NotFound() {
  return (
    <EmptyState title="There is no such page">
      <p>
        <Link href="/overview">Go to the overview</Link>
      </p>
    </EmptyState>
  )
}
