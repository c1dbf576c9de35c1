import { decodeSkeleton } from '../../mime/skeleton-codec.js'
import { getContent } from '../../replica/contents.js'
import { acknowledgedByAll } from '../../replica/devices.js'
import { forgetMessage, getMessage, messagesOf } from '../../replica/messages.js'
import { keys, type MailboxRecord } from '../../replica/records.js'
import { readReplicaRecord, updateReplicaRecord } from '../../replica/replica.js'
import { deleteBlob } from '../../store/blob.js'
import type { Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import { keptBlob, noteFileGone } from './content-access.js'
import { blobsOf } from './content-shape.js'

/** Tombstones forgotten in one transaction, and in one run: the rest goes next time. */
const batchSize = 200
const runSize = 20_000

/**
 * What every device has heard of needn't be remembered: bytes that were kept for devices, and tombstones of messages and mailboxes.
 * On a replica that has an upstream the upstream must have heard too.
 */
export async function forgetPast(account: Account): Promise<void> {
  const { db } = account.replica
  const { head, horizon, journal, acknowledged } = await readReplicaRecord(db)
  if (account.replica.hasUpstream && acknowledged < journal) return
  const heard = await acknowledgedByAll(db, head)
  for await (const { key, value } of db.list<number>({ prefix: ['kept'] }))
    if (value <= heard)
      await db.transact(async (tx) => {
        if (value > (await acknowledgedByAll(tx, head))) return
        tx.delete(key)
        await deleteBlob(tx, keptBlob(String(key[1])))
        await noteFileGone(tx, String(key[1]))
      })
  const past: { readonly guid: string; readonly modseq: number }[] = []
  for await (const { key } of db.list<number>(
    { prefix: ['tombstone'], end: [heard + 1] },
    { limit: runSize },
  ))
    past.push({ guid: String(key[2]), modseq: Number(key[1]) })
  for (let at = 0; at < past.length; at += batchSize) {
    await db.transact(async (tx) => {
      // Asked again: a device that was given up may have come back in an exchange beside this one.
      const heardStill = await acknowledgedByAll(tx, head)
      let reached = horizon
      for (const { guid, modseq } of past.slice(at, at + batchSize))
        if (modseq <= heardStill) reached = Math.max(reached, await forgetTombstone(tx, guid))
      await updateReplicaRecord(tx, (record) => ({ ...record, horizon: Math.max(record.horizon, reached) }))
    })
  }
}

/** Returns the log position of what was forgotten, 0 when it has to stay. */
async function forgetTombstone(tx: Transaction, guid: string): Promise<number> {
  const mailbox = await tx.get<MailboxRecord>(keys.mailbox(guid))
  if (mailbox) {
    tx.delete(keys.tombstone(mailbox.modseq, guid))
    if (!mailbox.deleted) return 0
    // What was in it goes first, and what is still on its way here brings it back.
    if ((await holdsNumbers(tx, guid)) || (await isAwaitingMail(tx, guid))) {
      tx.put(keys.tombstone(mailbox.modseq, guid), true)
      return 0
    }
    tx.delete(keys.structure(mailbox.modseq))
    // Should the upstream have kept it, its mail must not get UIDs here that a mail server has shown before.
    if (mailbox.uidLost === undefined) tx.delete(keys.mailbox(guid))
    return mailbox.modseq
  }
  const message = await getMessage(tx, guid)
  if (!message?.expunged) return 0
  for await (const _ of tx.list({ prefix: ['journal-of', guid] }, { limit: 1 })) return 0
  if ((await tx.get(keys.todo(message.mailbox, guid))) || (await tx.get(keys.place(guid)))) return 0
  tx.delete(keys.tombstone(message.modseq, guid))
  await forgetMessage(tx, message)
  await forgetContent(tx, message.content)
  return message.modseq
}

async function holdsNumbers(tx: Transaction, mailbox: string): Promise<boolean> {
  for await (const _ of tx.list({ prefix: ['number', mailbox] }, { limit: 1 })) return true
  return false
}

/** Whether a device has announced a message of this mailbox whose bytes haven't arrived. */
async function isAwaitingMail(tx: Transaction, mailbox: string): Promise<boolean> {
  for await (const { key } of tx.list({ prefix: ['arriving'] }))
    if ((await getMessage(tx, String(key[2])))?.mailbox === mailbox) return true
  return false
}

/** A content that no message shows any more. */
async function forgetContent(tx: Transaction, id: string): Promise<void> {
  if ((await messagesOf(tx, id)).length > 0) return
  const content = await getContent(tx, id)
  if (!content) return
  for (const blob of blobsOf(content)) await deleteBlob(tx, blob)
  await deleteBlob(tx, keptBlob(id))
  const rows = [keys.content(id), keys.partial(id), keys.expected(id), keys.kept(id)]
  for (const key of [...rows, keys.large(content.sizeBytes, id)]) tx.delete(key)
  if (content.digest !== undefined && (await tx.get(keys.digest(content.digest))) === id)
    tx.delete(keys.digest(content.digest))
  for await (const { key } of tx.list({ prefix: ['wanted', id] })) tx.delete(key)
  for (const { digest } of content.skeleton ? decodeSkeleton(content.skeleton).parts : [])
    if (digest !== undefined) tx.delete(keys.part(digest, id))
}
