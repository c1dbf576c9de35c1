import type { Change } from '../../replica/change.js'
import { getContent } from '../../replica/content/contents.js'
import { isShown } from '../../replica/content/messages-of-content.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import {
  type MailboxFileRecord,
  type MailboxRecord,
  type MessageRecord,
  wholeFile,
} from '../../replica/records.js'
import { isSubstitute } from '../../replica/substitute.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { inPages } from '../../store/table.js'
import type { HeldBack } from '../../wire/response/accept-frame.js'
import type { Account } from '../account.js'
import { isShared } from '../adopt/adopt-uid.js'
import { judgeMissing } from '../adopt/hold-back.js'
import { isAllHere } from '../content/content-shape.js'
import { isConcurrentChange, isOfOneItem, isUncertain } from '../error-scope.js'
import { mayBeEmptied } from '../policy/guard.js'
import { rankedMailboxes } from '../policy/mailbox-order.js'
import { scanNow } from '../scan/scan-mail-store.js'
import { countTrashed } from './count-trashed.js'
import { noteOutcomes, type Outcome } from './note-outcomes.js'
import { forgetGoneOrphan } from './orphan-stand-ins.js'
import { piecesAhead } from './read-ahead.js'
import { removeMailboxes, writeMailboxes } from './write-mailboxes.js'
import { subjectOf, writeMessage } from './write-message.js'
import { WriteProblems } from './write-problems.js'
import { WriteRun } from './write-run.js'

/** Files written before their records are committed together: bounds what a crash leaves to be found again. */
const batchSize = 64

/**
 * The most messages shown in part at a time while more is coming. On a fast line nearly each of them would
 * otherwise be written twice, once in part and once whole; a slow line brings no more than this between two
 * rounds.
 */
const mostInPart = 200

export interface WriteOptions {
  /** Ends it between two messages. What was written is noted, the rest stays to be done. */
  readonly signal?: AbortSignal
  /** Patterns of mailboxes from which any number of messages may go. */
  readonly allow?: readonly string[]
  /** Nothing more is coming for now: incomplete messages are shown as they are. */
  readonly allArrived?: boolean
}

export interface WriteReport {
  readonly written: number
  readonly heldBack: readonly HeldBack[]
}

/**
 * Brings the mail store in line with the replica: every message on the to-do list gets its file or its flags,
 * or goes. What a mail program does meanwhile is taken over first and never overwritten: a file that isn't as
 * expected is looked at again, and its change becomes one of the replica's. What can't be written waits and
 * is named (`replica/problems.ts`); everything else is done.
 */
export async function writeMailStore(account: Account, options: WriteOptions = {}): Promise<WriteReport> {
  return account.exclusive(async () => {
    let written = 0
    let heldBack: readonly HeldBack[] = []
    if (!account.sight.clear) await scanNow(account, options)
    await account.hitMailboxes?.placeHits(account)
    let surprises: ReadonlySet<string> = new Set()
    for (let round = 0; round < 5; round++) {
      const problems = await WriteProblems.begin(account, surprises)
      await writeMailboxes(account, problems, options.signal)
      const result = await writeMessages(account, options, problems)
      written += result.written
      heldBack = result.heldBack
      await removeMailboxes(account, problems, options.signal)
      const hasNumbersLeft = await account.diskWork?.repairNumberings(account, problems)
      await problems.note()
      surprises = problems.surprises
      if (surprises.size === 0 && !hasNumbersLeft) break
      await scanNow(account, options)
    }
    await account.hitMailboxes?.showHits(account)
    return { written, heldBack }
  })
}

/** What the to-do list has for one mailbox. */
interface Work {
  readonly mailbox: Guid
  readonly record: MailboxRecord | undefined
  readonly place: MailboxFileRecord | undefined
  readonly messages: readonly { readonly guid: Guid; readonly message: MessageRecord | undefined }[]
}

async function writeMessages(
  account: Account,
  options: WriteOptions,
  problems: WriteProblems,
): Promise<WriteReport> {
  const { allArrived = true } = options
  const { diskWork } = account
  const { db } = account.replica
  let written = 0
  let isReturnNoted = false
  let inPart = 0
  let outcomes: Outcome[] = []
  const run = new WriteRun()
  const land = async (): Promise<void> => {
    if (outcomes.length === 0) return
    await account.mailStore.flush()
    await noteOutcomes(account, outcomes, run)
    written += outcomes.filter(({ idle }) => !idle).length
    outcomes = []
  }
  const heedSignal = async (): Promise<void> => {
    if (options.signal?.aborted) await land()
    options.signal?.throwIfAborted()
  }
  const canWait = async ({ message }: Work['messages'][number]): Promise<boolean> =>
    !allArrived && inPart >= mostInPart && isLive(message) && (await hasMoreComing(account, message))
  const fail = async (
    work: Work,
    { guid, message }: Work['messages'][number],
    error: unknown,
  ): Promise<void> => {
    if (isUncertain(error)) account.sight.clear = false
    if (isConcurrentChange(error)) {
      await forgetGoneOrphan(account, work.mailbox, guid, work.place)
      if (problems.isNew(work.mailbox, guid, error)) return
    }
    if (isOfOneItem(error)) return problems.addMessage(work.record, guid, await subjectOf(db, message), error)
    await land()
    throw error
  }
  const attempt = async (work: Work, step: Work['messages'][number]): Promise<void> => {
    await heedSignal()
    if (problems.waits(work.mailbox, step.guid)) return
    // It can't be made now, as has been said.
    if (!work.place && problems.hasFailed(work.mailbox)) return
    if (await canWait(step)) return problems.putOff(work.mailbox, step.guid)
    try {
      const outcome = await writeMessage(account, { ...work, ...step, run })
      if (!outcome.idle && (outcome.file?.shown ?? wholeFile) >= 0) inPart++
      outcomes.push(outcome)
    } catch (error) {
      await fail(work, step, error)
    }
    if (outcomes.length >= batchSize || outcomes.at(-1)?.renamed) await land()
  }
  // New appearances before removals, so that a moved message's bytes are linked and not lost.
  for await (const work of todo(account, options.signal)) {
    const there = work.messages.filter(({ message }) => isLive(message))
    const guids = there.map(({ guid }) => guid)
    if (!isReturnNoted) isReturnNoted = (await diskWork?.noteReturn(account, guids)) ?? false
    const isOrdered = isShared(work.record, work.place?.numbering)
    const ordered = isOrdered ? await diskWork?.orderByUid(account, there, allArrived) : undefined
    for await (const page of piecesAhead(account, ordered ?? newestFirst(there)))
      for (const step of page) await attempt(work, step)
  }
  await land()
  const heldBack: HeldBack[] = []
  for await (const work of todo(account, options.signal)) {
    const gone = work.messages.filter(({ message }) => !isLive(message))
    const held = gone.length > 0 && (await holdRemovals(account, work, gone, options.allow ?? []))
    if (held) heldBack.push(held)
    else for (const step of gone) if (!(await run.isNeeded(db, step.message))) await attempt(work, step)
  }
  await land()
  return { written, heldBack }
}

async function hasMoreComing({ replica }: Account, message: MessageRecord): Promise<boolean> {
  const content = await getContent(replica.db, message.content)
  return content !== undefined && !isAllHere(content)
}

const newestFirst = (steps: Work['messages']): Work['messages'] =>
  [...steps].sort((a, b) => (b.message?.internalDateMs ?? 0) - (a.message?.internalDateMs ?? 0))

/** Mailbox by mailbox, in the order in which they come: the records of a whole account's messages would not fit in memory. */
async function* todo({ replica }: Account, signal?: AbortSignal): AsyncGenerator<Work> {
  const { db } = replica
  const byMailbox = new Map<Guid, Guid[]>()
  for await (const { key } of tables.todo.list(db)) {
    signal?.throwIfAborted()
    const [mailbox, guid] = key
    const guids = byMailbox.get(mailbox) ?? []
    guids.push(guid)
    byMailbox.set(mailbox, guids)
  }
  if (byMailbox.size === 0) return
  const ranked = (await rankedMailboxes(replica, [])).map(({ mailbox }) => mailbox.guid)
  for (const mailbox of new Set([...ranked, ...byMailbox.keys()])) {
    const guids = byMailbox.get(mailbox)
    if (!guids) continue
    const messages = []
    for await (const page of inPages(guids)) {
      signal?.throwIfAborted()
      await tables.message.readAhead(
        db,
        page.map((guid) => [guid]),
      )
      for (const guid of page) messages.push({ guid, message: await getMessage(db, guid) })
    }
    const place = await tables.mailboxFile.get(db, mailbox)
    yield { mailbox, record: await getMailbox(db, mailbox), place, messages }
  }
}

/** More would go from a mailbox here than the guard lets through: the upstream may have lost it, or a slip of the hand has come down. */
async function holdRemovals(
  account: Account,
  { mailbox, record }: Work,
  gone: Work['messages'],
  allow: readonly string[],
): Promise<HeldBack | undefined> {
  const { replica } = account
  const { db } = replica
  if (!record || !replica.hasUpstream) return undefined
  const before = await tables.heldBack.get(db, mailbox, 'upstream')
  // A text in the place of a message that could be read at last is no loss.
  const lost = gone.filter(({ message }) => !message || !isSubstitute(message))
  if (before === undefined && lost.length < account.guard.least) return undefined
  const trashed = mayBeEmptied(record)
  const guids = lost.map(({ guid }) => guid)
  const { gone: count, of } = trashed ? await countTrashed(db, guids) : await countGone(db, mailbox, lost)
  return db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'local' } }
    const missing = { mailbox: record, where: 'upstream', gone: count, of, trashed } as const
    return judgeMissing(change, account.guard, missing, allow)
  })
}

/** Counts those of them that are nowhere else: the others were moved. */
async function countGone(
  reader: Reader,
  mailbox: Guid,
  messages: Work['messages'],
): Promise<{ readonly gone: number; readonly of: number }> {
  const of = await tables.file.count(reader, [mailbox])
  let gone = 0
  for (const { guid, message } of messages) {
    if (!(await tables.place.has(reader, guid))) continue
    if (!message || !(await isShown(reader, message.content))) gone++
  }
  return { gone, of }
}
