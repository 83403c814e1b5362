/**
 * Works on several items at once and yields the results in the order of the items. At most `width` are begun and not
 * yet taken, so a slow consumer holds the source back. Results that are no promises, with none before them, come at once.
 * It ends when all that was begun has ended, also after a failure or if the consumer leaves: nothing writes on behind it.
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  width: number,
  work: (item: Item) => Result | Promise<Result>,
): AsyncGenerator<{ item: Item; result: Result }, void, undefined> {
  const begun: { item: Item; result: Promise<Result> | Result }[] = []
  const take = async () => {
    const first = begun.shift()
    if (!first) throw new Error('inOrder: nothing was begun')
    return { item: first.item, result: await first.result }
  }
  try {
    for await (const item of items) {
      const result = work(item)
      if (result instanceof Promise) {
        // Where an earlier item fails or the consumer leaves, nobody asks for this one any more.
        result.catch(() => {})
      } else if (begun.length === 0) {
        yield { item, result }
        continue
      }
      begun.push({ item, result })
      if (begun.length >= width) yield await take()
    }
    while (begun.length > 0) yield await take()
  } finally {
    await Promise.allSettled(begun.map(({ result }) => result))
  }
}
