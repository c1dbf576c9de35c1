import type { CreateHash } from '../../bytes/hash.js'
import type { ErrorCode } from '../../errors/packetboat-error.js'
import type { ProblemRecord } from '../../replica/problem.js'
import { type KnownProblem, listProblems, seriousProblems } from '../../replica/problems.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import { maxProblemsTold, type ProblemsThere, type ProblemThere } from '../../wire/response/accept-frame.js'
import type { Account } from '../account.js'

/** What can't take part on the responder's side is told to whoever asks, once: the device's person may be the only one who looks. */

/** What a device is told of the problems here; nothing when there are none. `heard` is the name under which it heard of them last. */
export async function problemsToTell(
  { replica, createHash }: Account,
  heard: number | undefined,
): Promise<ProblemsThere | undefined> {
  const problems = seriousProblems(await listProblems(replica.db))
  if (problems.length === 0) return undefined
  const told = problems.slice(0, maxProblemsTold).map(describeProblem)
  const total = problems.length
  const name = nameOfTold(createHash, [total, told])
  return name === heard ? { name, total } : { name, total, told }
}

function describeProblem({ record }: KnownProblem): ProblemThere {
  const { code, mailbox, item, reason, next, sinceMs } = record
  return { code, mailbox, ...(item !== undefined && { item }), reason, next, sinceMs }
}

/** 4 bytes by which a device says what it has been told. */
export function nameOfTold(createHash: CreateHash, told: unknown): number {
  const hash = createHash()
  hash.update(new TextEncoder().encode(JSON.stringify(told)))
  const [a = 0, b = 0, c = 0, d = 0] = hash.digest()
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
}

/** The name under which the upstream last told of its problems. */
export async function problemsHeard(reader: Reader): Promise<number | undefined> {
  return (await tables.problemsThere.get(reader))?.name
}

/** How many problems there are upstream in all: more than it tells of, perhaps. */
export async function countProblemsThere(reader: Reader): Promise<number> {
  return (await tables.problemsThere.get(reader))?.total ?? 0
}

/** Messages and mailboxes that can't take part now, on both sides. */
export async function countAllProblems(reader: Reader): Promise<number> {
  const here = (await listProblems(reader)).filter(({ side }) => side !== 'upstream')
  return seriousProblems(here).length + (await countProblemsThere(reader))
}

/** Takes over what the upstream says of its problems; that it says nothing means that there are none. */
export async function hearProblems(
  tx: Transaction,
  problems: ProblemsThere | undefined,
  nowMs: number,
): Promise<void> {
  const before = await tables.problemsThere.get(tx)
  if (problems?.name === before?.name) return
  for (const known of await listProblems(tx, 'upstream'))
    tables.problem.delete(tx, 'upstream', known.mailbox, known.item)
  if (!problems) {
    tables.problemsThere.delete(tx)
    return
  }
  const { name, total, told = [] } = problems
  tables.problemsThere.put(tx, { name, total })
  for (const [at, problem] of told.entries()) {
    const record: ProblemRecord = { ...problem, code: problem.code as ErrorCode, triedMs: nowMs, tries: 1 }
    tables.problem.put(tx, 'upstream', String(at), '', record)
  }
}
