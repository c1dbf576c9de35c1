import { decodeEnvelope } from '../mime/envelope.js'
import { decodeOutline, outlineSize } from '../mime/outline.js'
import { decodeSkeleton } from '../mime/skeleton-codec.js'
import { getContent } from '../replica/contents.js'
import { listMailboxes } from '../replica/mailboxes.js'
import { getMessage, isLive } from '../replica/messages.js'
import type { Guid } from '../replica/model.js'
import type { JournalEntry, Operation } from '../replica/operation.js'
import {
  type ContentRecord,
  keys,
  type MessageRecord,
  type ReplicaRecord,
  type UploadRecord,
} from '../replica/records.js'
import { randomNumber, readReplicaRecord, sentUpTo, updateReplicaRecord } from '../replica/replica.js'
import type { Reader, Transaction } from '../store/database.js'
import {
  encodeHello,
  encodeJournal,
  encodeOffer,
  encodeWants,
  type Hello,
  protocolVersion,
  requestKinds,
} from '../wire/request-frames.js'
import type { PendingUpload } from '../wire/response-frames.js'
import type { Account } from './account.js'
import { bytesUp, smallUploadBytes } from './big-uploads.js'
import { collectWants } from './collect-wants.js'
import { openContent } from './content-access.js'
import { partOfUpstream } from './known-parts.js'
import {
  contentKinds,
  leastFrameBytes,
  type OutgoingFrame,
  pieceFrames,
  structureFrames,
  textFrame,
} from './outgoing.js'
import { namingSkeleton } from './part-digest.js'
import { pieceSizes, structurePiece } from './piece.js'
import { encodePolicy, type Policy, policyName } from './policy.js'
import { makePrimer, primerFrame } from './primer.js'
import { isSelected } from './selection.js'

/** What one exchange asks for. */
export interface Ask {
  readonly policy: Policy
  readonly only: readonly string[]
  /** Patterns of mailboxes from which any number of messages may be expunged. */
  readonly allow: readonly string[]
  /** The upstream doesn't know the policy by name. */
  readonly sendPolicy: boolean
  /** Only find out what the upstream has of our uploads. */
  readonly probe: boolean
  /** What is big and goes up waits for the next exchange, so that what is new comes before it. */
  readonly newsFirst: boolean
  /** A primer has not worked out in this run: none is used, in either direction. */
  readonly plain: boolean
  /** The line is slower than codec 2: it is used in both directions. */
  readonly mix: boolean
  /** Nothing is sent but the question what would come. */
  readonly dry?: boolean
  /** Bytes of frames that may go, both ways together. */
  readonly bytesLeft?: number
  /** Parts that a person wants wait for another run. */
  readonly withoutWanted: boolean
  /** Bytes of payload in a text frame, both ways. */
  readonly frameBytes: number
  /** What the upstream said it has of each; those not named have not been begun. */
  readonly pending: ReadonlyMap<Guid, PendingUpload>
}

const entriesPerFrame = 100
/** What an exchange takes at the least: a hello with some exceptions, and an accept. */
export const exchangeBytes = 300
/** What a message's header may take on the line, as a rule. */
const headerBytes = 2000
/** More than this many entries go in several exchanges. */
const entriesPerExchange = 20_000

/** Whether an upload was begun of which nobody here knows how far it came. */
export async function needsProbe(reader: Reader): Promise<boolean> {
  for await (const { value } of reader.list<UploadRecord>({ prefix: ['upload'] }))
    if (value.begun) return true
  return false
}

/** The frames of a request that are known at its start: all but the content. */
export async function composeRequest(account: Account, ask: Ask): Promise<OutgoingFrame[]> {
  const { replica, createHash } = account
  const policy = encodePolicy(ask.policy)
  const entries = await journalToSend(account)
  const frames: OutgoingFrame[] = []
  if (ask.sendPolicy) frames.push(textFrame(requestKinds.policy, policy))
  for (let at = 0; at < entries.length && !ask.dry; at += entriesPerFrame)
    frames.push(textFrame(requestKinds.journal, encodeJournal(entries.slice(at, at + entriesPerFrame))))
  if (!ask.probe)
    for (const wants of await replica.db.transact((tx) => collectWants(tx, ask)))
      frames.push(textFrame(requestKinds.wants, encodeWants(wants)))
  const record = await readReplicaRecord(replica.db)
  const { mailboxes, aside } = await cursorExceptions(replica.db, record, ask, entries)
  const hello = encodeHello({
    version: protocolVersion,
    replica: record.device,
    ...(record.upstream !== undefined && { upstream: record.upstream }),
    acknowledged: record.acknowledged,
    batches: record.batches,
    ...(record.token !== undefined && { token: record.token }),
    cursor: { ...record.cursor, mailboxes },
    ...(aside !== undefined && { aside }),
    policy: policyName(policy, createHash),
    probe: ask.probe,
    plain: ask.plain,
    dry: ask.dry ?? false,
    mix: ask.mix,
    only: ask.only,
    allow: ask.allow,
    ...(ask.bytesLeft !== undefined && { budget: await leftForAnswer(replica.db, ask.bytesLeft, frames) }),
    ...(ask.frameBytes !== leastFrameBytes && { frameBytes: ask.frameBytes }),
  })
  return [textFrame(requestKinds.hello, hello), ...frames]
}

/** What goes up goes first: an answer may take what that leaves, at its worst. */
async function leftForAnswer(
  reader: Reader,
  bytesLeft: number,
  frames: readonly OutgoingFrame[],
): Promise<number> {
  let left = bytesLeft - exchangeBytes - frames.reduce((sum, { payload }) => sum + payload.length, 0)
  for await (const { key } of reader.list<UploadRecord>({ prefix: ['upload'] })) {
    if (left <= 0) return 0
    const message = await getMessage(reader, String(key[1]))
    const content = message && (await getContent(reader, message.content))
    left -= content?.outline ? outlineSize(decodeOutline(content.outline)) + headerBytes : 0
  }
  return Math.max(0, left)
}

/**
 * The cursor's exceptions that matter to this run: of mailboxes that take part or that the journal speaks of, since the upstream applies it by
 * what we knew; and of deleted ones, since it must know what we hadn't seen of them. What is left out because the run was narrowed still
 * has expunges to hear of: the lowest position says from where on.
 */
async function cursorExceptions(
  reader: Reader,
  record: ReplicaRecord,
  ask: Ask,
  entries: readonly JournalEntry[],
): Promise<Pick<Hello, 'aside'> & Pick<ReplicaRecord['cursor'], 'mailboxes'>> {
  const exceptions = Object.entries(record.cursor.mailboxes)
  if (exceptions.length === 0) return { mailboxes: {} }
  const named = await mailboxesOf(reader, entries)
  const left = new Set<Guid>()
  let aside: number | undefined
  for (const mailbox of await listMailboxes(reader)) {
    const selected = isSelected(ask.policy.select, mailbox)
    const narrowed = ask.only.length > 0 && !isSelected(ask.only, mailbox)
    const position = record.cursor.mailboxes[mailbox.guid]
    if (position === undefined || named.has(mailbox.guid) || (selected && !narrowed)) continue
    left.add(mailbox.guid)
    // Of what was never listed and holds nothing there is nothing to hear.
    if (selected && (position.log > 0 || mailbox.messages > 0))
      aside = Math.min(aside ?? position.log, position.log)
  }
  const mailboxes = Object.fromEntries(exceptions.filter(([mailbox]) => !left.has(mailbox)))
  return { mailboxes, ...(aside !== undefined && { aside }) }
}

/** Mailboxes that these entries name, or something in them. */
async function mailboxesOf(reader: Reader, entries: readonly JournalEntry[]): Promise<ReadonlySet<Guid>> {
  const named = new Set<Guid>()
  for (const { operation } of entries) {
    if ('mailbox' in operation) named.add(operation.mailbox)
    const messages = [
      'message' in operation && operation.message,
      operation.op === 'copy' && operation.source,
      operation.op === 'expunge' && operation.movedTo,
    ]
    for (const guid of messages) {
      const message = guid ? await getMessage(reader, guid) : undefined
      if (message) named.add(message.mailbox)
    }
  }
  return named
}

/**
 * The journal since the last acknowledgement. A message that was made and expunged here before anything of it was
 * sent, and that nothing else refers to, was nobody's business: a draft that was saved twenty times goes up once.
 */
async function journalToSend(account: Account): Promise<JournalEntry[]> {
  return account.replica.db.transact(async (tx) => {
    const record = await readReplicaRecord(tx)
    const { journal } = record
    const sent = sentUpTo(record)
    const entries: JournalEntry[] = []
    for await (const { key, value } of tx.list<Operation>({ prefix: ['journal'] }))
      entries.push({ number: Number(key[1]), operation: value })
    const dropped = shortLived(entries, sent)
    for (const { number, operation } of entries) {
      if (!('message' in operation) || !dropped.has(operation.message)) continue
      tx.delete(keys.journal(number))
      tx.delete(keys.journalOf(operation.message, number))
      if (operation.op === 'copy') tx.delete(keys.journalOf(operation.source, number))
      tx.delete(keys.upload(operation.message))
    }
    const all = entries.filter(({ operation }) => !('message' in operation && dropped.has(operation.message)))
    const some = all.slice(0, entriesPerExchange)
    const last = some.length < all.length ? (some.at(-1)?.number ?? journal) : journal
    if (last > sent) {
      const batch = { end: last, nonce: randomNumber(account.replica) }
      await updateReplicaRecord(tx, (before) => ({ ...before, batches: [...before.batches, batch] }))
    }
    return some
  })
}

function shortLived(entries: readonly JournalEntry[], sent: number): Set<Guid> {
  const born = new Set<Guid>()
  const gone = new Set<Guid>()
  const referred = new Set<Guid>()
  for (const { number, operation } of entries) {
    if ((operation.op === 'append' || operation.op === 'copy') && number > sent) born.add(operation.message)
    if (operation.op === 'copy') referred.add(operation.source)
    if (operation.op === 'expunge') {
      gone.add(operation.message)
      if (operation.movedTo !== undefined) referred.add(operation.movedTo)
    }
  }
  return new Set([...born].filter((guid) => gone.has(guid) && !referred.has(guid)))
}

/** The content that goes up: small messages first, each from where the upstream has it. */
export async function* composeUploads(
  account: Account,
  ask: Ask,
  onOffer: (message: MessageRecord) => void,
): AsyncGenerator<OutgoingFrame> {
  const { db } = account.replica
  // What may be there already waits until the upstream says that it isn't.
  let uploads: { readonly message: MessageRecord; readonly content: ContentRecord }[] = []
  for await (const { key, value } of db.list<UploadRecord>({ prefix: ['upload'] })) {
    // So does what was begun, in an exchange that doesn't ask after it.
    if ((value.waits || (ask.newsFirst && value.begun)) && !ask.dry && !ask.pending.has(String(key[1])))
      continue
    const message = await getMessage(db, String(key[1]))
    const content = isLive(message) ? await getContent(db, message.content) : undefined
    if (isLive(message) && content?.whole) uploads.push({ message, content })
  }
  uploads.sort((a, b) => a.content.sizeBytes - b.content.sizeBytes)
  if (ask.newsFirst) uploads = await smallOnes(db, uploads)
  if (!ask.plain) yield* primerFrames(account, uploads)
  const sent = new Set<Guid>()
  let offer = 0
  for (const { message, content } of uploads) {
    if (sent.has(content.id)) continue
    sent.add(content.id)
    const open = await openContent(account, content, message.guid)
    if (!open || !content.skeleton) continue
    if (!ask.dry)
      await db.transact(async (tx: Transaction) =>
        tx.put(keys.upload(message.guid), { begun: true, waits: false }),
      )
    try {
      const ref = { scope: 0, id: offer++ }
      const held = ask.pending.get(message.guid)?.held ?? []
      const skeleton = decodeSkeleton(content.skeleton)
      const { frameBytes } = ask
      onOffer(message)
      yield textFrame(requestKinds.offer, encodeOffer(message.guid))
      const naming = await namingSkeleton(db, content.id, skeleton)
      const from = held[structurePiece(skeleton)] ?? 0
      yield* structureFrames(contentKinds.up, ref, open, skeleton, naming, { from, frameBytes })
      for (const [piece, size] of pieceSizes(skeleton).entries()) {
        if (piece === structurePiece(skeleton)) continue
        const from = held[piece] ?? 0
        const digest = skeleton.parts[piece]?.digest
        if (
          held.length > 0
            ? from >= size && size > 0
            : digest !== undefined && (await partOfUpstream(db, digest, content.id))
        )
          continue
        yield* pieceFrames(contentKinds.up, ref, open, skeleton, piece, { from, frameBytes })
      }
    } finally {
      await open.close()
    }
  }
}

async function smallOnes<Upload extends { readonly content: ContentRecord }>(
  reader: Reader,
  uploads: readonly Upload[],
): Promise<Upload[]> {
  const small: Upload[] = []
  let bytes = 0
  for (const upload of uploads) {
    bytes += await bytesUp(reader, upload.content)
    if (bytes > smallUploadBytes) break
    small.push(upload)
  }
  return small
}

/** What is written here mostly answers something, or goes on from something, that both sides hold. */
async function* primerFrames(
  account: Account,
  uploads: readonly { readonly message: MessageRecord; readonly content: ContentRecord }[],
): AsyncGenerator<OutgoingFrame> {
  const coming = uploads.flatMap(({ message, content }) =>
    content.envelope ? [{ mailbox: message.mailbox, envelope: decodeEnvelope(content.envelope) }] : [],
  )
  const primed = await makePrimer(account, coming, 0, async ({ mailbox, upstream }, { upstreamHas }) =>
    upstreamHas && upstream > 0 ? { mailbox, number: upstream } : undefined,
  )
  if (primed) yield primerFrame(requestKinds.primer, primed)
}

/** Whether anything has to go up besides what `composeRequest` gives. */
export async function hasUploads(reader: Reader): Promise<boolean> {
  for await (const _ of reader.list({ prefix: ['upload'] }, { limit: 1 })) return true
  return false
}
