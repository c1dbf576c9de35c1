import { decodeEnvelope, encodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { encodeOutline, outlineSize } from '../../mime/outline.js'
import type { Change } from '../../replica/change.js'
import { expectRest, getContent, putContent } from '../../replica/content/contents.js'
import { liveMessagesOf } from '../../replica/content/messages-of-content.js'
import { updateCursorOf } from '../../replica/cursor.js'
import { applyDelta, equalFlags, flagDelta } from '../../replica/flags.js'
import { isDeletionPending } from '../../replica/mailboxes.js'
import {
  addMessage,
  changeFlags,
  expungeMessage,
  getMessage,
  messageByUpstream,
  numberMessage,
  rehouseMessage,
  reviveMessage,
} from '../../replica/messages.js'
import type { Flags, Guid } from '../../replica/model.js'
import type { MessageRecord } from '../../replica/records.js'
import { nameOfCopy } from '../../replica/submission/submission.js'
import { getBearer, getSubmission } from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import type { Transaction } from '../../store/database.js'
import type { Accept } from '../../wire/response/accept-frame.js'
import type { Changes } from '../../wire/response/changes-frame.js'
import type { Links } from '../../wire/response/links-frame.js'
import type { List } from '../../wire/response/list-frame.js'
import type { RecipientsEntry } from '../../wire/response/recipients-frame.js'
import { protocolError } from '../../wire/values.js'
import { contentOf } from '../content/receive-piece.js'
import { isSatisfied } from '../content/satisfied.js'
import { readNamedAhead } from '../frames/named-ahead.js'
import { mailboxesInShort } from '../frames/named-in-short.js'
import type { Policy } from '../policy/policy.js'
import { takeAshore } from '../shore/shore-here.js'
import { countListed, type Received } from './received.js'
import { recogniseUnconfirmed } from './rekey.js'

/** Messages that the upstream lists, and what it says of those that are known. */

/** False when some of the messages are unknown here. */
export async function receiveChanges(change: Change, mailbox: Guid, changes: Changes): Promise<boolean> {
  const { tx } = change
  const unknown: number[] = []
  for (const { guid, number, uid, flags } of changes.numbered) {
    const message = await getMessage(tx, guid)
    if (message) await takeNumbered(change, message, { mailbox, upstream: number, uid, flags })
    else unknown.push(number)
  }
  for (const { number, uid } of changes.uids) {
    const message = await messageByUpstream(tx, mailbox, number)
    if (message) await numberMessage(change, message, { upstream: number, uid })
  }
  for (const { number, flags } of changes.flags) {
    const message = await messageByUpstream(tx, mailbox, number)
    if (message) await takeFlags(change, message, flags)
    else unknown.push(number)
  }
  for (const { from, to } of changes.expunged)
    for await (const { value } of tables.upstream.list(tx, [mailbox], { start: from, end: to })) {
      const message = await getMessage(tx, value)
      if (message) await expungeMessage(change, message, { base: message.flags })
      tables.uncompared.delete(tx, value)
    }
  const { done } = changes
  if (done) {
    const { log, missing, ashore } = done
    await updateCursorOf(tx, mailbox, () => ({ log, missing }))
    if (ashore) takeAshore(tx, mailbox, ashore)
  }
  // Messages that we should know and don't: asked for in full, and everything is well again.
  for (const number of unknown) tables.unknown.put(tx, mailbox, number, { asked: false })
  return unknown.length === 0
}

/** The upstream has spoken of a message that is known here, perhaps in a mailbox with which it has merged the one that we know it in. */
async function takeNumbered(
  change: Change,
  known: MessageRecord,
  told: {
    readonly mailbox: Guid
    readonly upstream: number
    readonly uid: number
    readonly flags: Flags
  },
): Promise<void> {
  const { mailbox, flags } = told
  tables.uncompared.delete(change.tx, known.guid)
  const message = known.mailbox === mailbox ? known : await rehouseMessage(change, known, mailbox)
  await takeFlags(change, await numberMessage(change, message, told), flags)
}

/** The upstream's flags, with what was done here since and hasn't been acknowledged on top. */
async function takeFlags(change: Change, known: MessageRecord, upstream: Flags): Promise<void> {
  const { tx } = change
  let flags = upstream
  for await (const { key } of tables.journalOf.list(tx, [known.guid])) {
    const operation = await tables.journal.get(tx, key[1])
    if (operation?.op === 'flags' && operation.message === known.guid) flags = applyDelta(flags, operation)
    if (operation?.op === 'expunge' && operation.message === known.guid) return
  }
  if (known.expunged && (await isDeletionPending(tx, known.mailbox))) return
  // We deleted its mailbox, and the upstream kept it: then so do we. Its file may have gone with it.
  const message = await reviveMessage(change, known, flags)
  if (known.expunged && !(await getContent(tx, known.content))?.whole) expectRest(tx, known.content)
  if (!equalFlags(flags, message.flags)) await changeFlags(change, message, flagDelta(message.flags, flags))
}

export async function receiveList(change: Change, mailbox: Guid, list: List): Promise<void> {
  const { tx } = change
  // Oldest first: this replica's own numbers are to ascend as the upstream's do.
  for (const entry of [...list.entries].reverse()) {
    const { guid, number, uid, flags, internalDateMs, answers } = entry
    await recogniseUnconfirmed(change, mailbox, entry)
    const known = await getMessage(tx, guid)
    if (known) await takeNumbered(change, known, { mailbox, upstream: number, uid, flags })
    const content = await contentOf(tx, known?.content ?? guid)
    if (!content.outline) {
      putContent(tx, {
        ...content,
        ...(content.digest === undefined && !content.skeleton && { sizeBytes: outlineSize(entry.outline) }),
        envelope: encodeEnvelope(entry.envelope),
        outline: encodeOutline(entry.outline),
        progress: content.progress + 1,
      })
      tables.expected.put(tx, content.id, true)
    } else if (!content.whole) expectRest(tx, content.id)
    const born = { guid, mailbox, content: content.id, flags, internalDateMs, uid, upstream: number }
    if (!known) await addMessage(change, { ...born, ...(answers !== undefined && { answers }) })
    else tables.todo.put(tx, known.mailbox, known.guid, true)
  }
  await updateCursorOf(tx, mailbox, ({ log }) => ({ log, missing: list.missing }))
}

/** False when the source of some is no longer here, or has lost its bytes: what only the next exchange can ask for. */
export async function receiveLinks(
  change: Change,
  mailbox: Guid,
  links: Links,
  policy: Policy,
): Promise<boolean> {
  const { tx } = change
  let resolved = true
  for (const { guid, number, uid, flags, internalDateMs, source } of [...links.entries].reverse()) {
    const known = await getMessage(tx, guid)
    if (known) {
      await takeNumbered(change, known, { mailbox, upstream: number, uid, flags })
      continue
    }
    const content = (await getBearer(tx, source))?.content
    const here = content !== undefined && (await getContent(tx, content))
    // A source that is no longer here: the message is asked for from tier 0 on.
    if (!here) {
      await contentOf(tx, guid)
      tables.expected.put(tx, guid, true)
      resolved = false
    } else if (!here.whole) {
      // What another message shows was asked for by that one's number, or comes in this answer.
      const shown = await isToldOf(tx, here.id)
      if (!shown && !(await isSatisfied(tx, here, policy))) resolved = false
      expectRest(tx, here.id)
    }
    const born = { guid, mailbox, content: here ? here.id : guid, flags, internalDateMs, uid }
    await addMessage(change, { ...born, upstream: number })
  }
  const { missing } = links
  if (missing) await updateCursorOf(tx, mailbox, ({ log }) => ({ log, missing }))
  return resolved
}

async function isToldOf(tx: Transaction, content: Guid): Promise<boolean> {
  for await (const { upstream } of liveMessagesOf(tx, content)) if (upstream > 0) return true
  return false
}

/** What a long list had left out. A header that has come since says it better. */
export async function receiveRecipients(
  tx: Transaction,
  mailbox: Guid,
  entries: readonly RecipientsEntry[],
): Promise<void> {
  await readNamedAhead(
    tx,
    entries.map(({ number }) => [mailbox, number]),
  )
  for (const { number, recipients } of entries) {
    const message = await messageByUpstream(tx, mailbox, number)
    const content = message && (await getContent(tx, message.content))
    if (!content?.envelope) continue
    const envelope = decodeEnvelope(content.envelope)
    if (envelope.to.length > 0 || envelope.cc.length > 0) continue
    putContent(tx, { ...content, envelope: encodeEnvelope({ ...envelope, ...recipients }) })
  }
}

/** Takes the numbers of messages that entries of our journal have made, as long as those are here. */
export async function receiveNumbers(change: Change, { given }: Accept, received: Received): Promise<void> {
  const { tx } = change
  for (const { entry, number, uid } of given?.entries ?? []) {
    const made = await tables.journal.get(tx, entry)
    if (made?.op !== 'append' && made?.op !== 'copy') continue
    const message = await getMessage(tx, made.message)
    if (message) await numberMessage(change, message, { upstream: number, uid })
    else {
      // Asked for in full, like any message that we should know.
      tables.unknown.put(tx, made.mailbox, number, { asked: false })
      received.unresolved = true
    }
  }
}

/** Takes copies that the upstream has filed of mail which was sent from here. */
export async function receiveCopies(
  change: Change,
  { given, outbox }: Accept,
  received: Received,
  policy: Policy,
): Promise<void> {
  const submissions = outbox === undefined || outbox === 'as-heard' ? [] : outbox.submissions
  const copies = given?.copies ?? []
  const inShort = copies.length > 0 ? await mailboxesInShort(change.tx) : undefined
  for (const { place, mailbox: name, number, uid, afterMs } of copies) {
    const source = submissions[place]?.guid ?? ''
    const submission = await getSubmission(change.tx, source)
    const mailbox = inShort?.get(name)
    if (mailbox === undefined) throw protocolError('a copy in a mailbox that has not been named')
    const internalDateMs = (submission?.queuedMs ?? 0) + afterMs
    const copy = { guid: nameOfCopy(source), number, uid, flags: ['\\Seen'], internalDateMs, source }
    countListed(received, mailbox, 1)
    if (!(await receiveLinks(change, mailbox, { mailbox: 0, entries: [copy] }, policy)))
      received.unresolved = true
  }
}
