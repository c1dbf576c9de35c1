import type { CreateHash } from '../bytes/hash.js'
import { encodeEnvelope } from '../mime/envelope.js'
import { firstText } from '../mime/first-text.js'
import { decodeOutline, encodeOutline, outlineSize } from '../mime/outline.js'
import { decodeSkeleton } from '../mime/skeleton-codec.js'
import type { Change } from '../replica/change.js'
import { getContent, putContent } from '../replica/contents.js'
import { applyDelta, equalFlags, flagDelta } from '../replica/flags.js'
import {
  addMessage,
  changeFlags,
  expungeMessage,
  getMessage,
  isLive,
  messageByUpstream,
  messagesOf,
  numberMessage,
  reviveMessage,
} from '../replica/messages.js'
import type { Flags, Guid } from '../replica/model.js'
import type { Operation } from '../replica/operation.js'
import {
  type ContentRecord,
  type Cursor,
  keys,
  type MailboxCursor,
  type MessageRecord,
} from '../replica/records.js'
import { updateReplicaRecord } from '../replica/replica.js'
import { isDeclined } from '../replica/wishes.js'
import { blobSize } from '../store/blob.js'
import type { Reader, Transaction } from '../store/database.js'
import type { Bundled } from '../wire/bundle.js'
import { decodeChunk, decodeSkeletonFrame } from '../wire/content-frames.js'
import { decodeList, type List } from '../wire/list-frame.js'
import { decodeRecipients } from '../wire/recipients-frame.js'
import {
  type Accept,
  type Changes,
  decodeAccept,
  decodeChanges,
  decodeEnd,
  decodeLinks,
  decodeOpen,
  decodeStructure,
  decodeTotals,
  decodeWorking,
  type Links,
  type Lost,
  responseKinds,
  type Totals,
} from '../wire/response-frames.js'
import { protocolError } from '../wire/values.js'
import { partBlob } from './content-access.js'
import { isComplete } from './content-shape.js'
import { healLoss, recogniseDoubtful } from './heal.js'
import { contentOf, receiveChunk, receiveSkeleton } from './incoming.js'
import { cursorOf } from './plan.js'
import { type Policy, tiersOfPieces } from './policy.js'
import { receiveAccept } from './receive-accept.js'
import { receiveRecipients } from './receive-recipients.js'
import { receiveStructure, settleCursor } from './receive-structure.js'
import { tiersOfContent, tiersOfMessage } from './tiers.js'
import { type Traffic, trafficOf } from './traffic.js'

/** What an answer has brought so far. */
export interface Received {
  accept?: Accept
  /** The part of a long accept that is here while its end is not. */
  accepting?: Accept
  ended: boolean
  /** It stopped where the budget did. */
  paused: boolean
  /** Mailboxes in order of their `open` frames. */
  readonly mailboxes: Guid[]
  /** One of the two had lost its memory: what was said so far counts for nothing, and the next exchange compares everything. */
  healed?: Lost | 'endpoint'
  listed: number
  changed: number
  /** Mailboxes that were told of: made, changed or deleted. */
  structured: number
  /** Messages here that the upstream knows under another name: matched by their digests. */
  matched: number
  /** Contents that went up in the same exchange. */
  uploaded: number
  /** Messages that became complete. */
  contents: number
  /** Messages whose first text became complete. */
  texts: number
  /** Bytes of the answer's frames that have been taken over, and where among them the last message was listed and the last text came. */
  answerBytes: number
  listedAt: number
  textsAt: number
  /** Messages that the other side has read of its mail store so far, while it says so. */
  working: number
  /** Some message came as a reference to something that is no longer here, or as a change of one that is unknown: asked for once more. */
  unresolved: boolean
  /** What the upstream took for held by both sides isn't, or not in the same way: nothing after that could be read. */
  unprimed: boolean
  /** What the upstream has said that the answer comes to. Not said of a small one. */
  totals?: Totals
  /** Payload that has come. */
  payloadBytes: number
  /** How much of it was sent as it stands. */
  storedBytes: number
  /** What the rest took on the line. */
  textWireBytes: number
  /** Parts of listed messages that the policy doesn't let through. */
  readonly deferred: { parts: number; bytes: number }
  /** What each mailbox had of the line. */
  readonly traffic: Traffic
  /** Contents of which the skeleton has come, but not all that is to come: what is named there and isn't here has to be asked for. */
  readonly skeletons: Set<Guid>
  /** What the last bytes belonged to, for the person who watches. */
  item?: { readonly envelope: Uint8Array | undefined; readonly sizeBytes: number; readonly heldBytes: number }
}

export function nothingReceived(): Received {
  return {
    ended: false,
    paused: false,
    mailboxes: [],
    listed: 0,
    changed: 0,
    structured: 0,
    matched: 0,
    uploaded: 0,
    contents: 0,
    texts: 0,
    answerBytes: 0,
    listedAt: 0,
    textsAt: 0,
    working: 0,
    unresolved: false,
    payloadBytes: 0,
    storedBytes: 0,
    textWireBytes: 0,
    deferred: { parts: 0, bytes: 0 },
    traffic: new Map(),
    skeletons: new Set(),
    unprimed: false,
  }
}

/** What is the same for all frames of an answer. */
export interface Run {
  readonly policy: Policy
  readonly only: readonly string[]
  readonly pairing?: string | undefined
  readonly createHash: CreateHash
}

/** Takes one frame of the answer over into the replica. The caller's transaction makes it durable. */
export async function receiveFrame(
  change: Change,
  frame: Bundled,
  received: Received,
  run: Run,
): Promise<void> {
  const { kind, payload } = frame
  if (kind === responseKinds.working) {
    received.working = decodeWorking(payload)
    return
  }
  if (!received.accept) {
    if (kind !== responseKinds.accept) throw protocolError('an answer that does not begin with an accept')
    const { accept, more } = decodeAccept(payload)
    const before = received.accepting
    received.accepting = before
      ? {
          ...accept,
          results: [...before.results, ...accept.results],
          pending: [...before.pending, ...accept.pending],
        }
      : accept
    if (more) return
    const whole = received.accepting
    received.accept = whole
    const healed = await healLoss(change, whole, run.pairing)
    if (healed) {
      received.healed = healed
      received.accept = { ...whole, results: [], pending: [] }
      return
    }
    received.matched = await receiveAccept(change, whole, run.pairing)
    return
  }
  if (received.healed) return
  switch (kind) {
    case responseKinds.structure: {
      const structure = decodeStructure(payload)
      received.structured += structure.mailboxes.length
      return receiveStructure(change, structure)
    }
    case responseKinds.open:
      received.mailboxes.push(decodeOpen(payload))
      return
    case responseKinds.changes: {
      const changes = decodeChanges(payload)
      received.changed += changes.flags.length + changes.expunged.length
      if (!(await receiveChanges(change, mailboxOf(received, changes.mailbox), changes)))
        received.unresolved = true
      return
    }
    case responseKinds.links: {
      const links = decodeLinks(payload)
      const mailbox = mailboxOf(received, links.mailbox)
      countListed(received, mailbox, links.entries.length)
      if (!(await receiveLinks(change, mailbox, links, run.policy))) received.unresolved = true
      return
    }
    case responseKinds.list: {
      const list = decodeList(payload)
      const mailbox = mailboxOf(received, list.mailbox)
      countListed(received, mailbox, list.entries.length)
      await receiveList(change, mailbox, list)
      for (const { guid } of list.entries) await countDeferred(change.tx, received, guid, run.policy)
      return
    }
    case responseKinds.recipients: {
      const { mailbox, entries } = decodeRecipients(payload)
      return receiveRecipients(change.tx, mailboxOf(received, mailbox), entries)
    }
    case responseKinds.skeleton: {
      const { ref, skeleton, structure } = decodeSkeletonFrame(payload)
      return receivePiece(change, received, ref, run.policy, (content) =>
        receiveSkeleton(change.tx, run.createHash, content, skeleton, structure),
      )
    }
    case responseKinds.chunk: {
      const { ref, part, offset, bytes } = decodeChunk(payload)
      return receivePiece(change, received, ref, run.policy, (content) =>
        receiveChunk(change.tx, run.createHash, content, part, offset, bytes),
      )
    }
    case responseKinds.totals:
      received.totals = decodeTotals(payload)
      return
    case responseKinds.end:
      received.ended = true
      return settleCursor(change, decodeEnd(payload).log, run)
    default:
      throw protocolError(`an answer frame of the unknown kind ${kind}`)
  }
}

/** The line was cut inside a stored chunk: what has arrived of it is kept (law 2). */
export async function receiveTorn(
  change: Change,
  payloadPrefix: Uint8Array,
  received: Received,
  run: Run,
): Promise<void> {
  if (payloadPrefix.length < 64) return
  const { ref, part, offset, bytes } = decodeChunk(payloadPrefix)
  await receivePiece(change, received, ref, run.policy, (content) =>
    receiveChunk(change.tx, run.createHash, content, part, offset, bytes),
  )
}

function countListed(received: Received, mailbox: Guid, messages: number): void {
  received.listed += messages
  trafficOf(received.traffic, mailbox).messages += messages
}

async function countDeferred(
  reader: Reader,
  { deferred }: Received,
  guid: Guid,
  policy: Policy,
): Promise<void> {
  const message = await getMessage(reader, guid)
  const content = message && (await getContent(reader, message.content))
  const tiers = message && content && (await tiersOfMessage(reader, content, message, policy))
  if (!content?.outline || !tiers) return
  const { parts } = decodeOutline(content.outline)
  for (const [part, tier] of tiers.entries()) {
    if (tier !== undefined) continue
    deferred.parts++
    deferred.bytes += parts[part]?.size ?? 0
  }
}

function mailboxOf(received: Received, index: number): Guid {
  const guid = received.mailboxes[index]
  if (guid === undefined) throw protocolError('a frame for a mailbox that was not opened')
  return guid
}

async function receivePiece(
  change: Change,
  received: Received,
  ref: { readonly scope: number; readonly id: number },
  policy: Policy,
  take: (content: ContentRecord) => Promise<ContentRecord>,
): Promise<void> {
  const message = await messageByUpstream(change.tx, mailboxOf(received, ref.scope), ref.id)
  const content = message && (await getContent(change.tx, message.content))
  // Expunged here meanwhile, or a link that wasn't resolved: it is asked for again if it is still wanted.
  if (!message || !content) return
  const after = await take(content)
  if (after.skeleton && !content.skeleton) received.skeletons.add(content.id)
  await countItem(change, received, content, after)
  if (after === content || !(await isSatisfied(change.tx, after, policy))) return
  change.tx.delete(keys.expected(content.id))
  received.skeletons.delete(content.id)
}

async function countItem(
  change: Change,
  received: Received,
  before: ContentRecord,
  after: ContentRecord,
): Promise<void> {
  if (isComplete(after) && !isComplete(before)) received.contents++
  const text = after.outline ? firstText(decodeOutline(after.outline)) : []
  const readable = (content: ContentRecord): boolean => text.every((part) => content.held.includes(part))
  if (text.length > 0 && readable(after) && !readable(before)) received.texts++
  let heldBytes = 0
  for (const [part, { size }] of after.outline ? decodeOutline(after.outline).parts.entries() : [])
    heldBytes += after.held.includes(part) ? size : await blobSize(change.tx, partBlob(after.id, part))
  received.item = { envelope: after.envelope, sizeBytes: after.sizeBytes, heldBytes }
}

/** Everything that the policy lets through and nobody has declined is here; what is left is deferred until somebody wants it. */
export async function isSatisfied(reader: Reader, content: ContentRecord, policy: Policy): Promise<boolean> {
  if (content.whole) return true
  const parts = await tiersOfContent(reader, content, policy)
  if (!content.skeleton || !parts) return false
  const tiers = tiersOfPieces(parts, decodeSkeleton(content.skeleton), policy)
  return tiers.every(
    (tier, piece) => tier === undefined || content.held.includes(piece) || isDeclined(content, piece),
  )
}

/** The policy is another one than last time: what it lets through of messages listed earlier is expected from now on. */
export async function expectByPolicy(tx: Transaction, policy: Policy): Promise<void> {
  for await (const { key } of tx.list({ prefix: ['partial'] })) {
    const content = await getContent(tx, String(key[1]))
    if (content && !(await isSatisfied(tx, content, policy))) tx.put(keys.expected(content.id), true)
  }
}

async function setMailboxCursor(
  change: Change,
  mailbox: Guid,
  cursor: (before: MailboxCursor) => MailboxCursor,
): Promise<void> {
  await updateReplicaRecord(change.tx, (record) => {
    const before: Cursor = record.cursor
    const mailboxes = { ...before.mailboxes, [mailbox]: cursor(cursorOf(before, mailbox)) }
    return { ...record, cursor: { ...before, mailboxes } }
  })
}

/** False when some of the messages are unknown here. */
async function receiveChanges(change: Change, mailbox: Guid, changes: Changes): Promise<boolean> {
  const { tx } = change
  const unknown: number[] = []
  for (const { guid, number, uid, flags } of changes.numbered) {
    const message = await getMessage(tx, guid)
    if (message) await takeNumbered(change, message, { upstream: number, uid, flags })
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
    for await (const { value } of tx.list<Guid>({
      prefix: ['upstream', mailbox],
      start: [from],
      end: [to],
    })) {
      const message = await getMessage(tx, value)
      if (message) await expungeMessage(change, message, { base: message.flags })
      tx.delete(keys.doubtful(value))
    }
  const { done } = changes
  if (done) await setMailboxCursor(change, mailbox, () => done)
  // Messages that we should know and don't: asked for in full, and everything is well again.
  for (const number of unknown) tx.put(keys.unknown(mailbox, number), { asked: false })
  return unknown.length === 0
}

/** The upstream has spoken of a message that is known here. */
async function takeNumbered(
  change: Change,
  known: MessageRecord,
  told: { readonly upstream: number; readonly uid: number; readonly flags: Flags },
): Promise<void> {
  change.tx.delete(keys.doubtful(known.guid))
  await takeFlags(change, await numberMessage(change, known, told), told.flags)
}

/** The upstream's flags, with what was done here since and hasn't been acknowledged on top. */
async function takeFlags(change: Change, known: MessageRecord, upstream: Flags): Promise<void> {
  const { tx } = change
  let flags = upstream
  for await (const { key } of tx.list({ prefix: ['journal-of', known.guid] })) {
    const operation = await tx.get<Operation>(keys.journal(Number(key[2])))
    if (operation?.op === 'flags' && operation.message === known.guid) flags = applyDelta(flags, operation)
    if (operation?.op === 'expunge' && operation.message === known.guid) return
  }
  if (known.expunged && (await mailboxDeletePending(tx, known.mailbox))) return
  // We deleted its mailbox, and the upstream kept it: then so do we.
  const message = await reviveMessage(change, known, flags)
  if (!equalFlags(flags, message.flags)) await changeFlags(change, message, flagDelta(message.flags, flags))
}

async function mailboxDeletePending(tx: Transaction, mailbox: Guid): Promise<boolean> {
  for await (const { value } of tx.list<Operation>({ prefix: ['journal'] }))
    if (value.op === 'mailbox-delete' && value.mailbox === mailbox) return true
  return false
}

async function receiveList(change: Change, mailbox: Guid, list: List): Promise<void> {
  const { tx } = change
  // Oldest first: this replica's own numbers are to ascend as the upstream's do.
  for (const entry of [...list.entries].reverse()) {
    const { guid, number, uid, flags, internalDateMs, answers } = entry
    await recogniseDoubtful(change, mailbox, entry)
    const known = await getMessage(tx, guid)
    if (known) await takeNumbered(change, known, { upstream: number, uid, flags })
    const content = await contentOf(tx, known?.content ?? guid)
    if (!content.outline) {
      putContent(tx, {
        ...content,
        ...(content.digest === undefined && { sizeBytes: outlineSize(entry.outline) }),
        envelope: encodeEnvelope(entry.envelope),
        outline: encodeOutline(entry.outline),
        progress: content.progress + 1,
      })
      tx.put(keys.expected(content.id), true)
    }
    const born = { guid, mailbox, content: content.id, flags, internalDateMs, uid, upstream: number }
    if (!known) await addMessage(change, { ...born, ...(answers !== undefined && { answers }) })
    else tx.put(keys.todo(known.mailbox, known.guid), true)
  }
  await setMailboxCursor(change, mailbox, ({ log }) => ({ log, missing: list.missing }))
}

/** False when the source of some is no longer here, or has lost its bytes: what only the next exchange can ask for. */
async function receiveLinks(change: Change, mailbox: Guid, links: Links, policy: Policy): Promise<boolean> {
  const { tx } = change
  let resolved = true
  for (const { guid, number, uid, flags, internalDateMs, source } of [...links.entries].reverse()) {
    const known = await getMessage(tx, guid)
    if (known) {
      await takeNumbered(change, known, { upstream: number, uid, flags })
      continue
    }
    const content = (await getMessage(tx, source))?.content
    const here = content !== undefined && (await getContent(tx, content))
    // A source that is no longer here: the message is asked for from tier 0 on.
    if (!here) {
      await contentOf(tx, guid)
      tx.put(keys.expected(guid), true)
      resolved = false
    } else if (!here.whole) {
      // What another message shows was asked for by that one's number, or comes in this answer.
      const shown = (await messagesOf(tx, here.id)).some((other) => isLive(other) && other.upstream > 0)
      if (!shown && !(await isSatisfied(tx, here, policy))) resolved = false
      tx.put(keys.expected(here.id), true)
    }
    const born = { guid, mailbox, content: here ? here.id : guid, flags, internalDateMs, uid }
    await addMessage(change, { ...born, upstream: number })
  }
  const { missing } = links
  if (missing) await setMailboxCursor(change, mailbox, ({ log }) => ({ log, missing }))
  return resolved
}
