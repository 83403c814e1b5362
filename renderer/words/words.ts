import { createTranslator, type AbstractIntlMessages } from 'use-intl/core'
import { LOCALE } from '../../src/core/format.ts'
import { commands } from './en/commands.ts'
import { curation } from './en/curation.ts'
import { data } from './en/data.ts'
import { evaluation } from './en/evaluation.ts'
import { exporting } from './en/export.ts'
import { files } from './en/files.ts'
import { frame } from './en/frame.ts'
import { importing } from './en/import.ts'
import { jobs } from './en/jobs.ts'
import { models } from './en/models.ts'
import { overview } from './en/overview.ts'
import { pairs } from './en/pairs.ts'
import { projects } from './en/projects.ts'
import { review } from './en/review.ts'
import { training } from './en/training.ts'
import { ui } from './en/ui.ts'

/**
 * What the interface says, one catalogue per feature. Messages are ICU; the compiler checks their names and arguments. A
 * translation is a folder beside `en` with the same names.
 */
export const words = {
  commands: translator(commands),
  curation: translator(curation),
  data: translator(data),
  evaluation: translator(evaluation),
  export: translator(exporting),
  files: translator(files),
  frame: translator(frame),
  import: translator(importing),
  jobs: translator(jobs),
  models: translator(models),
  overview: translator(overview),
  pairs: translator(pairs),
  projects: translator(projects),
  review: translator(review),
  training: translator(training),
  ui: translator(ui),
}

function translator<const Messages extends AbstractIntlMessages>(messages: Messages) {
  return createTranslator<Messages>({
    locale: LOCALE,
    messages,
    onError: (error) => {
      throw error
    },
  })
}
