import { createTranslator, type AbstractIntlMessages } from 'use-intl/core'
import { LOCALE } from '../../src/core/format.ts'
import { curation } from './en/curation.ts'
import { data } from './en/data.ts'
import { exporting } from './en/export.ts'
import { importing } from './en/import.ts'
import { jobs } from './en/jobs.ts'
import { models } from './en/models.ts'
import { pairs } from './en/pairs.ts'
import { projects } from './en/projects.ts'
import { review } from './en/review.ts'
import { training } from './en/training.ts'

/**
 * What the interface says, one catalogue per feature. Messages are ICU; the compiler checks their names and arguments. A
 * translation is a folder beside `en` with the same names.
 */
export const words = {
  curation: translator(curation),
  data: translator(data),
  export: translator(exporting),
  import: translator(importing),
  jobs: translator(jobs),
  models: translator(models),
  pairs: translator(pairs),
  projects: translator(projects),
  review: translator(review),
  training: translator(training),
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
