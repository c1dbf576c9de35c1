import { equalBytes } from '../../bytes/concat.js'
import { encodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { listedAlike } from '../../mime/headers/listed-envelope.js'
import { encodeOutline, outlineOf } from '../../mime/outline.js'
import { getContent } from '../../replica/content/contents.js'
import { fileOf, placeFile } from '../../replica/files.js'
import { flagDelta } from '../../replica/flags.js'
import { changeFlags, getMessage, isLive, revealMessages } from '../../replica/messages.js'
import type { FlagDelta, Guid } from '../../replica/model.js'
import { type ContentRecord, type MessageRecord, wholeFile } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { isOutOfSight } from '../content/out-of-sight.js'
import type { StoreMessage } from '../mail-store.js'
import { type Arrival, someStandIn } from './arrival.js'
import { type IdentifiedFile, type IdentifiedMessage, recordContent } from './identified-file.js'
import type { MailboxScan } from './mailbox-scan.js'
import { takeUidHere } from './uid-of-file.js'

/** The new file of a message that was in this mailbox already. */

type MessageFile = IdentifiedMessage | Extract<IdentifiedFile, { kind: 'stand-in' }>

/**
 * The message was in this mailbox already: under the name that this replica gave it (a crash came between the
 * file and the database) or under another (some programs rename the whole file).
 */
export async function foundAgain(
  arrival: Arrival,
  file: MessageFile,
  content: ContentRecord,
): Promise<boolean> {
  const { change, scan, movements, now } = arrival
  const { tx } = change
  const hinted = now.guid === undefined ? undefined : await getMessage(tx, now.guid)
  if (hinted?.mailbox === scan.mailbox && (await isOfContent(tx, hinted, content))) {
    const stands = await fileOf(tx, hinted.guid)
    if (!stands || scan.vanished.has(hinted.guid)) {
      await standFor(arrival, file, hinted, content)
      return true
    }
  }
  const vanished = await movements.contents.here(tx, scan, content.id)
  const before = vanished && scan.vanished.get(vanished.guid)
  if (!before) return tookUnfiled(arrival, file, content)
  await standFor(arrival, file, vanished, content, flagDelta(before.flags, now.flags))
  return true
}

async function isOfContent(reader: Reader, message: MessageRecord, content: ContentRecord): Promise<boolean> {
  if (message.content === content.id) return true
  const digest = (await getContent(reader, message.content))?.digest
  return digest !== undefined && digest === content.digest
}

/** A message waits for its file here: that was about to be written, or was, and we died before we could note it, and somebody has renamed it. */
async function tookUnfiled(arrival: Arrival, file: MessageFile, content: ContentRecord): Promise<boolean> {
  const { change, scan, movements, unfiled, now } = arrival
  const { tx } = change
  const message = await unfiled.first(tx, content.id)
  if (!message) return false
  // Or a person has moved another message of this content here, and its GUID went along: then it must not
  // share the fate of ours. If it was we who moved it from there, the move has been made and only its answer
  // is missing.
  const moved = await movements.contents.elsewhere(tx, scan, content.id)
  if (moved && !moved.expunged) return false
  if (await mayHaveCome(arrival, content.id)) return false
  await standFor(arrival, file, message, content, { add: now.flags, remove: [] })
  return true
}

/**
 * The same, where nobody could see it: this mailbox is out of sight. Or what is to be moved to here can't be read
 * where it lies: then it is rather a copy that a person has made than what we couldn't write.
 */
async function mayHaveCome({ change: { tx }, scan, unfiled }: Arrival, content: Guid): Promise<boolean> {
  const gone = await unfiled.goneFrom(tx, content)
  if (gone.size > 0 && (await isOutOfSight(tx, scan.mailbox))) return true
  for (const mailbox of gone) {
    if (await tables.problem.any(tx, ['read', mailbox])) return true
    if (await isOutOfSight(tx, mailbox)) return true
  }
  return false
}

/**
 * A stand-in has vanished, and the whole of what it stood for is there. Either this database comes from a
 * time before the whole arrived, or a power cut has brought back a file that had been evicted and the message
 * has been listed anew since. By what the list shows, it is the same message. Taken for another, it would be
 * adopted by the very message that is then expunged for its vanished stand-in, or would stand beside it.
 */
export async function becameWhole(arrival: Arrival, file: IdentifiedMessage): Promise<boolean> {
  const { change, scan, movements, now } = arrival
  const { tx } = change
  const outline = encodeOutline(outlineOf(file.skeleton))
  const envelope = encodeEnvelope(file.envelope)
  const standing = await standingThere(tx, scan, now)
  for await (const guid of standing ?? movements.contents.alike(scan, outline, envelope)) {
    const message = await getMessage(tx, guid)
    const content = isLive(message) ? await getContent(tx, message.content) : undefined
    if (!isLive(message) || !content?.envelope || !content.outline) continue
    if (content.whole || content.digest !== undefined) continue
    if (!equalBytes(content.outline, outline) || !listedAlike(content.envelope, envelope)) continue
    await standFor(
      arrival,
      file,
      message,
      content,
      flagDelta(scan.vanished.get(guid)?.flags ?? [], now.flags),
    )
    return true
  }
  return false
}

/** What stood where this file stands now, where its name says so: two messages that look alike in a list are told apart by that. */
async function standingThere(
  reader: Reader,
  scan: MailboxScan,
  { guid }: StoreMessage,
): Promise<readonly Guid[] | undefined> {
  if (guid === undefined) return undefined
  if (scan.vanished.has(guid)) return [guid]
  const message = await getMessage(reader, guid)
  const isUnfiled = message?.mailbox === scan.mailbox && (await fileOf(reader, guid)) === undefined
  return isUnfiled ? [guid] : undefined
}

/** From now on the file stands for this message. If it is the whole of what was here in part, all who show that content hear of it. */
async function standFor(
  { change, scan, now }: Arrival,
  file: MessageFile,
  message: MessageRecord,
  content: ContentRecord,
  flags: FlagDelta = { add: [], remove: [] },
): Promise<void> {
  const { tx } = change
  const { mailbox } = scan
  scan.vanished.delete(message.guid)
  if (file.kind === 'message') {
    const recorded = await recordContent(tx, file, content.id)
    if (!content.whole) await revealMessages(change, recorded)
  }
  const shown = file.kind === 'message' ? wholeFile : someStandIn
  await placeFile(tx, { mailbox, ...now, shown, message: message.guid })
  await takeUidHere(change, scan, message.guid, now)
  await changeFlags(change, message, flags)
  tables.todo.put(tx, mailbox, message.guid, true)
}
