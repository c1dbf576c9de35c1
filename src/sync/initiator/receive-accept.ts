import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { type Change, journal } from '../../replica/change.js'
import { getContent, putContent } from '../../replica/content/contents.js'
import { messagesOf } from '../../replica/content/messages-of-content.js'
import { hasDevices } from '../../replica/devices.js'
import { fileOf, placeFile, removeFile } from '../../replica/files.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { noteConflict } from '../../replica/merge/conflict-log.js'
import { addMessage, expungeMessage, getMessage, isLive } from '../../replica/messages.js'
import { pathText } from '../../replica/model.js'
import type { OperationResult } from '../../replica/operation.js'
import { type FoundProblem, replaceProblems } from '../../replica/problems.js'
import type { MessageRecord } from '../../replica/records.js'
import { readReplicaRecord, sentUpTo, updateReplicaRecord } from '../../replica/replica.js'
import { type Bearer, getBearer } from '../../replica/submission/submissions.js'
import { isSubstitute } from '../../replica/substitute.js'
import { tables } from '../../replica/tables.js'
import type { Transaction } from '../../store/database.js'
import type { Accept } from '../../wire/response/accept-frame.js'
import { finishExpunges } from '../adopt/synchronous-expunge.js'
import { isAllHere } from '../content/content-shape.js'
import { hearOutbox } from '../frames/told-outbox.js'
import { hearProblems } from '../frames/told-problems.js'
import { lostBytes } from '../lost-bytes.js'
import { lacksAny } from './compose-uploads.js'
import { rekeyMailbox, rekeyMessage, withdrawMessage } from './rekey.js'

/**
 * The upstream has applied our journal up to a number, so those entries are done. Renames here what the
 * upstream knew by another name, and finds another way for what it couldn't do. Returns how many messages it
 * knew by another name.
 */
export async function receiveAccept(change: Change, accept: Accept, pairing?: string): Promise<number> {
  const { tx } = change
  const before = await readReplicaRecord(tx)
  const acknowledged = Math.min(Math.max(before.acknowledged, accept.applied), sentUpTo(before))
  await updateReplicaRecord(tx, ({ refusedThere: _, ...record }) => ({
    ...record,
    upstream: accept.upstream,
    ...(pairing !== undefined && { pairing }),
    acknowledged,
    batches: record.batches.filter(({ end }) => end >= acknowledged),
    ...(accept.token !== undefined && { token: accept.token }),
  }))
  await hearProblems(tx, accept.problems, change.replica.now())
  await hearOutbox(change, accept)
  let matched = 0
  for (const result of accept.results)
    if (result.number > before.acknowledged && (await receiveResult(change, result))) matched++
  for await (const { key } of tables.journal.list(tx, [], { end: acknowledged + 1 }))
    tables.journal.delete(tx, ...key)
  for await (const { key } of tables.journalOf.list(tx))
    if (key[1] <= acknowledged) tables.journalOf.delete(tx, ...key)
  for (const message of await finishExpunges(change)) await sendAsNew(change, message)
  await confirmUploads(change, accept, acknowledged)
  await nameLostUploads(change, accept)
  await takePending(change, accept)
  return matched
}

/**
 * Notes content that the upstream is waiting for. It may name it by another message than the one that
 * announced it (a copy, for example), which it then knows.
 */
async function takePending({ tx }: Change, accept: Accept): Promise<void> {
  const isAsked = await hasDevices(tx)
  for (const { message: guid, held } of accept.pending) {
    const announced = await tables.upload.get(tx, guid)
    const bearer = await getBearer(tx, guid)
    const content = bearer && !(await isGone(tx, bearer)) ? await getContent(tx, bearer.content) : undefined
    if (content?.whole) {
      tables.uncompared.delete(tx, guid)
      if (!announced) tables.upload.put(tx, guid, { begun: false, waits: false })
      else if (!lacksAny(content, held)) tables.upload.put(tx, guid, { begun: false, waits: true })
    }
    // It may have had the content when this was announced, and has lost it since: a device of ours that has it is asked.
    if (content?.upstreamHas && (announced || content.whole || isAsked))
      putContent(tx, { ...content, upstreamHas: false })
  }
}

async function isGone(tx: Transaction, { guid, kind, isLive: live }: Bearer): Promise<boolean> {
  return kind === 'submission' ? !live : (await getMessage(tx, guid))?.expunged === true
}

/**
 * Messages that were announced to the upstream, but whose bytes nobody here has any more: only a stand-in was
 * copied, and the last whole file was then removed elsewhere. They go up if somebody brings the bytes back.
 */
async function nameLostUploads({ tx, replica }: Change, accept: Accept): Promise<void> {
  const lost: FoundProblem[] = []
  for (const { message: guid } of accept.pending) {
    const message = await getMessage(tx, guid)
    if (!isLive(message)) continue
    const content = await getContent(tx, message.content)
    const mailbox = await getMailbox(tx, message.mailbox)
    if (!content || isAllHere(content) || !mailbox) continue
    // One that was told as a copy is on no list of uploads.
    if (content.upstreamHas && !(await tables.upload.has(tx, guid))) continue
    const { subject } = content.envelope ? decodeEnvelope(content.envelope) : { subject: '' }
    const item = subject || guid
    lost.push({
      mailbox: mailbox.guid,
      item: guid,
      problem: { code: 'MESSAGE_GONE', ...lostBytes, mailbox: pathText(mailbox.path), item },
    })
  }
  await replaceProblems(tx, 'upload', lost, { nowMs: replica.now(), keeps: () => false })
}

/** Notes that uploads have arrived whose entry is applied and that the upstream doesn't miss. */
async function confirmUploads(change: Change, accept: Accept, acknowledged: number): Promise<void> {
  const { tx } = change
  const pending = new Set(accept.pending.map(({ message }) => message))
  for await (const { key } of tables.upload.list(tx)) {
    const guid = key[0]
    let waiting = pending.has(guid)
    for await (const _ of tables.journalOf.list(tx, [guid], { start: acknowledged + 1, limit: 1 }))
      waiting = true
    if (waiting) continue
    tables.upload.delete(tx, guid)
    const bearer = await getBearer(tx, guid)
    // Of what was expunged before its bytes went up, the upstream misses nothing, and has none.
    const isUnsent = (await getMessage(tx, guid))?.expunged === true
    const content = bearer && !isUnsent && (await getContent(tx, bearer.content))
    if (content) putContent(tx, { ...content, upstreamHas: true })
  }
}

/** Whether a message here turned out to be one that the upstream has. */
async function receiveResult(change: Change, result: OperationResult): Promise<boolean> {
  const { tx } = change
  if (result.kind === 'conflict') {
    await noteConflict(change, result.conflict)
    return false
  }
  if (result.kind === 'same-as') {
    const mailbox = await getMailbox(tx, result.guid)
    if (mailbox) await rekeyMailbox(change, mailbox, { guid: result.known })
    const message = await getMessage(tx, result.guid)
    if (message) await rekeyMessage(change, message, result.known)
    return message !== undefined
  }
  const message = await getMessage(tx, result.guid)
  if (message && !message.expunged) await sendAsNew(change, message)
  return false
}

/**
 * The upstream no longer has what this message was a copy of, or has expunged it, so the message goes up
 * again as a new one with its bytes. Logs that, unless the caller does so for many at once. If only a
 * stand-in of it is here, leaves its file for the next scan to find as a message of its own.
 */
export async function sendAsNew(
  change: Change,
  message: MessageRecord,
  { noted = false }: { readonly noted?: boolean } = {},
): Promise<void> {
  const { tx, replica } = change
  if (isSubstitute(message)) {
    // A text of ours is nobody's mail: whoever can read what it stands for tells of that.
    tables.aside.put(tx, message.guid, true)
    return expungeMessage(change, message, { base: message.flags })
  }
  const content = await getContent(tx, message.content)
  const file = await fileOf(tx, message.guid)
  await removeFile(tx, message.guid)
  const guid = replica.nextGuid()
  const digest = content && isAllHere(content) ? content.digest : undefined
  await withdrawMessage(change, message, digest === undefined ? undefined : guid)
  if (!noted) await noteConflict(change, { kind: 'sent-again', mailbox: message.mailbox, here: message.guid })
  if (!content || digest === undefined) {
    // From now on our stand-in is all that there is of it: a message like any other.
    if (content) putContent(tx, { ...content, upstreamHas: false })
    for (const { guid } of [message, ...(await messagesOf(tx, message.content))])
      tables.orphaned.put(tx, guid, true)
    const place = await tables.mailboxFile.get(tx, message.mailbox)
    if (place) tables.mailboxFile.put(tx, message.mailbox, { ...place, token: '' })
    return
  }
  const { mailbox, flags, internalDateMs } = message
  const local: Change = { ...change, origin: { kind: 'local' } }
  await addMessage(local, { guid, mailbox, content: content.id, flags, internalDateMs })
  if (file) await placeFile(tx, { ...file, message: guid })
  if (!content.whole) tables.todo.put(tx, mailbox, guid, true)
  const { sizeBytes } = content
  await journal(local, {
    op: 'append',
    mailbox,
    message: guid,
    flags,
    internalDateMs,
    digest,
    sizeBytes,
    adopt: false,
  })
  tables.upload.put(tx, guid, { begun: false, waits: false })
}
