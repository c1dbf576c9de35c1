import type { MeasuredLine } from '../replica/records.js'
import { tables } from '../replica/tables.js'
import type { Reader, Transaction } from '../store/database.js'

export type { MeasuredLine }

/** What is known of a link from earlier runs. */
export function getMeasuredLine(reader: Reader, link: string): Promise<MeasuredLine | undefined> {
  return tables.measuredLine.get(reader, link)
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
  tables.measuredLine.put(tx, link, {
    atMs,
    ...(rate !== undefined && { bitsPerSecond: rate }),
    ...(latency !== undefined && { latencyMs: latency }),
  })
}
