import { type FoundProblem, type KnownProblem, replaceProblems } from '../../replica/problems.js'
import type { Account } from '../account.js'
import type { MailboxScan } from '../adopt/mailbox-scan.js'
import { isDue } from '../error-scope.js'
import type { TriedMessages } from './tried-messages.js'

interface NotedScans {
  /** Mailboxes of which nothing new can be said. */
  readonly unscanned: ReadonlySet<string>
  readonly scans: readonly MailboxScan[]
  readonly tried: TriedMessages | undefined
}

/** What can't be read now, instead of what couldn't before; what wasn't tried again stays. */
export async function noteProblems(
  { mailStore, replica }: Account,
  known: readonly KnownProblem[],
  found: readonly FoundProblem[],
  { unscanned, scans, tried }: NotedScans,
): Promise<void> {
  if (known.length === 0 && found.length === 0) return
  const nowMs = replica.now()
  const scanOf = new Map<string, MailboxScan>(scans.map((scan) => [scan.mailbox, scan]))
  const putOff = new Map(scans.map((scan) => [scan.mailbox as string, putOffOf(scan)]))
  const isTried = ({ mailbox, item, record }: KnownProblem): boolean =>
    isDue(record, nowMs, mailStore) &&
    tried?.has(mailbox, item) !== true &&
    putOff.get(mailbox)?.has(item) !== true
  const keeps = (each: KnownProblem): boolean =>
    unscanned.has(each.mailbox) ||
    (each.item !== '' && !isTried(each) && (scanOf.get(each.mailbox)?.present(each.item) ?? false))
  await replica.db.transact((tx) => replaceProblems(tx, 'read', found, { nowMs, keeps }))
}

/** New files that stay for the next slice. */
function putOffOf({ fresh, share }: MailboxScan): ReadonlySet<string> {
  if (!share || share.left === 0) return new Set()
  const locators = new Set(fresh.map(({ locator }) => locator))
  for (const { locator } of [...share.arrived, ...share.older]) locators.delete(locator)
  return locators
}
