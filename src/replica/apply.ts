import type { Transaction } from '../store/database.js'
import type { Change } from './change.js'
import { contentByDigest, getContent, putContent } from './contents.js'
import { applyDelta, asksToKeep, flagDelta } from './flags.js'
import {
  createMailbox,
  deleteMailbox,
  freePath,
  getMailbox,
  mailboxAt,
  renameMailbox,
  restateMailbox,
  reviveMailbox,
  subscribeMailbox,
} from './mailboxes.js'
import {
  addMessage,
  changeFlags,
  expungeMessage,
  getMessage,
  isLive,
  liveMessages,
  messagesOf,
} from './messages.js'
import { type Flags, type Guid, samePath } from './model.js'
import type {
  AppendOperation,
  CopyOperation,
  ExpungeOperation,
  JournalEntry,
  Operation,
  OperationResult,
} from './operation.js'
import { type ContentRecord, type DeviceRecord, keys, type MessageRecord } from './records.js'

/**
 * Applying a device's journal to the replica that it syncs with: the merge rules (DESIGN.md "Merging",
 * docs/CONFLICTS.md). Everything happens in the caller's transaction, together with the number that makes sure that it happens once.
 */
export interface Author {
  readonly device: string
  /** Whether the author had seen this message when it wrote its journal. */
  knows(message: MessageRecord): boolean
  /** How far it had seen the log of mailboxes. */
  readonly structure: number
}

/** Applies entries that were not applied before, in order. Returns the new device record. */
export async function applyJournal(
  change: Change,
  author: Author,
  device: DeviceRecord,
  entries: readonly JournalEntry[],
): Promise<DeviceRecord> {
  let applied = device.applied
  for (const { number, operation } of entries) {
    if (number <= applied) continue
    const result = await applyOperation(change, author, operation, number)
    if (result) change.tx.put(keys.result(author.device, number), result)
    applied = number
  }
  const after = { ...device, applied }
  change.tx.put(keys.device(author.device), after)
  return after
}

/** What the author's operations came to, where it wasn't simply what it asked, until the author has heard of it. */
export async function pendingResults(
  tx: Transaction,
  device: string,
  acknowledged: number,
): Promise<OperationResult[]> {
  const results: OperationResult[] = []
  for await (const { key, value } of tx.list<OperationResult>({ prefix: ['result', device] })) {
    if (value.number <= acknowledged) tx.delete(key)
    else results.push(value)
  }
  return results
}

async function resolve(change: Change, author: Author, guid: Guid): Promise<Guid> {
  return (await change.tx.get<Guid>(keys.alias(author.device, guid))) ?? guid
}

function alias(change: Change, author: Author, number: number, guid: Guid, known: Guid): OperationResult {
  change.tx.put(keys.alias(author.device, guid), known)
  return { kind: 'same-as', number, guid, known }
}

async function applyOperation(
  change: Change,
  author: Author,
  operation: Operation,
  number: number,
): Promise<OperationResult | undefined> {
  const { tx } = change
  switch (operation.op) {
    case 'mailbox-create': {
      const existing = await mailboxAt(tx, operation.path)
      // A mailbox that the author knew by another name has got this one here: two mailboxes, and both stay.
      if (existing && existing.guid !== operation.mailbox && existing.created <= author.structure) {
        const path = await freePath(tx, operation.path)
        await restateMailbox(change, await createMailbox(change, { path, guid: operation.mailbox }))
        return undefined
      }
      if (existing && existing.guid !== operation.mailbox)
        return alias(change, author, number, operation.mailbox, existing.guid)
      if (!existing && !(await getMailbox(tx, operation.mailbox)))
        await createMailbox(change, { path: operation.path, guid: operation.mailbox })
      return undefined
    }
    case 'mailbox-rename': {
      const mailbox = await getMailbox(tx, await resolve(change, author, operation.mailbox))
      if (!mailbox || mailbox.deleted || samePath(mailbox.path, operation.to)) return undefined
      // Renamed here too: this side's name stands, and the author is told of it.
      if (!samePath(mailbox.path, operation.from)) await restateMailbox(change, mailbox)
      else {
        const path = await freePath(tx, operation.to, mailbox.guid)
        const renamed = await renameMailbox(change, mailbox, path)
        if (!samePath(path, operation.to)) await restateMailbox(change, renamed)
      }
      return undefined
    }
    case 'mailbox-delete':
      await applyMailboxDelete(change, author, await resolve(change, author, operation.mailbox))
      return undefined
    case 'mailbox-subscribe': {
      const mailbox = await getMailbox(tx, await resolve(change, author, operation.mailbox))
      if (mailbox && !mailbox.deleted) await subscribeMailbox(change, mailbox, operation.subscribed)
      return undefined
    }
    case 'append':
      return applyAppend(change, author, operation, number)
    case 'copy':
      return applyCopy(change, author, operation, number)
    case 'flags': {
      const message = await getMessage(tx, await resolve(change, author, operation.message))
      if (!message) return undefined
      if (!message.expunged) await changeFlags(change, message, operation)
      else if (asksToKeep(message.flags, applyDelta(message.flags, operation)))
        return keepAsNew(change, author, message, applyDelta(message.flags, operation), number)
      return undefined
    }
    case 'expunge':
      await applyExpunge(change, author, operation)
      return undefined
  }
}

/**
 * The mailbox that something is put into. If it was deleted meanwhile it comes back: mail outlives its mailbox. One that
 * was never heard of (this database is older than the author's) is INBOX.
 */
async function destination(change: Change, author: Author, guid: Guid): Promise<Guid | undefined> {
  const known = await getMailbox(change.tx, await resolve(change, author, guid))
  const mailbox = known ?? (await mailboxAt(change.tx, ['INBOX']))
  return mailbox && (await reviveMailbox(change, mailbox)).guid
}

async function applyAppend(
  change: Change,
  author: Author,
  operation: AppendOperation,
  number: number,
): Promise<OperationResult | undefined> {
  const { tx } = change
  if (await getMessage(tx, operation.message)) return undefined
  const mailbox = await destination(change, author, operation.mailbox)
  if (mailbox === undefined) return undefined
  const known = await contentByDigest(tx, operation.digest)
  if (operation.adopt && known) {
    for (const twin of await messagesOf(tx, known.id)) {
      if (twin.mailbox !== mailbox || !isLive(twin) || author.knows(twin)) continue
      // Each of the author's messages takes another twin: two equal files stay two messages.
      if (await tx.get(keys.adopted(author.device, twin.guid))) continue
      tx.put(keys.adopted(author.device, twin.guid), true)
      await changeFlags(change, twin, { add: operation.flags, remove: [] })
      return alias(change, author, number, operation.message, twin.guid)
    }
  }
  const content =
    known ??
    putContent(tx, {
      id: operation.message,
      sizeBytes: operation.sizeBytes,
      digest: operation.digest,
      held: [],
      whole: false,
      progress: 0,
      upstreamHas: false,
    })
  const hidden = !content.whole
  await addMessage(change, { ...operation, guid: operation.message, mailbox, content: content.id, hidden })
  if (hidden) tx.put(keys.arriving(author.device, operation.message), true)
  return undefined
}

async function applyCopy(
  change: Change,
  author: Author,
  operation: CopyOperation,
  number: number,
): Promise<OperationResult | undefined> {
  const { tx } = change
  if (await getMessage(tx, operation.message)) return undefined
  const source = await getMessage(tx, await resolve(change, author, operation.source))
  const content = source && (await getContent(tx, source.content))
  if (!source || !content || !(await isObtainable(change, content)))
    return { kind: 'no-source', number, guid: operation.message }
  const mailbox = await destination(change, author, operation.mailbox)
  if (mailbox === undefined) return undefined
  // What others did to the source's flags meanwhile, and the author had not seen, counts for the copy too.
  const flags = applyDelta(source.flags, flagDelta(operation.base, operation.flags))
  const hidden = !content.whole
  await addMessage(change, {
    ...operation,
    guid: operation.message,
    mailbox,
    content: content.id,
    flags,
    hidden,
  })
  if (hidden) tx.put(keys.arriving(author.device, operation.message), true)
  return undefined
}

/** Whether the bytes are here, or on their way from somebody who has them. */
async function isObtainable(change: Change, content: ContentRecord): Promise<boolean> {
  if (content.whole) return true
  return (await messagesOf(change.tx, content.id)).some((message) => message.hidden)
}

async function applyExpunge(change: Change, author: Author, operation: ExpungeOperation): Promise<void> {
  const { tx } = change
  const message = await getMessage(tx, await resolve(change, author, operation.message))
  if (!message || message.expunged) return
  if (message.hidden) tx.delete(keys.arriving(author.device, message.guid))
  else if (operation.movedTo === undefined && asksToKeep(operation.base, message.flags))
    await keepLive(change, message)
  await expungeMessage(change, message, { base: operation.base })
}

/** The same content under a new GUID, made by nobody in particular, so that every device is told of it. */
async function keepLive(change: Change, message: MessageRecord): Promise<MessageRecord> {
  return addMessage(
    { ...change, origin: { kind: 'local' } },
    {
      guid: change.replica.nextGuid(),
      mailbox: message.mailbox,
      content: message.content,
      flags: message.flags,
      internalDateMs: message.internalDateMs,
    },
  )
}

/** A message that is expunged here was marked to be kept there: it lives on under a new GUID (docs/CONFLICTS.md). */
async function keepAsNew(
  change: Change,
  author: Author,
  tombstone: MessageRecord,
  flags: Flags,
  number: number,
): Promise<OperationResult | undefined> {
  const content = await getContent(change.tx, tombstone.content)
  const mailbox = await destination(change, author, tombstone.mailbox)
  if (!content || mailbox === undefined) return undefined
  if (!content.whole) return { kind: 'no-source', number, guid: tombstone.guid }
  const kept = await addMessage(change, {
    guid: change.replica.nextGuid(),
    mailbox,
    content: content.id,
    flags,
    internalDateMs: tombstone.internalDateMs,
  })
  return alias(change, author, number, tombstone.guid, kept.guid)
}

async function applyMailboxDelete(change: Change, author: Author, guid: Guid): Promise<void> {
  const mailbox = await getMailbox(change.tx, guid)
  if (!mailbox || mailbox.deleted) return
  let left = 0
  for await (const message of liveMessages(change.tx, guid)) {
    if (author.knows(message)) await expungeMessage(change, message, { base: message.flags, silent: true })
    else left++
  }
  for await (const { key } of change.tx.list({ prefix: ['arriving', author.device] })) {
    const message = await getMessage(change.tx, String(key[2]))
    if (message?.mailbox !== guid) continue
    change.tx.delete(key)
    await expungeMessage(change, message, { base: message.flags, silent: true })
  }
  const emptied = await getMailbox(change.tx, guid)
  if (!emptied) return
  if (left === 0) await deleteMailbox(change, emptied)
  else await restateMailbox(change, emptied)
}
