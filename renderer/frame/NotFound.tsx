import { Link } from 'wouter'
import { EmptyState } from '../ui/states.tsx'
import { words } from '../words/words.ts'

const t = words.frame

export function NotFound() {
  return (
    <EmptyState title={t('notFound.title')}>
      <p>
        <Link href="/overview">{t('notFound.overview')}</Link>
      </p>
    </EmptyState>
  )
}
