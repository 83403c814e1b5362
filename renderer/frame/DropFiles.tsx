import { FileDown } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { ProjectInfo } from '../../src/contract/projects.ts'
import { takeDropped } from '../features/import/wizard.ts'
import { openProject } from '../features/projects/project-actions.ts'
import { openDialog } from '../state/dialogs.ts'
import { toast, toastError } from '../ui/overlays/Toast.tsx'
import styles from './DropFiles.module.css'
import { words } from '../words/words.ts'

const t = words.frame

/**
 * Files and folders dropped anywhere on the window open the import, a project folder opens that project. The desktop
 * shell says where a dropped file lies; a browser keeps that to itself, so there only its name is known.
 */
export function DropFiles({ project }: { project: ProjectInfo | null }) {
  const [over, setOver] = useState(false)
  const isOpen = project !== null
  useEffect(() => {
    // An image of the page that is being dragged looks like a file, too.
    let own = false
    const carriesFiles = (event: DragEvent) => !own && Boolean(event.dataTransfer?.types.includes('Files'))
    const onStart = () => {
      own = true
    }
    const onEnd = () => {
      own = false
    }
    const onOver = (event: DragEvent) => {
      if (!carriesFiles(event)) return
      // Without this the window would show the file itself.
      event.preventDefault()
      const blocked = document.querySelector('dialog:modal') !== null
      if (event.dataTransfer) event.dataTransfer.dropEffect = blocked ? 'none' : 'copy'
      setOver(!blocked)
    }
    const onLeave = (event: DragEvent) => event.relatedTarget === null && setOver(false)
    const onDrop = (event: DragEvent) => {
      if (!carriesFiles(event)) return
      event.preventDefault()
      setOver(false)
      if (document.querySelector('dialog:modal') === null) void dropped([...(event.dataTransfer?.files ?? [])], isOpen).catch(toastError)
    }
    const listeners = { dragstart: onStart, dragend: onEnd, dragenter: onOver, dragover: onOver, dragleave: onLeave, drop: onDrop }
    for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name, listener as EventListener)
    return () => {
      for (const [name, listener] of Object.entries(listeners)) window.removeEventListener(name, listener as EventListener)
    }
  }, [isOpen])

  if (!over) return null
  return (
    <div className={styles.overlay}>
      <div className={styles.target}>
        <FileDown size={32} aria-hidden />
        <h2>{t('drop.title')}</h2>
        <p>{isOpen ? t('drop.preview') : t('drop.noProject')}</p>
      </div>
    </div>
  )
}

async function dropped(files: readonly File[], projectOpen: boolean): Promise<void> {
  const places = await Promise.all(files.map((file) => window.blindfold?.pathFor(file) ?? ''))
  const project = places.find((path) => path.endsWith('.blindfold'))
  if (project) return void openProject(project)
  const paths = places.filter((path) => path !== '')
  takeDropped(
    paths,
    files.map((file) => file.name),
    projectOpen,
  )
  if (projectOpen) return
  toast(t('drop.waiting'), { detail: t('drop.waitingDetail') })
  openDialog('new-project')
}
