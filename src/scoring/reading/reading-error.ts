/** Why texts cannot be read by a registered model, and what mends it. */
export class ReadingError extends Error {
  readonly remedy: string

  constructor(message: string, remedy: string) {
    super(message)
    this.name = 'ReadingError'
    this.remedy = remedy
  }
}
