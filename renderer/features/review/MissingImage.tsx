import { ImageOff } from 'lucide-react'
import { Link } from 'wouter'
import { isolated } from '../../ui/text/direction.ts'
import styles from './MissingImage.module.css'
import { words } from '../../words/words.ts'

const t = words.review

/** Stands where an image should be: what the pair calls it, why it is not there, and where that is mended. */
export function MissingImage({ reference, reason }: { reference: string; reason: string }) {
  return (
    <div className={styles.missing} role="note" aria-label={t('missing.label')}>
      <ImageOff size={24} aria-hidden />
      <p className={styles.title}>{t('missing.title')}</p>
      <p dir="auto" className={styles.reference}>
        {reference}
      </p>
      <p>{isolated(reason)}</p>
      <Link href="/data?tab=images">{t('missing.find')}</Link>
    </div>
  )
}
