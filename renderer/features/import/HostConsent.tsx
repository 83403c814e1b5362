import { Checkbox } from '../../ui/Field.tsx'
import styles from './ImagesPanel.module.css'
import { words } from '../../words/words.ts'

const t = words.import

/** One checkbox per host, none checked by default: no other host is contacted. */
export function HostConsent({
  hosts,
  agreed,
  onChange,
  beforeImport = false,
}: {
  hosts: readonly { host: string; images: number }[]
  agreed: readonly string[]
  onChange: (hosts: string[]) => void
  /** Before an import the counts are of the first records only. */
  beforeImport?: boolean
}) {
  return (
    <>
      <p className={styles.terms}>
        {t('hosts.terms')} {beforeImport && t('hosts.otherwise')}
      </p>
      <ul className={styles.hosts} aria-label={t('hosts.label')}>
        {hosts.map(({ host, images }) => (
          <li key={host}>
            <Checkbox
              label={t.rich('hosts.download', { host: () => <strong dir="auto">{host}</strong> })}
              hint={t(beforeImport ? 'hosts.imagesSampled' : 'hosts.images', { images })}
              checked={agreed.includes(host)}
              onChange={(event) => onChange(event.target.checked ? [...agreed, host] : agreed.filter((each) => each !== host))}
            />
          </li>
        ))}
      </ul>
    </>
  )
}
