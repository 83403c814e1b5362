/** Where the reader was in a list: restored when they come back to it. */
export interface Place {
  pairId: number | null
  /** The row's place in the list, from 0. */
  index: number
  /** Scrolled by so many CSS pixels. */
  offset: number
}

const places = new Map<string, Place>()

/** `query` is the address of the list, filter and order included. */
export const placeIn = (query: string): Place => places.get(query) ?? { pairId: null, index: -1, offset: 0 }
export const rememberPlace = (query: string, place: Partial<Place>): void => void places.set(query, { ...placeIn(query), ...place })
