import type { Change } from '../../replica/change.js'
import { type Guid, samePath } from '../../replica/model.js'
import type { FoundProblem, KnownProblem } from '../../replica/problems.js'
import { tables } from '../../replica/tables.js'
import type { Account } from '../account.js'
import { compareNumbering } from '../adopt/adopt-uid.js'
import type { MailboxScan } from '../adopt/mailbox-scan.js'
import { isDue } from '../error-scope.js'
import { rankedMailboxes } from '../policy/mailbox-order.js'
import { scanMailbox } from './scan-mailbox.js'
import type { AttachedMailbox } from './scan-mailboxes.js'
import { shareOf } from './take-fresh.js'
import type { TriedMessages } from './tried-messages.js'

interface LookOptions {
  readonly signal?: AbortSignal
  /** About so many new messages are read. Default: all. */
  readonly most?: number
  readonly tried: TriedMessages | undefined
}

/** What the mailboxes of a mail store have come to. */
interface Looked {
  readonly scans: readonly MailboxScan[]
  readonly problems: readonly FoundProblem[]
  /** Mailboxes of which nothing new can be said. */
  readonly unscanned: readonly Guid[]
  /** Mailboxes of which all is known. */
  readonly seen: readonly Guid[]
  /** Mailboxes of which something new is left to be read. */
  readonly left: readonly Guid[]
}

/** Compares each mailbox in which something has changed with what was seen of it last, and chooses what of it is read now. */
export async function lookThrough(
  account: Account,
  attached: readonly AttachedMailbox[],
  known: readonly KnownProblem[],
  options: LookOptions,
): Promise<Looked> {
  const scans: MailboxScan[] = []
  const problems: FoundProblem[] = []
  const unscanned: Guid[] = []
  const seen: Guid[] = []
  let most = await mostNow(account, options)
  const left: Guid[] = []
  const problemsIn = byMailbox(known)
  for (const mailbox of await inOrder(account, attached, most)) {
    const its = problemsIn.get(mailbox.guid) ?? []
    const isPutOff = most <= 0 && isUnread(mailbox)
    if (isPutOff || !isToBeScanned(account, mailbox, its)) {
      unscanned.push(mailbox.guid)
      if (isPutOff) left.push(mailbox.guid)
      else if (!its.some(({ item }) => item === '')) seen.push(mailbox.guid)
      continue
    }
    options.signal?.throwIfAborted()
    if (!(await isAsListed(account, mailbox))) {
      unscanned.push(mailbox.guid)
      continue
    }
    const { scan, problem } = await scanMailbox(account, mailbox, its, options)
    if (problem) problems.push(problem)
    if (!scan) {
      unscanned.push(mailbox.guid)
      continue
    }
    await adoptNumberingOf(account, scan)
    scan.share = await shareOf(account, scan, most)
    most -= scan.fresh.length - scan.share.left
    if (scan.share.left > 0) {
      left.push(mailbox.guid)
      scan.waits = true
    }
    if (scan.isSeen) seen.push(mailbox.guid)
    scans.push(scan)
  }
  return { scans, problems, unscanned, seen, left }
}

/** Else somebody has renamed it since an earlier slice listed it, and what stands there now may be another one. */
async function isAsListed({ replica }: Account, { guid, store }: AttachedMailbox): Promise<boolean> {
  const file = await tables.mailboxFile.get(replica.db, guid)
  return file !== undefined && file.identity === store.identity && samePath(file.path, store.path)
}

function byMailbox(known: readonly KnownProblem[]): ReadonlyMap<string, readonly KnownProblem[]> {
  const found = new Map<string, KnownProblem[]>()
  for (const each of known) {
    const its = found.get(each.mailbox)
    if (its) its.push(each)
    else found.set(each.mailbox, [each])
  }
  return found
}

/**
 * Who has an upstream compares all of its mail with what is there. And where files may lie that were written before this process began, all are
 * looked at before more is written: else one could be written twice.
 */
async function mostNow(
  { replica, sight }: Account,
  { most = Number.POSITIVE_INFINITY }: LookOptions,
): Promise<number> {
  const mayLeave = !replica.hasUpstream && (sight.clear || !(await tables.todo.any(replica.db)))
  return mayLeave ? most : Number.POSITIVE_INFINITY
}

/** Nobody has looked into it yet, or not all that was found has been read. */
const isUnread = ({ seenToken = '' }: AttachedMailbox): boolean => seenToken === ''

/** Where not all may be read: first those that were read before, in which little is new, then the newest of each. */
async function inOrder(
  { replica }: Account,
  attached: readonly AttachedMailbox[],
  most: number,
): Promise<readonly AttachedMailbox[]> {
  if (most === Number.POSITIVE_INFINITY) return attached
  const ranked = (await rankedMailboxes(replica, [])).map(({ mailbox }) => mailbox.guid)
  const rank = new Map(ranked.map((guid, at) => [guid, at]))
  const begun = new Set<Guid>()
  for await (const { key } of tables.unread.list(replica.db)) begun.add(key[0])
  const rankOf = (mailbox: AttachedMailbox): number =>
    ranked.length * (Number(isUnread(mailbox)) + Number(begun.has(mailbox.guid))) +
    (rank.get(mailbox.guid) ?? ranked.length)
  return [...attached].sort((a, b) => rankOf(a) - rankOf(b))
}

/** Something has changed in it since it was last taken over, or something of it couldn't be read then and is tried again. */
function isToBeScanned(
  { mailStore, replica }: Account,
  { seenToken, store }: AttachedMailbox,
  problems: readonly KnownProblem[],
): boolean {
  const due = ({ record }: KnownProblem): boolean => isDue(record, replica.now(), mailStore)
  const failed = problems.find(({ item }) => item === '')
  if (failed) return due(failed)
  return seenToken !== store.token || problems.some((each) => !each.record.harmless && due(each))
}

async function adoptNumberingOf({ replica }: Account, { mailbox, numbering }: MailboxScan): Promise<void> {
  if (!numbering) return
  await replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
    await compareNumbering(change, mailbox, numbering)
  })
}
