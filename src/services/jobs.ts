import type { Backend } from './backend.ts'
import { os } from './procedure.ts'

export function jobsService(backend: Backend) {
  const runner = () => backend.requireSession().jobs
  return {
    list: os.jobs.list.handler(() => runner().list()),
    get: os.jobs.get.handler(({ input }) => runner().get(input.jobId)),
    cancel: os.jobs.cancel.handler(({ input }) => runner().cancel(input.jobId)),
    resume: os.jobs.resume.handler(({ input }) => runner().resume(input.jobId)),
    log: os.jobs.log.handler(({ input }) => runner().log(input.jobId, input.lines)),
  }
}

export function eventsService(backend: Backend) {
  return {
    subscribe: os.events.subscribe.handler(({ signal }) => backend.events.subscribe(signal)),
  }
}
