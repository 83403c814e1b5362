import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { useEffect } from 'react'
import { create } from 'zustand'
import { failureOf } from '../../api/failure.ts'
import { Button, IconButton } from '../Button.tsx'
import { classes } from '../class-names.ts'
import { isolated } from '../text/direction.ts'
import styles from './Toast.module.css'
import { words } from '../../words/words.ts'

const t = words.ui

interface Toast {
  id: number
  tone: 'info' | 'error'
  message: string
  detail?: string
  action?: { label: string; onClick: () => void }
}

const SHOWN_MS = 6000
const useToasts = create<{ toasts: Toast[] }>(() => ({ toasts: [] }))
let lastId = 0

const dismiss = (id: number) => useToasts.setState((state) => ({ toasts: state.toasts.filter((toast) => toast.id !== id) }))

function add(toast: Omit<Toast, 'id'>): void {
  const id = ++lastId
  useToasts.setState((state) => ({ toasts: [...state.toasts.slice(-3), { ...toast, id }] }))
}

/** Says that something was done, with an optional way on. */
export const toast = (message: string, options: Pick<Toast, 'detail' | 'action'> = {}): void => add({ tone: 'info', message, ...options })

/** Shows what a call threw (or a failure that is known already); stays until it is dismissed. */
export function toastError(error: unknown, known?: { message: string; remedy: string }): void {
  const failure = known ?? failureOf(error)
  add({ tone: 'error', message: failure.message, detail: failure.remedy })
}

function ToastView({ toast: item }: { toast: Toast }) {
  useEffect(() => {
    if (item.tone === 'error') return
    const timer = setTimeout(() => dismiss(item.id), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [item])
  const Icon = item.tone === 'error' ? CircleAlert : CircleCheck
  return (
    <li className={classes(styles.toast, styles[item.tone])}>
      <Icon size={16} aria-hidden />
      <div className={styles.text}>
        <p>{isolated(item.message)}</p>
        {item.detail && <p className={styles.detail}>{isolated(item.detail)}</p>}
      </div>
      {item.action && (
        <Button
          size="small"
          onClick={() => {
            dismiss(item.id)
            item.action?.onClick()
          }}
        >
          {item.action.label}
        </Button>
      )}
      <IconButton label={t('dismiss')} icon={X} size="small" onClick={() => dismiss(item.id)} />
    </li>
  )
}

export function Toasts() {
  const toasts = useToasts((state) => state.toasts)
  return (
    <ul className={styles.toasts} aria-live="polite" aria-label={t('messages')}>
      {toasts.map((item) => (
        <ToastView key={item.id} toast={item} />
      ))}
    </ul>
  )
}
