import { ImageOff } from 'lucide-react'
import type { Message } from '../../../src/contract/messages.ts'
import type { PairDetail } from '../../../src/contract/pairs.ts'
import { thumbnailUrl } from '../../api/addresses.ts'
import { isolated } from '../../ui/text/direction.ts'
import { Marked } from '../../ui/text/UserText.tsx'
import { type ImagePlace, imagePlaces } from './image-places.ts'
import styles from './Prompt.module.css'
import { words } from '../../words/words.ts'

const t = words.review

/** The prompt: as turns with the places of its images, where it is more than a text below its images. */
export function Prompt({ pair, search, onImage }: { pair: PairDetail; search?: string; onImage: (index: number) => void }) {
  // An edited prompt is plain text: the turns speak of the one that was imported.
  if (!pair.messages || pair.prompt !== pair.original.prompt) {
    return (
      <section dir="auto" className={styles.plain} aria-label={t('prompt')}>
        <Marked text={pair.prompt} search={search} />
      </section>
    )
  }
  const places = imagePlaces(pair)
  const firsts = firstImages(pair.messages)
  return (
    <section className={styles.turns} aria-label={t('prompt')}>
      {pair.messages.map((message, turn) => (
        <div key={turn} className={styles.turn} data-role={message.role}>
          <span className={styles.role}>{t(`role.${message.role}`)}</span>
          <div dir="auto" className={styles.content}>
            <Parts message={message} first={firsts[turn] ?? 0} places={places} search={search} onImage={onImage} />
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

function Parts({
  message,
  first,
  places,
  search,
  onImage,
}: {
  message: Message
  first: number
  places: readonly ImagePlace[]
  search: string | undefined
  onImage: (index: number) => void
}) {
  const indices = message.content.map((_, i) => first + message.content.slice(0, i).filter((part) => part.type === 'image').length)
  return message.content.map((part, i) =>
    part.type === 'text' ? (
      <span key={i}>
        <Marked text={part.text} search={search} />
      </span>
    ) : (
      <ImageChip key={i} index={indices[i] ?? 0} place={places[indices[i] ?? 0]} onImage={onImage} />
    ),
  )
}

function ImageChip({ index, place, onImage }: { index: number; place: ImagePlace | undefined; onImage: (index: number) => void }) {
  const missing = !place?.image
  return (
    // A direction of its own: the label must not decide that of the turn.
    <button
      type="button"
      dir="ltr"
      className={styles.chip}
      data-missing={missing || undefined}
      title={place?.missing?.reference && isolated(place.missing.reference)}
      onClick={() => onImage(index)}
    >
      {place?.image ? <img src={thumbnailUrl(place.image.hash)} alt="" /> : <ImageOff size={13} aria-hidden />}
      {t(missing ? 'imageChipMissing' : 'imageChip', { number: index + 1 })}
    </button>
  )
}
