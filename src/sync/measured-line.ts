import { keys } from '../replica/records.js'
import type { Reader, Transaction } from '../store/database.js'

/** What was measured on a link, by the name of its profile: the one place where that is kept. */
export interface MeasuredLine {
  /** What came down, at its best. */
  readonly bitsPerSecond?: number
  /** A round trip. */
  readonly latencyMs?: number
  /** When, for people. */
  readonly atMs: number
}

/** What is known of a link from earlier runs. */
export function getMeasuredLine(reader: Reader, link: string): Promise<MeasuredLine | undefined> {
  return reader.get<MeasuredLine>(keys.measuredLine(link))
}

/** Remembers what a run has measured, half and half with what was known: one odd run doesn't turn an estimate over. */
export async function rememberMeasuredLine(
  tx: Transaction,
  link: string,
  { atMs, bitsPerSecond, latencyMs }: MeasuredLine,
): Promise<void> {
  const before = await getMeasuredLine(tx, link)
  const blended = (now: number | undefined, then: number | undefined): number | undefined =>
    now !== undefined && then !== undefined ? (now + then) / 2 : (now ?? then)
  const rate = blended(bitsPerSecond, before?.bitsPerSecond)
  const latency = blended(latencyMs, before?.latencyMs)
  if (rate === undefined && latency === undefined) return
  tx.put(keys.measuredLine(link), {
    atMs,
    ...(rate !== undefined && { bitsPerSecond: rate }),
    ...(latency !== undefined && { latencyMs: latency }),
  })
}
