import { matches } from '../../../src/core/search-words.ts'
import { segments } from './segments.ts'

/** Text that people or models wrote: in its own direction, and apart from what stands around it. What was searched for is marked. */
export function UserText({ text, search = '', className, title }: { text: string; search?: string; className?: string; title?: string }) {
  return (
    <bdi className={className} title={title}>
      <Marked text={text} search={search} />
    </bdi>
  )
}

/** A text with the places marked that a search found in it. */
export function Marked({ text, search = '' }: { text: string; search?: string }) {
  if (search === '') return text
  return segments(text, [], [], matches(text, search)).map((segment) =>
    segment.found ? <mark key={segment.start}>{segment.text}</mark> : segment.text,
  )
}
