import { GLOSSARY, GLOSSARY_TOPICS, type GlossaryEntry } from '../../src/core/glossary.ts'
import { page, written } from './markdown.ts'

/** docs/glossary.md. */
export function glossaryPage(): string {
  const entries: GlossaryEntry[] = Object.values(GLOSSARY)
  return page([
    '# Glossary',
    written('src/core/glossary.ts'),
    'The terms that the app, the command line and these docs use, with one definition each. How to write about them is in [Words](words.md).',
    ...Object.entries(GLOSSARY_TOPICS).flatMap(([topic, title]) => [
      `## ${title}`,
      ...entries.filter((entry) => entry.topic === topic).flatMap(({ term, short, seen }) => [`### ${term}`, short, `*Seen in:* ${seen}`]),
    ]),
  ])
}
