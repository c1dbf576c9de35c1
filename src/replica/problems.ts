import { PacketboatError } from '../errors/packetboat-error.js'
import { wordsOf } from '../errors/words-of.js'
import type { Reader, Transaction } from '../store/database.js'
import type { Problem, ProblemRecord, ProblemSide } from './problem.js'
import { tables } from './tables.js'

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
          `packetboat can't work on it: ${wordsOf(error)}.`,
          error instanceof Error && 'errno' in error
            ? 'Look at that place and its disk, then sync again.'
            : 'If the disk is sound, please report this: it is a fault in packetboat.',
        )
  const { code, message, next } = known
  return { code, reason: message.slice(0, textBytes), next: next.slice(0, textBytes), ...where }
}

export async function listProblems(reader: Reader, side?: ProblemSide): Promise<KnownProblem[]> {
  const problems: KnownProblem[] = []
  for await (const { key, value } of tables.problem.list(reader, side === undefined ? [] : [side])) {
    const [its, mailbox, item] = key
    problems.push({ side: its, mailbox, item, record: value })
  }
  return problems
}

/**
 * Replaces a side's problems, apart from earlier ones that `keeps` says weren't checked this time. A problem
 * that continues keeps its start time. Gives those that stand now.
 */
export async function replaceProblems(
  tx: Transaction,
  side: ProblemSide,
  found: readonly FoundProblem[],
  options: {
    readonly nowMs: number
    readonly keeps: (known: KnownProblem) => boolean
    /** Those of before, by whoever has listed them: there may be very many, and a look in slices notes few at a time. */
    readonly known?: readonly KnownProblem[]
  },
): Promise<KnownProblem[]> {
  const { nowMs, keeps, known = await listProblems(tx, side) } = options
  const before = new Map(known.map((each) => [placeName(each), each]))
  const now = new Map<string, KnownProblem>()
  for (const each of found) {
    const name = placeName(each)
    now.set(name, putProblem(tx, side, each, { known: before.get(name)?.record, nowMs }))
    before.delete(name)
  }
  for (const [name, each] of before)
    if (keeps(each)) now.set(name, each)
    else tables.problem.delete(tx, side, each.mailbox, each.item)
  return [...now.values()]
}

/** One more, met between two looks. */
export async function addProblem(
  tx: Transaction,
  side: ProblemSide,
  found: FoundProblem,
  nowMs: number,
): Promise<void> {
  const known = await tables.problem.get(tx, side, found.mailbox, found.item)
  putProblem(tx, side, found, { known, nowMs })
}

function putProblem(
  tx: Transaction,
  side: ProblemSide,
  { mailbox, item, problem }: FoundProblem,
  { known, nowMs }: { readonly known: ProblemRecord | undefined; readonly nowMs: number },
): KnownProblem {
  const record: ProblemRecord = {
    ...problem,
    sinceMs: known?.sinceMs ?? nowMs,
    triedMs: nowMs,
    tries: (known?.tries ?? 0) + 1,
  }
  tables.problem.put(tx, side, mailbox, item, record)
  return { side, mailbox, item, record }
}

/** Everything is tried again at the next opportunity. */
export async function forgetPauses(tx: Transaction): Promise<void> {
  for (const { side, mailbox, item, record } of await listProblems(tx))
    if (side !== 'upstream') tables.problem.put(tx, side, mailbox, item, { ...record, tries: 0 })
}

export const placeName = ({ mailbox, item }: ProblemPlace): string => `${mailbox}/${item}`

/** What keeps a mailbox or a message from being read and from being written too is one problem. */
export function distinctProblems<P extends { readonly record: Pick<Problem, 'mailbox' | 'item' | 'reason'> }>(
  problems: readonly P[],
): P[] {
  const found = new Map<string, P>()
  for (const each of problems) {
    const { mailbox, item, reason } = each.record
    const name = JSON.stringify([mailbox, item, reason])
    if (!found.has(name)) found.set(name, each)
  }
  return [...found.values()]
}

/** Problems because of which something is missing. What holds no mail, and is only left alone, doesn't count. */
export function seriousProblems<
  P extends { readonly record: Pick<Problem, 'harmless' | 'mailbox' | 'item' | 'reason'> },
>(problems: readonly P[]): P[] {
  return distinctProblems(problems.filter(({ record }) => !record.harmless))
}
