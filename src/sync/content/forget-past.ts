import { acknowledgedByAll } from '../../replica/devices.js'
import { fileOf } from '../../replica/files.js'
import { forgetMessage, getMessage } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import { listProblems, seriousProblems } from '../../replica/problems.js'
import { wholeFile } from '../../replica/records.js'
import { readReplicaRecord, updateReplicaRecord } from '../../replica/replica.js'
import {
  getSubmission,
  isSubmitted,
  listPastSubmissions,
  listSubmissions,
} from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import { deleteBlob } from '../../store/blob.js'
import type { Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import { isOnlyKept, keptBlob, noteFileGone } from './content-access.js'
import { dropSubmission, forgetContent } from './hold-whole.js'

/** Tombstones forgotten in one transaction, and in one run: the rest goes next time. */
const batchSize = 200
const runSize = 20_000

/**
 * Forgets what every device has been told: bytes that were kept for devices, and tombstones of messages and
 * mailboxes. A replica with an upstream keeps a tombstone until the upstream has been told too.
 */
export async function forgetPast(account: Account): Promise<void> {
  const { db } = account.replica
  await forgetEnded(account)
  const { head, horizon, journal, acknowledged } = await readReplicaRecord(db)
  if (account.replica.hasUpstream && acknowledged < journal) return
  const heard = await acknowledgedByAll(db, head)
  for await (const { key, value } of tables.kept.list(db))
    if (value <= heard)
      await db.transact(async (tx) => {
        if (value > (await acknowledgedByAll(tx, head)) || (await isOnlyKept(tx, key[0]))) return
        tables.kept.delete(tx, ...key)
        if (await isSubmitted(tx, key[0])) return
        await deleteBlob(tx, keptBlob(key[0]))
        await noteFileGone(tx, key[0])
      })
  // What went from one mailbox may lie in another one that can't be looked into now: it is known by its tombstone when it is seen.
  const hidden = (await listProblems(db, 'read')).filter(({ item }) => item === '')
  if (seriousProblems(hidden).length > 0) return
  const past: { readonly guid: string; readonly modseq: number }[] = []
  for await (const { key } of tables.tombstone.list(db, [], { end: heard + 1, limit: runSize }))
    past.push({ guid: key[1], modseq: key[0] })
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

/** How long mail that has come to its end is shown, ms. */
const endedShownMs = 30 * 86_400_000

/** How long it is known that mail has come to its end, for an old backup that would send it again, ms. */
const endedKnownMs = 400 * 86_400_000

/** How many of the last ended submissions are remembered whatever the clock says: a clock that was wrong for a while makes them all look old. */
const endedAlwaysKnown = 4000

/** Mail that came to its end long ago: its author has seen it, or doesn't ask any more. */
async function forgetEnded({ replica }: Account): Promise<void> {
  const nowMs = replica.now()
  let dropped = 0
  const past = await listPastSubmissions(replica.db, nowMs - endedShownMs + 1)
  for (const { guid, endedMs } of [...past, ...(await listSubmissions(replica.db))])
    if (endedMs !== undefined && nowMs - endedMs >= endedShownMs)
      await replica.db.transact(async (tx) => {
        const submission = await getSubmission(tx, guid)
        if (!submission) return
        await dropSubmission(tx, submission)
        dropped++
      })
  if (dropped === 0) return
  const known: { readonly guid: Guid; readonly endedMs: number }[] = []
  for await (const { key, value } of tables.submissionEnded.list(replica.db))
    known.push({ guid: key[0], endedMs: value.endedMs })
  const old = known
    .sort((a, b) => b.endedMs - a.endedMs)
    .slice(endedAlwaysKnown)
    .filter(({ endedMs }) => nowMs - endedMs >= endedKnownMs)
  for (let at = 0; at < old.length; at += batchSize)
    await replica.db.transact(async (tx) => {
      for (const { guid } of old.slice(at, at + batchSize)) tables.submissionEnded.delete(tx, guid)
    })
}

/** Returns the log position of what was forgotten, 0 when it has to stay. */
async function forgetTombstone(tx: Transaction, guid: string): Promise<number> {
  const mailbox = await tables.mailbox.get(tx, guid)
  if (mailbox) {
    tables.tombstone.delete(tx, mailbox.modseq, guid)
    if (!mailbox.deleted) return 0
    // What was in it goes first, and what is still on its way here brings it back.
    if ((await tables.number.any(tx, [guid])) || (await isAwaitingMail(tx, guid))) {
      tables.tombstone.put(tx, mailbox.modseq, guid, true)
      return 0
    }
    tables.structure.delete(tx, mailbox.modseq)
    // Should the upstream have kept it, its mail must not get UIDs here that a mail server has shown before.
    if (mailbox.uidLost === undefined) tables.mailbox.delete(tx, guid)
    return mailbox.modseq
  }
  const message = await getMessage(tx, guid)
  if (!message?.expunged) return 0
  if (await tables.journalOf.any(tx, [guid])) return 0
  if ((await tables.todo.has(tx, message.mailbox, guid)) || (await tables.place.has(tx, guid))) return 0
  // The stand-in that was moved along may still have its name: whoever renames that file in turn has it known by nothing else.
  const movedTo = message.movedTo === undefined ? undefined : await fileOf(tx, message.movedTo)
  if (movedTo && movedTo.shown !== wholeFile) return 0
  tables.tombstone.delete(tx, message.modseq, guid)
  await forgetMessage(tx, message)
  await forgetContent(tx, message.content)
  return message.modseq
}

/** Whether a device has announced a message of this mailbox whose bytes haven't arrived. */
async function isAwaitingMail(tx: Transaction, mailbox: string): Promise<boolean> {
  for await (const { key } of tables.arriving.list(tx))
    if ((await getMessage(tx, key[1]))?.mailbox === mailbox) return true
  return false
}
