import {
  addProblem,
  type FoundProblem,
  type KnownProblem,
  placeName,
  replaceProblems,
} from '../../replica/problems.js'
import type { Account } from '../account.js'
import type { MailboxScan } from '../adopt/mailbox-scan.js'
import { isTriedNow, type TriedMessages } from './tried-messages.js'

interface NotedScans {
  /** Mailboxes of which nothing new can be said. */
  readonly unscanned: ReadonlySet<string>
  readonly scans: readonly MailboxScan[]
  /** Else nothing new can be said of any other mailbox. */
  readonly areAll: boolean
  readonly tried: TriedMessages | undefined
}

/** What these looks found for the first time. */
export async function noteFirstProblems(
  { replica }: Account,
  known: readonly KnownProblem[],
  scans: readonly MailboxScan[],
): Promise<void> {
  const names = new Set(known.map(placeName))
  const first = scans.flatMap(({ problems }) => problems).filter((each) => !names.has(placeName(each)))
  if (first.length === 0) return
  await replica.db.transact(async (tx) => {
    for (const each of first) await addProblem(tx, 'read', each, replica.now())
  })
}

/** What can't be read now, instead of what couldn't before; what wasn't tried again stays. Gives all of it. */
export async function noteProblems(
  account: Account,
  known: readonly KnownProblem[],
  found: readonly FoundProblem[],
  { unscanned, scans, areAll, tried }: NotedScans,
): Promise<readonly KnownProblem[]> {
  if (known.length === 0 && found.length === 0) return []
  const { replica } = account
  const seen = new Map<string, Seen>(
    scans.map((scan) => [scan.mailbox, { present: scan.present, putOff: putOffOf(scan) }]),
  )
  const keeps = (problem: KnownProblem): boolean => {
    const { mailbox, item } = problem
    if (unscanned.has(mailbox)) return true
    const its = seen.get(mailbox)
    if (!its && !areAll) return true
    if (item === '' || !its?.present(item)) return false
    return its.putOff.has(item) || !isTriedNow(account, problem, tried)
  }
  const nowMs = replica.now()
  return replica.db.transact((tx) => replaceProblems(tx, 'read', found, { nowMs, keeps, known }))
}

interface Seen extends Pick<MailboxScan, 'present'> {
  readonly putOff: ReadonlySet<string>
}

/** New files that stay for the next slice. */
function putOffOf({ fresh, share }: MailboxScan): ReadonlySet<string> {
  if (!share || share.left === 0) return new Set()
  const locators = new Set(fresh.map(({ locator }) => locator))
  for (const { locator } of [...share.arrived, ...share.older]) locators.delete(locator)
  return locators
}
