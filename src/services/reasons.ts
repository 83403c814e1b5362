import { Worker } from 'node:worker_threads'
import type { Boilerplate, ReasonName, ReasonsReport, WhatIf } from '../contract/reasons.ts'
import { siblingEntry } from '../core/entry.ts'
import { BlindfoldError } from '../core/errors.ts'
import { PRIOR_MM_LOSS, sfc, softplusNeg } from '../core/losses.ts'
import { STYLE_NAMES } from '../proxies/lexical/style.ts'
import type { Units } from '../proxies/lexical/words.ts'
import type { Backend, Session } from './backend.ts'
import { os } from './procedure.ts'
import { muteEffect, mutedPart } from './reasons/mute.ts'
import { boilerplateDiffers, differencesOf } from './reasons/study.ts'
import { countedIds, drawnPairs } from './reasons/texts.ts'

const LOOKED = 20_000
const SHOWN = 500
/** Pairs that are looked through for those that have a feature. */
const MOST_LOOKED = 100_000
const PAGE = 500

export function reasonsService(backend: Backend) {
  /** The last answer, and the state of which project it speaks of: making it anew takes a second or more. */
  let known: { key: string; report: Promise<ReasonsReport> } | null = null
  return {
    list: os.reasons.list.handler(async () => {
      const session = backend.requireSession()
      const scan = await session.db.scans.latest()
      if (!scan) return null
      const key = `${session.path}\n${await session.db.scans.revision()}`
      if (known?.key !== key) {
        const report = listed(session, scan)
        known = { key, report }
        report.catch(() => (known = null))
      }
      return known.report
    }),

    pairs: os.reasons.pairs.handler(async ({ input }) => {
      const session = backend.requireSession()
      const { options } = await scanOf(session)
      return pairsWith(session, input, unitsOf(options))
    }),

    whatIf: os.reasons.whatIf.handler(async ({ input }): Promise<WhatIf | null> => {
      const { db, path } = backend.requireSession()
      const of = await db.scans.modelOf(input.pairId)
      if (!of) return null
      const { pairId, muted, ...pair } = input
      const model = { project: path, scan: of.scan, fold: of.fold }
      const part = await mutedPart(path, of.scan, of.fold, muted, pair)
      const explanation = await backend.questions.explain(model, pair)
      const [margin] = (await backend.questions.score(model, [pair])) as [number]
      const { mmLoss } = await db.pairs.get(pairId)
      const numbers = (textMargin: number) => {
        const textLoss = softplusNeg(textMargin)
        return { textMargin, textLoss, sfc: sfc(mmLoss ?? PRIOR_MM_LOSS, textLoss) }
      }
      const { method, chosen, rejected, features } = explanation
      return { before: numbers(of.textMargin), after: numbers(margin - part), attribution: { method, chosen, rejected, features, textMargin: margin } }
    }),

    mute: os.reasons.mute.handler(async ({ input }) => {
      const session = backend.requireSession()
      return muteEffect(session, await scanOf(session), input.muted)
    }),
  }
}

type Scan = NonNullable<Awaited<ReturnType<Session['db']['scans']['latest']>>>

const unitsOf = ({ characters }: Scan['options']): Units => (characters ? 'characters' : 'words')

async function scanOf({ db, path }: Session): Promise<Scan> {
  const scan = await db.scans.latest()
  if (scan) return scan
  throw new BlindfoldError('NO_DATA', 'This project has no blind test yet.', { file: path, remedy: 'Run the blind test first.' })
}

async function listed({ db }: Session, scan: Scan): Promise<ReasonsReport> {
  const { features } = await db.scans.reportFacts(scan.id)
  const pairs = await drawnPairs(db, await countedIds(db), LOOKED, scan.seed)
  const workerData = { features, pairs, units: unitsOf(scan.options) }
  const studied = await new Promise<Pick<ReasonsReport, 'reasons' | 'boilerplate'>>((resolve, reject) => {
    const worker = new Worker(new URL(siblingEntry(import.meta.url, 'reasons-worker')), { workerData, name: 'reasons' })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  return { scanId: scan.id, looked: pairs.length, ...studied }
}

async function pairsWith({ db }: Session, what: ReasonName | Pick<Boilerplate, 'place' | 'text'>, units: Units) {
  if ('feature' in what && what.kind === 'style' && !STYLE_NAMES.includes(what.feature)) {
    throw new BlindfoldError('NOT_FOUND', `There is no feature “${what.feature}”.`, { field: 'feature', remedy: 'Name one as the list of reasons does.' })
  }
  const of = 'feature' in what ? differencesOf([what], units) : null
  const differs = of ? (pair: { chosen: string; rejected: string }) => of(pair)[0] !== 0 : boilerplateDiffers(what as Pick<Boilerplate, 'place' | 'text'>)
  const pairIds: number[] = []
  let looked = 0
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof db.pairs.list>> = await db.pairs.list({ filter: { stale: false, sfcMin: 0 }, sort: 'sfc', cursor, limit: PAGE })
    for (const row of page.rows) if (pairIds.length < SHOWN && differs(row)) pairIds.push(row.pairId)
    looked += page.rows.length
    cursor = page.nextCursor
  } while (cursor !== null && pairIds.length < SHOWN && looked < MOST_LOOKED)
  return { pairIds, looked }
}
