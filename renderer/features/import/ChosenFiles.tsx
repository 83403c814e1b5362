import { CircleAlert, CircleCheck, CircleHelp, LoaderCircle, X } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef } from 'react'
import type { ImportPreview } from '../../../src/contract/imports.ts'
import { failureOf } from '../../api/failure.ts'
import { Button, IconButton } from '../../ui/Button.tsx'
import { isolated } from '../../ui/text/direction.ts'
import styles from './ChosenFiles.module.css'
import { applyToAll, type Choice, MOST_FILES, remove, show } from './wizard.ts'
import { fileName, FORMATS, obstacleOf } from './import-words.ts'
import { words } from '../../words/words.ts'

const t = words.import

interface Look {
  data?: ImportPreview | undefined
  error: unknown
  isLoading: boolean
}

/** What each file is, or what it lacks to be imported. */
function stateOf(choice: Choice, look: Look | undefined): { icon: typeof CircleCheck; tone: string; text: string } {
  if (look?.error) return { icon: CircleAlert, tone: 'danger', text: failureOf(look.error).message }
  if (look?.data) {
    const obstacle = obstacleOf(look.data, choice.source ?? look.data.suggestedSource)
    if (obstacle !== null) return { icon: CircleHelp, tone: 'warning', text: obstacle }
    return { icon: CircleCheck, tone: 'success', text: look.data.format ? FORMATS[look.data.format].label : '' }
  }
  if (look?.isLoading) return { icon: LoaderCircle, tone: 'neutral', text: t('chosen.reading') }
  return { icon: CircleHelp, tone: 'warning', text: t('chosen.map') }
}

/** The files that were chosen together. Arrow keys move between them, Delete takes one out. */
export function ChosenFiles({ choices, shown, looks }: { choices: readonly Choice[]; shown: number; looks: readonly Look[] }) {
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => {
    list.current?.children[shown]?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [shown])
  const onKey = (event: KeyboardEvent<HTMLElement>) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    if (event.key === 'Delete') remove(shown)
    if (!step) return
    event.preventDefault()
    const next = Math.max(0, Math.min(choices.length - 1, shown + step))
    show(next)
    event.currentTarget.querySelectorAll<HTMLElement>('[data-file]')[next]?.focus()
  }
  return (
    <div className={styles.chosen}>
      <ul ref={list} aria-label={t('chosen.label')} className={styles.files} onKeyDown={onKey}>
        {choices.map((choice, i) => {
          const state = stateOf(choice, looks[i])
          return (
            <li key={choice.file} className={styles.file} data-shown={i === shown || undefined}>
              <button
                type="button"
                data-file
                aria-current={i === shown || undefined}
                tabIndex={i === shown ? 0 : -1}
                className={styles.tab}
                title={isolated(choice.file)}
                onClick={() => show(i)}
              >
                <span className={styles.icon} data-tone={state.tone}>
                  <state.icon size={15} aria-hidden />
                </span>
                <span className={styles.text}>
                  <span dir="auto" className={styles.name}>
                    {fileName(choice.file)}
                  </span>
                  <span className={styles.state}>{isolated(state.text)}</span>
                </span>
              </button>
              <IconButton
                label={t('chosen.remove', { file: fileName(choice.file) })}
                icon={X}
                size="small"
                tabIndex={i === shown ? 0 : -1}
                onClick={() => remove(i)}
              />
            </li>
          )
        })}
      </ul>
      <Button size="small" hint={t('chosen.applyToAllHint')} onClick={applyToAll}>
        {t('chosen.applyToAll')}
      </Button>
      {choices.length === MOST_FILES && <p className={styles.most}>{t('chosen.most', { count: MOST_FILES })}</p>}
    </div>
  )
}
