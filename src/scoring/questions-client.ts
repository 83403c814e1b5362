import { scoringReply, type Explanation, type Scorer, type ScoringReply, type ScoringRequest } from '../protocols/scoring.ts'
import { BlindfoldError } from '../core/errors.ts'
import type { TextPair } from '../proxies/proxy.ts'
import { startHelper, type Helper } from './helper.ts'

type Question = Extract<ScoringRequest, { question: number }>
type Answer = Extract<ScoringReply, { type: 'scored' | 'explained' }>
type Waiting = { resolve: (answer: Answer) => void; reject: (error: BlindfoldError) => void }
/** A scoring process with the questions that it has not answered yet, by number. */
type Process = { child: Helper; waiting: Map<number, Waiting>; ended: Promise<void> }

const IDLE_MS = 60_000
const REMEDY = 'Try again. If it fails again, run the blind test again.'

/**
 * Asks a scoring process about single pairs. The process is started by the first question, keeps its models loaded for the
 * next ones, and is ended after a minute without any. Where it dies, the questions that wait fail and the next starts
 * another.
 */
export class ScoringQuestions {
  readonly #idleMs: number
  #process: Process | null = null
  #next = 0
  #idle: NodeJS.Timeout | undefined

  constructor({ idleMs = IDLE_MS }: { idleMs?: number } = {}) {
    this.#idleMs = idleMs
  }

  /** The process that runs now; null where none does. */
  get pid(): number | null {
    return this.#process?.child.pid ?? null
  }

  /** Text margins of any texts, at most 1,000 pairs, in log-odds. @throws BlindfoldError SCORING_FAILED */
  async score(scorer: Scorer, pairs: readonly TextPair[]): Promise<number[]> {
    const answer = await this.#ask({ type: 'score', question: this.#next++, scorer, pairs: [...pairs] })
    if (answer.type === 'scored') return answer.margins
    throw new TypeError('a question for margins was answered otherwise')
  }

  /** What each part of both responses adds to the margin. @throws BlindfoldError SCORING_FAILED */
  async explain(scorer: Scorer, pair: TextPair): Promise<Explanation> {
    const answer = await this.#ask({ type: 'explain', question: this.#next++, scorer, pair })
    if (answer.type === 'explained') return answer.explanation
    throw new TypeError('a question for an explanation was answered otherwise')
  }

  /** Ends the process; questions that wait fail, and a later one starts another. */
  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const ending = this.#process
    this.#process = null
    ending?.child.kill()
    await ending?.ended
  }

  #ask(question: Question): Promise<Answer> {
    clearTimeout(this.#idle)
    const { child, waiting } = (this.#process ??= this.#start())
    return new Promise((resolve, reject) => {
      waiting.set(question.question, { resolve, reject })
      void child.send(question)
    })
  }

  #start(): Process {
    let said = ''
    const child = startHelper('scoring-process', (line) => (said = line))
    const waiting: Process['waiting'] = new Map()
    child.onMessage((message) => {
      const reply = scoringReply.parse(message)
      if (!('question' in reply) || reply.question === null) return
      const asked = waiting.get(reply.question)
      waiting.delete(reply.question)
      if (reply.type === 'failed') asked?.reject(new BlindfoldError('SCORING_FAILED', reply.message, { remedy: reply.remedy ?? REMEDY }))
      else asked?.resolve(reply)
      if (waiting.size === 0 && this.#process?.child === child) this.#idle = setTimeout(() => void this.close(), this.#idleMs).unref()
    })
    const end = child.ended.then((how) => {
      if (this.#process?.child === child) this.#process = null
      const failure = new BlindfoldError('SCORING_FAILED', `The scoring process stopped (${how}). ${said}`.trim(), { remedy: REMEDY })
      for (const { reject } of waiting.values()) reject(failure)
      waiting.clear()
    })
    return { child, waiting, ended: end }
  }
}
