import type { Change } from '../../replica/change.js'
import { getContent } from '../../replica/content/contents.js'
import { liveMessagesOf, messagesOf } from '../../replica/content/messages-of-content.js'
import { knowsMessage } from '../../replica/cursor.js'
import { comeAshore } from '../../replica/merge/apply-submission.js'
import { revealMessages } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord } from '../../replica/records.js'
import { type Bearer, getBearer, getSubmission } from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import { blobSize } from '../../store/blob.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { Hello } from '../../wire/request-frames.js'
import type { PendingUpload } from '../../wire/response/accept-frame.js'
import type { Account } from '../account.js'
import { keptBlob } from '../content/content-access.js'
import { isComplete, provePieces } from '../content/content-shape.js'
import { holdWhole } from '../content/hold-whole.js'
import { takeKnownParts } from '../content/known-parts.js'
import { heldPieces, receiveChunk, receiveSkeleton } from '../content/receive-piece.js'
import { Shapes } from '../content/shapes.js'
import { defaultQuota, usedToday } from '../policy/device-quota.js'
import type { SharedHistory } from '../policy/shared-history.js'
import { type ContentGauge, sum } from './content-gauge.js'
import { deviceRecord } from './device-handshake.js'

/** Content that a device is sending up: every frame is durable when its promise resolves. */
export interface Upload {
  /** Whether anybody waits for it: else what comes falls on the floor. */
  readonly isAwaited: boolean
  skeleton(encoded: Uint8Array, structure: Uint8Array): Promise<void>
  chunk(part: number, offset: number, bytes: Uint8Array): Promise<void>
  /** Mail to be sent goes on its way once it is here, whatever follows it on a slow line. */
  end(): Promise<void>
}

/** Takes frames for a message that the device's journal has made and whose content isn't complete. Others fall on the floor. */
export async function acceptUpload(
  account: Account,
  device: string,
  offered: Guid,
  shared: SharedHistory,
  gauge: ContentGauge,
): Promise<Upload> {
  const shapes = new Shapes()
  const arriving = { createHash: account.createHash, shapes }
  const { db } = account.replica
  const guid = (await tables.alias.get(db, device, offered)) ?? offered
  const contentIn = async (tx: Transaction): Promise<ContentRecord | undefined> => {
    const bearer = await arrivingBearer(tx, device, guid)
    return bearer && (await getContent(tx, bearer.content))
  }
  const { isAwaited, heldBefore } = await db.transact(async (tx) => {
    const content = await contentIn(tx)
    return { isAwaited: content !== undefined, heldBefore: content ? sum(await heldPieces(tx, content)) : 0 }
  })
  let held = heldBefore
  const receive = async (
    bytes: number,
    take: (tx: Transaction, content: ContentRecord) => Promise<ContentRecord>,
  ): Promise<void> => {
    await db.transact(async (tx) => {
      const content = await contentIn(tx)
      if (!content || content.whole || !(await gauge.mayTake(tx, bytes))) return
      held += bytes
      if (!isComplete(await take(tx, content), shapes)) return
      gauge.completed(held)
      held = 0
    })
  }
  return {
    isAwaited,
    skeleton: async (encoded, structure) => {
      await receive(encoded.length + structure.length, (tx, content) =>
        receiveSkeleton(tx, arriving, content, encoded, structure),
      )
      const content = await db.transact(async (tx) => (await arrivingBearer(tx, device, guid))?.content)
      if (content !== undefined) await takeKnownParts(account, content, shared)
    },
    chunk: (part, offset, bytes) =>
      receive(bytes.length, (tx, content) => receiveChunk(tx, arriving, content, part, offset, bytes)),
    end: async () => {
      const bearer = await arrivingBearer(db, device, guid)
      if (bearer?.kind === 'submission') await finishSubmission(account, device, bearer)
    },
  }
}

/** A message whose content we asked this device for, since it made the message, or the last file of it was lost here; or mail to be sent. */
async function arrivingBearer(tx: Reader, device: string, guid: Guid): Promise<Bearer | undefined> {
  const bearer = await getBearer(tx, guid)
  const shown = bearer?.kind === 'message' && bearer.isLive
  return shown || (await tables.arriving.has(tx, device, guid)) ? bearer : undefined
}

/** Contents that have arrived whole are proved, and their messages appear. */
export async function finishUploads(account: Account, device: string, shared: SharedHistory): Promise<void> {
  const { replica } = account
  for await (const { key } of tables.arriving.list(replica.db, [device])) {
    const bearer = await getBearer(replica.db, key[1])
    // What it names may have come after its skeleton.
    if (bearer) await takeKnownParts(account, bearer.content, shared)
    if (bearer?.kind === 'submission') {
      await finishSubmission(account, device, bearer)
      continue
    }
    const content = bearer && (await getContent(replica.db, bearer.content))
    if (content && !content.whole && !(isComplete(content) && (await provePieces(account, content)))) continue
    await replica.db.transact(async (tx) => {
      const change: Change = { tx, replica, origin: { kind: 'device', device } }
      if (content) await revealMessages(change, content)
      for (const twin of content ? await messagesOf(tx, content.id) : [])
        tables.arriving.delete(tx, device, twin.guid)
      tables.arriving.delete(tx, ...key)
    })
  }
}

/** Its bytes are kept until it has gone, whatever becomes of other mail with the same. */
async function finishSubmission(account: Account, device: string, { guid, content }: Bearer): Promise<void> {
  const { replica } = account
  const keeps = await bytesToKeep(account, device, content)
  if (keeps === 'quota') return
  // Two devices may hand in the same at once: the second finds it whole.
  const isHere = await account.exclusive(() => holdWhole(account, content))
  const isAshore = await replica.db.transact(async (tx) => {
    const submission = await getSubmission(tx, guid)
    if (submission?.state === 'queued' && !isHere) return false
    tables.arriving.delete(tx, device, guid)
    if (keeps > 0) await countKept(tx, account, device, keeps)
    const change: Change = { tx, replica, origin: { kind: 'device', device } }
    const whole = isHere ? await getContent(tx, content) : undefined
    if (whole) await revealMessages(change, whole)
    if (submission) await comeAshore({ change }, submission)
    return true
  })
  if (isAshore) account.mailing?.cameAshore?.()
}

/** Bytes that are kept once more although other mail here has them: a device that hands in mail by its name must not fill the disk. */
async function bytesToKeep(
  { replica: { db, now }, quota = defaultQuota }: Account,
  device: string,
  id: Guid,
): Promise<number | 'quota'> {
  return db.transact(async (tx) => {
    const content = await getContent(tx, id)
    if (!content?.whole || (await blobSize(tx, keptBlob(id))) === content.sizeBytes) return 0
    const { pairing = device } = await deviceRecord(tx, device)
    return (await usedToday(tx, pairing, now())).bytes >= quota.bytes ? 'quota' : content.sizeBytes
  })
}

async function countKept(
  tx: Transaction,
  { replica }: Account,
  device: string,
  bytes: number,
): Promise<void> {
  const { pairing = device } = await deviceRecord(tx, device)
  const used = await usedToday(tx, pairing, replica.now())
  tables.quota.put(tx, pairing, { ...used, bytes: used.bytes + bytes })
}

/** The content that the device is asked for, with what of it is here already. */
export async function pendingUploads(
  tx: Transaction,
  { replica }: Account,
  { replica: device, cursor }: Hello,
): Promise<PendingUpload[]> {
  const pending: PendingUpload[] = []
  const ask = async (bearer: Pick<Bearer, 'guid' | 'content'> | undefined): Promise<void> => {
    const content = bearer && (await getContent(tx, bearer.content))
    if (bearer && content && !content.whole)
      pending.push({ message: bearer.guid, held: await heldPieces(tx, content) })
  }
  for await (const { key } of tables.arriving.list(tx, [device])) await ask(await getBearer(tx, key[1]))
  // Messages whose last file was lost here: perhaps this device has them. What is deferred here isn't lost.
  for await (const { key } of tables.partial.list(tx)) {
    const content = await getContent(tx, key[0])
    if (!content || (replica.hasUpstream && content.upstreamHas)) continue
    for await (const message of liveMessagesOf(tx, content.id))
      if (knowsMessage(device, cursor, message)) await ask(message)
  }
  return pending
}
