import { memorySource } from '../../bytes/source.js'
import { hasCode } from '../../errors/packetboat-error.js'
import { parseEnvelope } from '../../mime/headers/envelope.js'
import { readStructure } from '../../mime/read-part.js'
import { splitMessage } from '../../mime/split.js'
import { substituteMessage } from '../../mime/stand-in/substitute.js'
import type { Change } from '../../replica/change.js'
import { putContent } from '../../replica/content/contents.js'
import { messagesOf } from '../../replica/content/messages-of-content.js'
import { fileOf, placeFile, removeFile } from '../../replica/files.js'
import { flagDelta, toFlags } from '../../replica/flags.js'
import { addMessage, changeFlags, expungeMessage, getMessage, isLive } from '../../replica/messages.js'
import type { Problem } from '../../replica/problem.js'
import { type FileRecord, substituteFile } from '../../replica/records.js'
import { becomeCopy, substituteKeyword, withoutSubstituteKeyword } from '../../replica/substitute.js'
import { tables } from '../../replica/tables.js'
import { appendBlob, truncateBlob } from '../../store/blob.js'
import type { Account } from '../account.js'
import { keptBlob } from '../content/content-access.js'
import { isOfOneItem } from '../error-scope.js'
import type { StoreMessage } from '../mail-store.js'
import { adoptFile } from './adopt-file.js'
import type { Arrival } from './arrival.js'
import { type IdentifiedFile, recordContent } from './identified-file.js'
import type { MailboxScan } from './mailbox-scan.js'
import { hintOf } from './uid-of-file.js'
import { Unfiled } from './unfiled.js'

/**
 * The text that devices get in place of a message that can't be read, on the replica which has it from its
 * mail store and has nobody to ask for it. What they do to it is done to the message, which replaces it as
 * soon as it can be read.
 */

/** A message that couldn't be read, and the text for it. */
export interface Substitute {
  readonly message: StoreMessage
  readonly bytes: Uint8Array
  readonly file: Extract<IdentifiedFile, { kind: 'message' }>
}

/** Writes the text for a message that couldn't be read, for those who ask; nothing where there is one. */
export async function writeSubstitute(
  account: Account,
  scan: MailboxScan,
  message: StoreMessage,
  problem: Problem,
): Promise<Substitute | undefined> {
  const { replica, createHash } = account
  if (replica.hasUpstream || problem.code !== 'MESSAGE_UNREADABLE') return undefined
  if (await tables.file.get(replica.db, scan.mailbox, message.locator)) return undefined
  const told = await describe(account, scan, message)
  if (told === 'gone') return undefined
  const { code: _, mailbox, item = message.locator, reason, next } = problem
  const bytes = substituteMessage({
    ...{ createHash, mailbox, item, reason, next },
    ...(told && { envelope: parseEnvelope(told.header) }),
  })
  const source = memorySource(bytes)
  const skeleton = await splitMessage(source, { createHash })
  const file = {
    kind: 'message',
    digest: skeleton.digest,
    skeleton,
    envelope: parseEnvelope(await readStructure(source, skeleton)),
    internalDateMs: told?.internalDateMs ?? replica.now(),
  } as const
  return { message, bytes, file }
}

/** Puts the text in the place of the message. */
export async function putSubstitute(
  change: Change,
  scan: MailboxScan,
  { message, bytes, file }: Substitute,
): Promise<void> {
  const { tx, replica } = change
  const content = await recordContent(tx, file, replica.nextGuid())
  putContent(tx, { ...content, substitute: true })
  await truncateBlob(tx, keptBlob(content.id), 0)
  await appendBlob(tx, keptBlob(content.id), bytes)
  const guid = (await getMessage(tx, content.id)) ? replica.nextGuid() : content.id
  const { own, kept } = await hintOf(change, scan, message)
  await addMessage(change, {
    guid,
    mailbox: scan.mailbox,
    content: content.id,
    flags: toFlags([...message.flags, substituteKeyword]),
    internalDateMs: file.internalDateMs,
    uid: own,
    ...(kept && { kept }),
  })
  await placeFile(tx, { ...message, message: guid, mailbox: scan.mailbox, shown: substituteFile })
}

async function describe({ mailStore }: Account, { path }: MailboxScan, { locator }: StoreMessage) {
  try {
    return await mailStore.describe?.(path, locator)
  } catch (error) {
    if (hasCode(error, 'MESSAGE_GONE') || hasCode(error, 'MAILBOX_MISSING')) return 'gone'
    if (!isOfOneItem(error)) throw error
    return undefined
  }
}

/** A file for which a text stands could be read: it is taken over as what it is, and the text goes. */
export async function liftSubstitute(
  arrival: Arrival,
  file: IdentifiedFile,
  { message: guid, flags }: FileRecord,
): Promise<void> {
  const { change, scan, now } = arrival
  const { tx } = change
  const substitute = await getMessage(tx, guid)
  // Somebody has deleted it, and the mail store hasn't been told yet.
  if (!isLive(substitute)) return
  await removeFile(tx, guid)
  await adoptFile({ ...arrival, unfiled: new Unfiled(scan.mailbox) }, file)
  const taken = await tables.file.get(tx, scan.mailbox, now.locator)
  const message = taken && (await getMessage(tx, taken.message))
  if (!isLive(message)) return
  // What was done to the text and isn't in the mail store yet.
  const delta = flagDelta(flags, withoutSubstituteKeyword(substitute.flags))
  const after = await changeFlags(change, message, delta)
  if (after !== message) tables.todo.put(tx, scan.mailbox, message.guid, true)
  await expungeMessage(change, substitute, { base: flags, movedTo: message.guid })
  for (const copy of await messagesOf(tx, substitute.content))
    if (isLive(copy) && !(await fileOf(tx, copy.guid))) await becomeCopy(change, copy, message)
}
