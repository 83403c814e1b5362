/** A watch over something that should be heard from now and then. */
export type Silence = { heard: () => void; end: () => void }

/**
 * Calls `tell` with the minutes since something was last heard, after each such time of silence. Nothing is stopped: a large
 * download or a large model is silent too, and only a person can tell.
 */
export function watchSilence(milliseconds: number, tell: (minutes: number) => void): Silence {
  let last = Date.now()
  const timer = setInterval(() => tell(Math.round((Date.now() - last) / 60_000)), milliseconds)
  return {
    heard: () => {
      last = Date.now()
      timer.refresh()
    },
    end: () => clearInterval(timer),
  }
}
