import { useEffect, useState } from 'react'
import { useConnection } from '../api/connection.ts'
import styles from './ConnectionBanner.module.css'
import { words } from '../words/words.ts'

const t = words.frame

const PATIENCE_MS = 700

/** Says that the backend is out of reach and why, once that lasts long enough to be noticed. */
export function ConnectionBanner() {
  const status = useConnection((state) => state.status)
  const lost = status === 'lost' || status === 'signed-out'
  const [shown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(lost), lost ? PATIENCE_MS : 0)
    return () => clearTimeout(timer)
  }, [lost])
  return shown ? (
    <div className={styles.banner} role="status">
      {status === 'signed-out' ? t('connection.signedOut') : t('connection.lost')}
    </div>
  ) : null
}
