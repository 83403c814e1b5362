import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { Boilerplate, ReasonName, ReasonsReport, WhatIf } from '../../contract/reasons.ts'
import { siblingEntry } from '../../core/entry.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { priorSfc, softplusNeg } from '../../core/losses.ts'
import { phraseText } from '../../core/scripts.ts'
import { styleNames } from '../../proxies/lexical/style.ts'
import type { Units } from '../../proxies/lexical/tokens.ts'
import type { Backend, Session } from '../backend.ts'
import { os } from '../procedure.ts'
import { muteEffect, mutedPart } from './mute.ts'
import { fittedFile } from '../scan-questions.ts'
import { boilerplateDiffers, differencesOf } from './study.ts'
import { countedIds, drawnPairs } from './texts.ts'

const LOOKED = 20_000
/** Pairs that are looked through for those that have a feature: some seconds of work. */
const MOST_LOOKED = 100_000
/** Read and taken apart at once, in some ten milliseconds, so that other requests get their turn in between. */
const PAGE = 250

export function reasonsService(backend: Backend) {
  /** The last answer and the project state that it is for: computing it takes a second or more. */
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
      const { db, path } = backend.requireTrusted()
      const { pairId, muted, words, ...pair } = input
      const stored = await db.scans.modelOf(pairId)
      const of = stored ?? (await db.scans.foldOfPair(pairId))
      if (!of) return null
      // Few groups may leave a fold empty: then the model of all pairs has not seen this one either.
      const fold = existsSync(fittedFile(path, of.scan, of.fold)) ? of.fold : null
      const model = { project: path, scan: of.scan, fold }
      const part = await mutedPart(path, of.scan, fold, muted, pair)
      const saved = await db.pairs.get(pairId)
      const [margin, told] = (await backend.questions.score(model, stored ? [pair] : [pair, saved])) as [number, number?]
      const explained = words || of.scan.proxy === 'lexical' ? await backend.questions.explain(model, pair) : null
      const numbers = (textMargin: number) => {
        const textLoss = softplusNeg(textMargin)
        return { textMargin, textLoss, priorSfc: priorSfc(textLoss) }
      }
      return {
        before: numbers(stored ? stored.textMargin : (told as number)),
        after: numbers(margin - part),
        stored: stored !== null,
        attribution: explained && {
          method: explained.method,
          chosen: explained.chosen,
          rejected: explained.rejected,
          features: explained.features,
          textMargin: margin,
        },
      }
    }),

    mute: os.reasons.mute.handler(async ({ input }) => {
      const session = backend.requireTrusted()
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
  const counted = await countedIds(db)
  const pairs = await drawnPairs(db, counted, LOOKED, scan.seed)
  const workerData = { features, pairs, whole: pairs.length === counted.length, units: unitsOf(scan.options) }
  const studied = await new Promise<Pick<ReasonsReport, 'reasons' | 'boilerplate'>>((resolve, reject) => {
    const worker = new Worker(new URL(siblingEntry(import.meta.url, 'reasons-worker')), { workerData, name: 'reasons' })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  return { scanId: scan.id, looked: pairs.length, scored: counted.length, ...studied }
}

async function pairsWith({ db }: Session, what: Asked, units: Units) {
  if ('feature' in what && what.kind === 'style' && !styleNames(units).includes(what.feature)) {
    throw new BlindfoldError('NOT_FOUND', `Feature “${what.feature}” not found.`, {
      field: 'feature',
      remedy: 'Use a feature name from the list of cues.',
    })
  }
  const { ids, scored } = await db.scans.largestMargins(MOST_LOOKED)
  const question = JSON.stringify([what, units, await db.scans.revision()])
  const known = await db.pairSets.find(question)
  if (known) return { set: known, looked: ids.length, scored }
  const of = 'feature' in what ? differencesOf([what], units) : null
  const differs = of
    ? (pair: { chosen: string; rejected: string }) => of(pair)[0] !== 0
    : boilerplateDiffers(what as Pick<Boilerplate, 'place' | 'text'>)
  const found: number[] = []
  for (let from = 0; from < ids.length; from += PAGE) {
    const pairIds = [...ids.subarray(from, from + PAGE)]
    for (const pair of await db.pairs.chunk(0, pairIds.length, { pairIds })) if (differs(pair)) found.push(pair.pairId)
  }
  const set = found.length === 0 ? null : await db.pairSets.make({ label: labelOf(what), question, pairIds: Float64Array.from(found) })
  return { set, looked: ids.length, scored }
}

type Asked = ReasonName | Pick<Boilerplate, 'place' | 'text'>

const labelOf = (what: Asked): string =>
  'feature' in what
    ? what.kind === 'style'
      ? `differ in ${what.feature}`
      : `“${phraseText(what.feature)}” on one side`
    : `${what.place} “${phraseText(what.text)}” on one side`
