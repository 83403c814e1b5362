import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jobState, type JobState } from '../contract/jobs.ts'
import { BlindfoldError } from '../core/errors.ts'
import { isLive } from '../core/vocabulary.ts'
import { canTransition, transition, type JobEvent } from './transition.ts'

const at = '2026-01-01T00:00:00.000Z'
const progress = { phase: 'p', done: 1, total: 2, unit: 'pairs', rate: null, etaSeconds: null }
const events: JobEvent[] = [
  { type: 'start', at },
  { type: 'progress', progress },
  { type: 'cancel', at },
  { type: 'stopped', at },
  { type: 'succeed', at, result: { n: 1 } },
  { type: 'fail', at, error: { code: 'NO_DATA', message: 'm', remedy: 'r' } },
  { type: 'interrupt', at },
  { type: 'resume' },
]
const anyEvents = fc.array(fc.constantFrom(...events), { maxLength: 40 })

const apply = (state: JobState, event: JobEvent): JobState => {
  try {
    return transition(state, event)
  } catch (error) {
    expect(error).toBeInstanceOf(BlindfoldError)
    expect((error as BlindfoldError).code).toBe('JOB_STATE')
    expect((error as BlindfoldError).detail.remedy).not.toBe('')
    return state
  }
}

describe('transition', () => {
  test('no sequence of events leaves the contract, and an event is refused exactly where canTransition says so', () => {
    fc.assert(
      fc.property(anyEvents, (sequence) => {
        let state: JobState = { status: 'queued' }
        for (const event of sequence) {
          const before = structuredClone(state)
          const allowed = canTransition(state.status, event.type)
          const after = apply(state, event)
          expect(state).toEqual(before)
          expect(jobState.parse(after)).toEqual(after)
          expect(after === state).toBe(!allowed)
          state = after
        }
      }),
    )
  })

  test('a job that is over stays over until it is resumed, and what succeeded is never resumed', () => {
    fc.assert(
      fc.property(anyEvents, (sequence) => {
        let state: JobState = { status: 'queued' }
        for (const event of sequence) {
          const over = !isLive({ state })
          const succeeded = state.status === 'succeeded'
          state = apply(state, event)
          if (over && event.type !== 'resume') expect(isLive({ state })).toBe(false)
          if (succeeded) expect(state.status).toBe('succeeded')
        }
      }),
    )
  })

  test('every live job can end, and progress and start survive into the end', () => {
    const running = transition(transition({ status: 'queued' }, { type: 'start', at }), { type: 'progress', progress })
    const cancelling = transition(running, { type: 'cancel', at })
    expect(cancelling).toEqual({ status: 'cancelling', startedAt: at, progress })
    expect(transition(cancelling, { type: 'stopped', at })).toEqual({ status: 'cancelled', startedAt: at, endedAt: at, progress })
    expect(transition({ status: 'queued' }, { type: 'cancel', at })).toEqual({
      status: 'cancelled',
      startedAt: null,
      endedAt: at,
      progress: null,
    })
    expect(transition(running, { type: 'interrupt', at })).toMatchObject({ status: 'interrupted', progress })
  })
})
