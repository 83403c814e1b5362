import { Checkbox } from '../../ui/Field.tsx'
import { plural } from '../../../src/core/format.ts'
import styles from './ImagesPanel.module.css'

/** A checkbox a host, none ticked by itself: nothing on the web is asked without one. */
export function HostConsent({
  hosts,
  agreed,
  onChange,
  unit,
  otherwise,
}: {
  hosts: readonly { host: string; images: number }[]
  agreed: readonly string[]
  onChange: (hosts: string[]) => void
  /** Says what the counts speak of. */
  unit?: string
  /** What happens without a tick. */
  otherwise?: string
}) {
  return (
    <>
      <p className={styles.terms}>
        Only the hosts that you tick are asked, for these images alone. They will see this machine’s address and which images it wants.{' '}
        {otherwise}
      </p>
      <ul className={styles.hosts} aria-label="Hosts">
        {hosts.map(({ host, images }) => (
          <li key={host}>
            <Checkbox
              label={
                <>
                  Fetch from <strong dir="auto">{host}</strong>
                </>
              }
              hint={[plural(images, 'image'), unit].filter(Boolean).join(' ')}
              checked={agreed.includes(host)}
              onChange={(event) => onChange(event.target.checked ? [...agreed, host] : agreed.filter((each) => each !== host))}
            />
          </li>
        ))}
      </ul>
    </>
  )
}
