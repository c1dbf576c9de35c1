import { PacketboatError } from '../../../errors/packetboat-error.js'
import { decodeOutline, outlineSize } from '../../../mime/outline.js'
import { type Change, journal } from '../../../replica/change.js'
import { getContent, putContent } from '../../../replica/content/contents.js'
import { replaceCursor } from '../../../replica/cursor.js'
import { asksToKeep } from '../../../replica/flags.js'
import { randomGuid } from '../../../replica/ids/guid.js'
import { getMailbox, listMailboxes } from '../../../replica/mailboxes.js'
import { noteConflict } from '../../../replica/merge/conflict-log.js'
import { expungeMessage, getMessage, isLive, liveMessages } from '../../../replica/messages.js'
import type { Guid, MailboxPath } from '../../../replica/model.js'
import type { AppendOperation, Operation } from '../../../replica/operation.js'
import type { MailboxRecord, MessageRecord, ReplicaRecord } from '../../../replica/records.js'
import { readReplicaRecord, sentUpTo, updateReplicaRecord } from '../../../replica/replica.js'
import { recallSubmissions } from '../../../replica/submission/submissions.js'
import { isSubstitute } from '../../../replica/substitute.js'
import { tables } from '../../../replica/tables.js'
import type { Transaction } from '../../../store/database.js'
import type { Accept, Lost } from '../../../wire/response/accept-frame.js'
import { forgetShore } from '../../shore/shore-here.js'
import { sendAsNew } from '../receive-accept.js'
import { dropMailbox } from '../receive-structure.js'
import { orderRecalled } from './order-recalled.js'

/**
 * One of the two sides has lost its memory: a database was deleted, restored from a backup or cloned, or a
 * device was away for longer than the upstream remembers. This replica takes a new name, since the old one
 * stands for a history that no longer holds. Unless only its own journal is too old, it then compares
 * everything: it names all that it has (`recall`). Whatever the upstream hasn't mentioned once it has told
 * everything is gone there, or was never there. A different replica under the same pairing is an endpoint
 * that has lost its database. Under a different pairing nobody can tell whether it is the same account:
 * WRONG_ENDPOINT, and nothing is compared. Returns what was lost; the rest of the answer is then ignored.
 */
export async function recoverLoss(
  change: Change,
  accept: Accept,
  pairing: string | undefined,
): Promise<Lost | 'endpoint' | undefined> {
  const record = await readReplicaRecord(change.tx)
  const lost = record.upstream !== undefined && record.upstream !== accept.upstream ? 'endpoint' : accept.lost
  if (lost === undefined) return undefined
  if (lost === 'endpoint' && record.pairing !== undefined && record.pairing !== pairing)
    throw new PacketboatError(
      'WRONG_ENDPOINT',
      'This pairing string is for another account than the mail here, or for an endpoint that was set up again. Nothing was sent or changed.',
      'For another account, use another --data DIR. If the endpoint was set up again for the same account, or to merge the mail of both: packetboat init --force --merge.',
    )
  // The upstream remembers less of our journal than it has acknowledged: then it is the upstream that is old.
  const ours = lost === 'journal' && accept.applied >= record.acknowledged && accept.applied > 0
  await takeNewName(change)
  const recall = lost === 'forgotten' ? 'expunged' : 'sent'
  if (ours) await adoptWaiting(change)
  else await beginRecall(change, accept.upstream, recall, sentUpTo(record))
  await recallSubmissions({ ...change, origin: { kind: 'local' } })
  await noteConflict(change, { kind: 'healed', detail: ours ? 'database' : lost })
  return lost
}

/** A name under which nothing was ever sent. */
async function takeNewName(change: Change): Promise<void> {
  // What is known of a device is known by its name.
  await updateReplicaRecord(
    change.tx,
    ({ policy: _, policiesThere: __, token: ___, shoreThere: ____, ...record }) => ({
      ...record,
      device: randomGuid(change.replica.randomBytes),
      acknowledged: 0,
      batches: [],
    }),
  )
}

/**
 * This database is older than the mail store beside it: what looked new there went up long ago, under a name
 * that is forgotten. The upstream matches it with what it has of the same content in the same mailbox.
 */
async function adoptWaiting(change: Change): Promise<void> {
  const { tx } = change
  for await (const { key, value } of tables.journal.list(tx)) {
    const adopting = await makeAdopting(tx, value)
    if (adopting === value) continue
    tables.journal.put(tx, ...key, adopting)
    if (value.op === 'copy') tables.journalOf.delete(tx, value.source, key[0])
  }
  await announceAgain({ ...change, origin: { kind: 'local' } })
}

/**
 * Announces again what was announced under the old name, and hasn't gone up whole or got no number. The upstream would wait for ever for content
 * from that name: it asks the replica that announced it last. And it tells nobody that a message has gone which it has never told it of.
 */
async function announceAgain(change: Change): Promise<void> {
  const { tx } = change
  const waiting = new Set<string>()
  for await (const { value } of tables.journal.list(tx))
    if (value.op === 'append' || value.op === 'copy') waiting.add(value.message)
  for (const mailbox of await listMailboxes(tx))
    for await (const message of liveMessages(tx, mailbox.guid)) {
      if (waiting.has(message.guid)) continue
      const isKnown = message.upstream > 0 && !(await tables.upload.has(tx, message.guid))
      const append = isKnown ? undefined : await appendOf(tx, message)
      if (!append) continue
      await journal(change, append)
      // Its bytes may be gone: perhaps the upstream has them, or knows that the message is gone, too.
      tables.upload.put(tx, message.guid, { begun: false, waits: true })
    }
}

/** The same, where the upstream may have it already: then it takes it for that. A copy goes by its content then. */
async function makeAdopting(tx: Transaction, operation: Operation): Promise<Operation> {
  if (operation.op === 'append') return operation.adopt ? operation : { ...operation, adopt: true }
  if (operation.op !== 'copy') return operation
  const message = await getMessage(tx, operation.message)
  const isWhole = message && (await getContent(tx, message.content))?.whole === true
  const append = isWhole ? await appendOf(tx, message) : undefined
  if (!append) return operation
  const { source: _, base: __, ...rest } = operation
  tables.upload.put(tx, operation.message, { begun: false, waits: true })
  return { ...append, ...rest, op: 'append' }
}

/** The append that tells of a message; undefined for a message without content to share, such as a text of our own. */
async function appendOf(tx: Transaction, message: MessageRecord): Promise<AppendOperation | undefined> {
  const isMail = isLive(message) && !isSubstitute(message)
  const content = isMail ? await getContent(tx, message.content) : undefined
  if (content?.digest === undefined) return undefined
  const { guid, mailbox, flags, internalDateMs } = message
  const { digest, sizeBytes } = content
  return { op: 'append', mailbox, message: guid, flags, internalDateMs, digest, sizeBytes, adopt: true }
}

async function beginRecall(
  change: Change,
  upstream: Guid,
  recall: NonNullable<ReplicaRecord['recall']>,
  sentBefore: number,
): Promise<void> {
  const { tx } = change
  await updateReplicaRecord(tx, (record) => ({ ...record, upstream, recall }))
  await replaceCursor(tx, { log: 0, structure: 0, mailboxes: {} })
  await forgetShore(tx)
  // Numbers are of the upstream that gave them.
  for (const table of [tables.uncompared, tables.likeness, tables.unknown, tables.upstream])
    await table.clear(tx)
  const waiting = await takeJournal(tx, sentBefore)
  const { born, marked, names } = newsOf(waiting)
  const local: Change = { ...change, origin: { kind: 'local' } }
  // Those that the upstream of old knew go first, by the names that it knew: it can tell then what was made with a name of theirs.
  const mailboxes = await listMailboxes(tx)
  const oldFirst = [false, true].flatMap((made) => mailboxes.filter(({ guid }) => born.has(guid) === made))
  for (const mailbox of oldFirst) {
    tables.uncompared.put(tx, mailbox.guid, true)
    // A mailbox that the upstream has expunged with all it held isn't made again, unless there is something to put into it.
    if (recall === 'sent' || (await holdsNews(tx, mailbox, born, marked)))
      await journal(local, {
        op: 'mailbox-create',
        mailbox: mailbox.guid,
        path: (born.has(mailbox.guid) ? undefined : names.get(mailbox.guid)) ?? mailbox.path,
      })
    // What the upstream of old hadn't heard of goes up as what it is, a new one.
    for await (const message of liveMessages(tx, mailbox.guid))
      if (born.has(message.guid)) tables.message.put(tx, message.guid, { ...message, upstream: 0 })
      else await recallMessage(local, message, recall, recall === 'sent' || marked.has(message.guid))
  }
  for (const operation of orderRecalled(waiting))
    if (operation.op !== 'mailbox-create' && operation.op !== 'recall') await journal(local, operation)
    else if (operation.op === 'mailbox-create' && recall === 'expunged') await journal(local, operation)
}

/** What a journal has made, which messages it asks to keep, and how the mailboxes that it renames were called before. */
function newsOf(journaled: readonly Operation[]) {
  const born = new Set<Guid>()
  const marked = new Set<Guid>()
  const names = new Map<Guid, MailboxPath>()
  for (const operation of journaled) {
    if (operation.op === 'mailbox-create') born.add(operation.mailbox)
    if (operation.op === 'mailbox-rename' && !names.has(operation.mailbox))
      names.set(operation.mailbox, operation.from)
    if (operation.op === 'append' || operation.op === 'copy') born.add(operation.message)
    if (operation.op === 'flags' && asksToKeep([], operation.add)) marked.add(operation.message)
  }
  return { born, marked, names }
}

/** Something in it was born here, or is to be kept here, whatever has become of it upstream. */
async function holdsNews(
  tx: Transaction,
  mailbox: MailboxRecord,
  born: ReadonlySet<Guid>,
  marked: ReadonlySet<Guid>,
): Promise<boolean> {
  for await (const { guid, content } of liveMessages(tx, mailbox.guid))
    if (born.has(guid) || marked.has(guid) || !(await getContent(tx, content))?.upstreamHas) return true
  return false
}

/**
 * What waits to go up, in order, with new numbers that follow the recalled ones. Entries up to the number
 * `sent` went up before, and may have reached the mail store there before the memory of them was lost.
 */
async function takeJournal(tx: Transaction, sent: number): Promise<Operation[]> {
  const waiting: Operation[] = []
  for await (const { key, value } of tables.journal.list(tx)) {
    waiting.push(key[0] <= sent ? await makeAdopting(tx, value) : value)
    tables.journal.delete(tx, ...key)
  }
  await tables.journalOf.clear(tx)
  return waiting
}

async function recallMessage(
  change: Change,
  message: MessageRecord,
  recall: NonNullable<ReplicaRecord['recall']>,
  keep: boolean,
): Promise<void> {
  const { tx } = change
  const content = await getContent(tx, message.content)
  const digest = content?.digest
  await journal(change, {
    op: 'recall',
    mailbox: message.mailbox,
    message: message.guid,
    flags: recall === 'sent' ? message.flags : [],
    ...(content && digest !== undefined && { digest, sizeBytes: content.sizeBytes }),
  })
  const { answers: _, ...rest } = message
  tables.message.put(tx, message.guid, { ...rest, upstream: 0 })
  tables.uncompared.put(tx, message.guid, { keep: keep || (content !== undefined && !content.upstreamHas) })
  tables.upload.delete(tx, message.guid)
  if (content?.outline && digest === undefined) {
    const size = outlineSize(decodeOutline(content.outline))
    tables.likeness.put(tx, message.mailbox, size, message.guid, true)
  }
}

async function sendAllAsNew(change: Change, messages: readonly MessageRecord[]): Promise<void> {
  const { length } = messages
  for (const message of messages) await sendAsNew(change, message, { noted: length > 1 })
  if (length > 1) await noteConflict(change, { kind: 'sent-again', detail: `${length} messages` })
}

/** Its mailbox took no part in this run, and isn't gone. */
async function staysUncompared(
  tx: Transaction,
  message: MessageRecord,
  tookPart: (mailbox: MailboxRecord) => boolean,
): Promise<boolean> {
  const within = await getMailbox(tx, message.mailbox)
  return within !== undefined && !tookPart(within) && !(await tables.uncompared.has(tx, within.guid))
}

/**
 * The upstream has told everything it has: what it didn't mention, it no longer has or never had. Of
 * mailboxes that took no part in this run it said nothing, unless they are gone with all they held; what is
 * in them stays uncompared until they take part. Returns whether any does.
 */
export async function finishRecall(
  change: Change,
  tookPart: (mailbox: MailboxRecord) => boolean,
): Promise<boolean> {
  const { tx } = change
  const { recall } = await readReplicaRecord(tx)
  if (recall === undefined) return false
  let [gone, waits] = [0, false]
  const sent: MessageRecord[] = []
  const mailboxes: MailboxRecord[] = []
  for await (const { key, value } of tables.uncompared.list(tx)) {
    const guid = key[0]
    const mailbox = await getMailbox(tx, guid)
    if (mailbox) mailboxes.push(mailbox)
    const message = await getMessage(tx, guid)
    if (isLive(message) && (await staysUncompared(tx, message, tookPart))) {
      waits = true
      continue
    }
    if (!mailbox) tables.uncompared.delete(tx, ...key)
    if (!isLive(message)) continue
    const content = await getContent(tx, message.content)
    // A text of ours in the place of a message that couldn't be read: the upstream has told of that by now, as itself or by another text.
    const isOurs = isSubstitute(message)
    if (value !== true && value.keep && !isOurs) {
      if (content) putContent(tx, { ...content, upstreamHas: false })
      sent.push(message)
      continue
    }
    if (!isOurs) gone++
    tables.aside.put(tx, guid, true)
    await expungeMessage(change, message, { base: message.flags })
  }
  await sendAllAsNew(change, sent)
  for (const mailbox of mailboxes) {
    tables.uncompared.delete(tx, mailbox.guid)
    // With what was in them gone or on its way up.
    if (recall === 'expunged' && !mailbox.deleted) await dropMailbox(change, mailbox)
  }
  if (!waits) await tables.likeness.clear(tx)
  if (gone > 0) await noteConflict(change, { kind: 'recalled', detail: String(gone) })
  return waits
}
