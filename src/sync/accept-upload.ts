import { partSource } from '../mime/read-part.js'
import { decodeSkeleton } from '../mime/skeleton-codec.js'
import type { Change } from '../replica/change.js'
import { getContent } from '../replica/contents.js'
import { getMessage, isLive, messagesOf, revealMessages } from '../replica/messages.js'
import type { Guid } from '../replica/model.js'
import { type ContentRecord, keys, type MessageRecord } from '../replica/records.js'
import { blobSize } from '../store/blob.js'
import type { Transaction } from '../store/database.js'
import type { Account } from './account.js'
import { openContent, partBlob } from './content-access.js'
import { isComplete, provePieces } from './content-shape.js'
import { partHere, receiveChunk, receiveSkeleton } from './incoming.js'

/** Content that a device is sending up: every frame is durable when its promise resolves. */
export interface Upload {
  skeleton(encoded: Uint8Array, structure: Uint8Array): Promise<void>
  chunk(part: number, offset: number, bytes: Uint8Array): Promise<void>
}

/** Takes frames for a message that the device's journal has made and whose content isn't complete. Others fall on the floor. */
export async function acceptUpload(account: Account, device: string, offered: Guid): Promise<Upload> {
  const { db } = account.replica
  const guid = (await db.get<Guid>(keys.alias(device, offered))) ?? offered
  const receive = async (
    take: (tx: Transaction, content: ContentRecord) => Promise<ContentRecord>,
  ): Promise<void> => {
    await db.transact(async (tx) => {
      const message = await arrivingMessage(tx, device, guid)
      const content = message && (await getContent(tx, message.content))
      if (content) await take(tx, content)
    })
  }
  return {
    skeleton: async (encoded, structure) => {
      await receive((tx, content) => receiveSkeleton(tx, content, encoded, structure))
      await takeKnownParts(account, device, guid)
    },
    chunk: (part, offset, bytes) => receive((tx, content) => receiveChunk(tx, content, part, offset, bytes)),
  }
}

/** A message whose content we asked this device for: it made the message, or the last file of it was lost here. */
async function arrivingMessage(
  tx: Transaction,
  device: string,
  guid: Guid,
): Promise<MessageRecord | undefined> {
  const message = await getMessage(tx, guid)
  return isLive(message) || (await tx.get(keys.arriving(device, guid))) ? message : undefined
}

/** Parts that stand in other messages here needn't be sent: a forward of what we have costs its name. */
async function takeKnownParts(account: Account, device: string, guid: Guid): Promise<void> {
  const { db } = account.replica
  const content = await db.transact(async (tx) => {
    const message = await arrivingMessage(tx, device, guid)
    return message && getContent(tx, message.content)
  })
  if (!content?.skeleton) return
  const { parts } = decodeSkeleton(content.skeleton)
  for (const [index, part] of parts.entries()) {
    if (content.held.includes(index) || (await blobSize(db, partBlob(content.id, index))) > 0) continue
    const place = await db.transact((tx) => partHere(tx, part.digest))
    const open = place && (await openContent(account, place.content))
    if (!place?.content.skeleton || !open) continue
    try {
      const there = partSource(open, decodeSkeleton(place.content.skeleton), place.part)
      for (let at = 0; at < part.size; ) {
        const bytes = await there.read(at, Math.min(256 * 1024, part.size - at))
        if (bytes.length === 0) break
        await db.transact(async (tx) => {
          const current = await getContent(tx, content.id)
          if (current) await receiveChunk(tx, current, index, at, bytes)
        })
        at += bytes.length
      }
    } finally {
      await open.close()
    }
  }
}

/** Contents that have arrived whole are proved, and their messages appear. */
export async function finishUploads(account: Account, device: string): Promise<void> {
  const { replica } = account
  for await (const { key } of replica.db.list({ prefix: ['arriving', device] })) {
    const guid = String(key[2])
    const message = await getMessage(replica.db, guid)
    const content = message && (await getContent(replica.db, message.content))
    if (content && !content.whole && !(isComplete(content) && (await provePieces(account, content)))) continue
    await replica.db.transact(async (tx) => {
      const change: Change = { tx, replica, origin: { kind: 'device', device } }
      if (content) await revealMessages(change, content)
      for (const twin of content ? await messagesOf(tx, content.id) : [])
        tx.delete(keys.arriving(device, twin.guid))
      tx.delete(key)
    })
  }
}
