import { join } from 'node:path'

/** What lies where in a project folder. */
export function projectLayout(folder: string) {
  return {
    database: join(folder, 'project.db'),
    lock: join(folder, 'lock.db'),
    holder: join(folder, 'lock.json'),
    media: join(folder, 'media'),
    runs: join(folder, 'runs'),
    scans: join(folder, 'scans'),
    logs: join(folder, 'logs'),
    backups: join(folder, 'backups'),
    /** What can be recomputed: readings of registered models. No part of a backup. */
    cache: join(folder, 'cache'),
  }
}
