import { type ErrorCode, PacketboatError } from '../errors/packetboat-error.js'
import type { Reader, Transaction } from '../store/database.js'
import type { Key } from '../store/store.js'
import { keys } from './records.js'

/**
 * What can't take part now: one message, or one mailbox, that can't be read or written. It stops nothing else, is never taken for a
 * deletion, and is told to the person until it is over (laws 11 and 12).
 */
export interface Problem {
  readonly code: ErrorCode
  /** What is wrong, and what to do: for the person. */
  readonly reason: string
  readonly next: string
  /** The mailbox, as the person knows it. */
  readonly mailbox: string
  /** The message in it, where it is only one: a file's name, a UID, a subject. */
  readonly item?: string
  /** It holds no mail: left alone and told, but nothing is missing for it. */
  readonly harmless?: boolean
}

/** Times are only shown, and space out the tries. */
export interface ProblemRecord extends Problem {
  readonly sinceMs: number
  readonly triedMs: number
  readonly tries: number
}

/**
 * Where a problem was met: reading the mail store here, writing to it, sending up what the upstream waits for, or at the upstream, which
 * says so.
 */
export type ProblemSide = 'read' | 'write' | 'upload' | 'upstream'

/** Names a problem within its side: the mailbox (its GUID, or its name while it has none), and '' or what in it. */
export interface ProblemPlace {
  readonly mailbox: string
  readonly item: string
}

export interface FoundProblem extends ProblemPlace {
  readonly problem: Problem
}

export interface KnownProblem extends ProblemPlace {
  readonly side: ProblemSide
  readonly record: ProblemRecord
}

/** The longest text of a problem that is kept. */
const textBytes = 500

/** An error of one thing as a problem of it. */
export function problemOf(error: unknown, where: Pick<Problem, 'mailbox' | 'item' | 'harmless'>): Problem {
  const known =
    error instanceof PacketboatError
      ? error
      : new PacketboatError(
          'MESSAGE_UNREADABLE',
          `packetboat can't work on it: ${error instanceof Error ? error.message : String(error)}.`,
          'If the disk is sound, please report this: it is a fault in packetboat.',
        )
  const { code, message, next } = known
  return { code, reason: message.slice(0, textBytes), next: next.slice(0, textBytes), ...where }
}

export async function listProblems(reader: Reader, side?: ProblemSide): Promise<KnownProblem[]> {
  const problems: KnownProblem[] = []
  const prefix: Key = side === undefined ? ['problem'] : ['problem', side]
  for await (const { key, value } of reader.list<ProblemRecord>({ prefix })) {
    const [, its, mailbox, item] = key
    problems.push({ side: its as ProblemSide, mailbox: String(mailbox), item: String(item), record: value })
  }
  return problems
}

/**
 * From now on a side has these problems, and those of its earlier ones that `keeps` says weren't looked for. One that stands already
 * keeps the time since when it does.
 */
export async function replaceProblems(
  tx: Transaction,
  side: ProblemSide,
  found: readonly FoundProblem[],
  options: { readonly nowMs: number; readonly keeps: (known: KnownProblem) => boolean },
): Promise<void> {
  const before = new Map<string, KnownProblem>()
  for (const known of await listProblems(tx, side)) before.set(placeName(known), known)
  for (const each of found) {
    const known = before.get(placeName(each))?.record
    before.delete(placeName(each))
    tx.put(keys.problem(side, each.mailbox, each.item), {
      ...each.problem,
      sinceMs: known?.sinceMs ?? options.nowMs,
      triedMs: options.nowMs,
      tries: (known?.tries ?? 0) + 1,
    } satisfies ProblemRecord)
  }
  for (const known of before.values())
    if (!options.keeps(known)) tx.delete(keys.problem(side, known.mailbox, known.item))
}

/** One more, met between two looks. */
export async function addProblem(
  tx: Transaction,
  side: ProblemSide,
  found: FoundProblem,
  nowMs: number,
): Promise<void> {
  await replaceProblems(tx, side, [found], { nowMs, keeps: () => true })
}

/** Everything is tried again at the next opportunity. */
export async function forgetPauses(tx: Transaction): Promise<void> {
  for (const { side, mailbox, item, record } of await listProblems(tx))
    if (side !== 'upstream') tx.put(keys.problem(side, mailbox, item), { ...record, tries: 0 })
}

export const placeName = ({ mailbox, item }: ProblemPlace): string => `${mailbox}/${item}`

/** Those that stand for something which is missing: what holds no mail, and is only left alone, doesn't count. */
export function seriousProblems<P extends { readonly record: Pick<Problem, 'harmless'> }>(
  problems: readonly P[],
): P[] {
  return problems.filter(({ record }) => !record.harmless)
}
