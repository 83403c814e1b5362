import { ImageOff } from 'lucide-react'
import type { Message } from '../../../src/contract/messages.ts'
import type { PairDetail } from '../../../src/contract/pairs.ts'
import { thumbnailUrl } from '../../api/addresses.ts'
import { type ImagePlace, imagePlaces } from './image-places.ts'
import styles from './Prompt.module.css'

const ROLES: Record<Message['role'], string> = { system: 'System', user: 'User', assistant: 'Assistant', tool: 'Tool' }

/** The prompt: as turns with the places of its images, where it is more than a text below its images. */
export function Prompt({ pair, onImage }: { pair: PairDetail; onImage: (index: number) => void }) {
  // An edited prompt is plain text: the turns speak of the one that was imported.
  if (!pair.messages || pair.prompt !== pair.original.prompt) {
    return (
      <section className={styles.plain} aria-label="Prompt">
        {pair.prompt}
      </section>
    )
  }
  const places = imagePlaces(pair)
  const firsts = firstImages(pair.messages)
  return (
    <section className={styles.turns} aria-label="Prompt">
      {pair.messages.map((message, turn) => (
        <div key={turn} className={styles.turn} data-role={message.role}>
          <span className={styles.role}>{ROLES[message.role]}</span>
          <div className={styles.content}>
            <Parts message={message} first={firsts[turn] ?? 0} places={places} onImage={onImage} />
          </div>
        </div>
      ))}
    </section>
  )
}

/** How many image parts stand before each message. */
function firstImages(messages: readonly Message[]): number[] {
  let before = 0
  return messages.map((message) => {
    const first = before
    before += message.content.filter((part) => part.type === 'image').length
    return first
  })
}

function Parts({ message, first, places, onImage }: { message: Message; first: number; places: readonly ImagePlace[]; onImage: (index: number) => void }) {
  const indices = message.content.map((_, i) => first + message.content.slice(0, i).filter((part) => part.type === 'image').length)
  return message.content.map((part, i) =>
    part.type === 'text' ? <span key={i}>{part.text}</span> : <ImageChip key={i} index={indices[i] ?? 0} place={places[indices[i] ?? 0]} onImage={onImage} />,
  )
}

function ImageChip({ index, place, onImage }: { index: number; place: ImagePlace | undefined; onImage: (index: number) => void }) {
  const missing = !place?.image
  return (
    <button type="button" className={styles.chip} data-missing={missing || undefined} title={place?.missing?.reference} onClick={() => onImage(index)}>
      {place?.image ? <img src={thumbnailUrl(place.image.hash)} alt="" /> : <ImageOff size={13} aria-hidden />}
      Image {index + 1}
      {missing && ' (missing)'}
    </button>
  )
}
