import type { ChildProcess } from 'node:child_process'
import { scoringReply, type Explanation, type Scorer, type ScoringReply, type ScoringRequest } from '../contract/scoring.ts'
import { BlindfoldError } from '../core/errors.ts'
import type { TextPair } from '../proxies/proxy.ts'
import { ended, send, startScoring } from './scoring-child.ts'

type Question = Extract<ScoringRequest, { question: number }>
type Answer = Extract<ScoringReply, { type: 'scored' | 'explained' }>
type Waiting = { resolve: (answer: Answer) => void; reject: (error: BlindfoldError) => void }

const IDLE_MS = 60_000
const REMEDY = 'Ask again; run the blind test again where that does not help.'

/**
 * Asks a scoring process about single pairs. The process is started by the first question, keeps its models loaded for the
 * next ones, and is ended after a minute without any. Where it dies, the questions that wait fail and the next starts
 * another.
 */
export class ScoringQuestions {
  readonly #idleMs: number
  readonly #waiting = new Map<number, Waiting>()
  #child: ChildProcess | null = null
  #next = 0
  #idle: NodeJS.Timeout | undefined

  constructor({ idleMs = IDLE_MS }: { idleMs?: number } = {}) {
    this.#idleMs = idleMs
  }

  /** The process that runs now; null where none does. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** Text margins of any texts, at most 1,000 pairs, in log-odds. @throws BlindfoldError SCORING_FAILED */
  async score(scorer: Scorer, pairs: readonly TextPair[]): Promise<number[]> {
    const answer = await this.#ask({ type: 'score', question: this.#next++, scorer, pairs: [...pairs] })
    return answer.type === 'scored' ? answer.margins : []
  }

  /** What each part of both responses adds to the margin. @throws BlindfoldError SCORING_FAILED */
  async explain(scorer: Scorer, pair: TextPair): Promise<Explanation> {
    const answer = await this.#ask({ type: 'explain', question: this.#next++, scorer, pair })
    if (answer.type === 'explained') return answer.explanation
    throw new TypeError('a question for an explanation was answered otherwise')
  }

  /** Ends the process; questions that wait fail. */
  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const child = this.#child
    if (!child) return
    const end = ended(child)
    child.kill('SIGKILL')
    await end
  }

  #ask(question: Question): Promise<Answer> {
    clearTimeout(this.#idle)
    const child = (this.#child ??= this.#start())
    return new Promise((resolve, reject) => {
      this.#waiting.set(question.question, { resolve, reject })
      void send(child, question)
    })
  }

  #start(): ChildProcess {
    const lines: string[] = []
    const child = startScoring((line) => lines.splice(0, lines.length, line))
    child.on('message', (message) => {
      const reply = scoringReply.parse(message)
      if (!('question' in reply) || reply.question === null) return
      const waiting = this.#waiting.get(reply.question)
      this.#waiting.delete(reply.question)
      if (reply.type === 'failed') waiting?.reject(new BlindfoldError('SCORING_FAILED', reply.message, { remedy: reply.remedy ?? REMEDY }))
      else waiting?.resolve(reply)
      if (this.#waiting.size === 0) this.#idle = setTimeout(() => void this.close(), this.#idleMs).unref()
    })
    void ended(child).then((how) => {
      if (this.#child === child) this.#child = null
      const failure = new BlindfoldError('SCORING_FAILED', `The scoring process stopped (${how}). ${lines.join(' ')}`.trim(), { remedy: REMEDY })
      for (const { reject } of this.#waiting.values()) reject(failure)
      this.#waiting.clear()
    })
    return child
  }
}
