import { equalBytes } from '../../bytes/concat.js'
import { encodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { listedAlike } from '../../mime/headers/listed-envelope.js'
import { encodeOutline, outlineOf } from '../../mime/outline.js'
import { type Change, journal } from '../../replica/change.js'
import { getContent } from '../../replica/contents.js'
import { fileOf, placeFile, removeFile } from '../../replica/files.js'
import { flagDelta } from '../../replica/flags.js'
import { noteConflict } from '../../replica/merge/conflict-log.js'
import { addMessage, changeFlags, getMessage, isLive, revealMessages } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import { type ContentRecord, type MessageRecord, wholeFile } from '../../replica/records.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { isOutOfSight } from '../content/out-of-sight.js'
import { takePutBack } from '../evict/put-back.js'
import type { StoreMessage } from '../mail-store.js'
import { wishForHit } from '../search/filed-hits.js'
import { contentOfFile, type IdentifiedFile, recordContent } from './identify-file.js'
import { anyMessageOf, type Movements, type NewName, nameOfNew, Unfiled } from './same-content.js'
import type { MailboxScan } from './scan-mailbox.js'
import { hintOf, takesUids, takeUidHere } from './uid-of-file.js'

/** What a file shows that holds a stand-in of unknown age: anything newer replaces it. */
export const someStandIn = 0

/**
 * Takes in a file that the replica hasn't seen. It was written by this replica before a crash, renamed,
 * moved, copied, or is new; these are checked in that order.
 */
export async function adoptFile(
  change: Change,
  scan: MailboxScan,
  movements: Movements,
  now: StoreMessage,
  file: IdentifiedFile,
  unfiled = new Unfiled(scan.mailbox),
): Promise<void> {
  const { tx } = change
  if (file.kind === 'ashore') return wishForHit(tx, scan.mailbox, now, file.place)
  const putBack = file.kind !== 'stand-in' && (await takePutBack(change, scan.mailbox, now))
  if (file.kind === 'unknown-stand-in') {
    tables.unknownStandIn.put(tx, file.of, scan.mailbox, now.locator, now.flags)
    return
  }
  const known =
    file.kind === 'message'
      ? await contentOfFile(tx, file)
      : await getContent(tx, (await getMessage(tx, file.of))?.content ?? '')
  if (known && (await foundAgain(change, scan, movements, now, file, known, unfiled))) return
  if (file.kind === 'message' && !known && (await becameWhole(change, scan, movements, now, file))) return
  if (file.kind === 'stand-in') return adoptStandIn(change, scan, movements, now, file)
  if (file.editedFrom !== undefined) {
    await spareOriginal(change, movements, file.editedFrom)
    unfiled.forget()
  }
  const content = await recordContent(tx, file, known?.id ?? change.replica.nextGuid())
  if (known && !known.whole) await revealMessages(change, content)
  const moved = known && (await movements.contents.elsewhere(tx, scan, content.id))
  const source = moved ?? (known && (await anyMessageOf(tx, content.id)))
  const { firstSyncEnded } = await readReplicaRecord(tx)
  const adopt = putBack || !firstSyncEnded
  if (source && !(adopt && change.replica.hasUpstream)) {
    const copy = await copyFrom(change, scan, source, now, wholeFile, file.internalDateMs)
    if (moved) movements.movedTo.set(moved.guid, copy.guid)
    return
  }
  const named = await nameOfNew(change, scan, content, { known: known !== undefined, adopt })
  const { guid } = await appendFrom(change, scan, now, file, content, { ...named, adopt })
  if (file.editedFrom === undefined) return
  const { mailbox } = scan
  await noteConflict(change, { kind: 'stand-in-edited', mailbox, here: guid, there: file.editedFrom })
}

/** A stand-in that somebody moved or copied: so goes what it stands for. */
async function adoptStandIn(
  change: Change,
  scan: MailboxScan,
  movements: Movements,
  now: StoreMessage,
  file: Extract<IdentifiedFile, { kind: 'stand-in' }>,
): Promise<void> {
  const source = await getMessage(change.tx, file.of)
  if (!source) return
  const moved = await movements.contents.elsewhere(change.tx, scan, source.content)
  const copy = await copyFrom(change, scan, moved ?? source, now, someStandIn, file.internalDateMs)
  if (moved) movements.movedTo.set(moved.guid, copy.guid)
}

/** Somebody edited a stand-in in its place: what it stood for is not expunged by that, and gets its file again. */
async function spareOriginal(change: Change, movements: Movements, guid: Guid): Promise<void> {
  for (const scan of movements.scans) {
    if (!scan.vanished.delete(guid)) continue
    await removeFile(change.tx, guid)
    tables.todo.put(change.tx, scan.mailbox, guid, true)
  }
}

/**
 * The message was in this mailbox already: under the name that this replica gave it (a crash came between the
 * file and the database) or under another (some programs rename the whole file).
 */
async function foundAgain(
  change: Change,
  scan: MailboxScan,
  movements: Movements,
  now: StoreMessage,
  file: Extract<IdentifiedFile, { kind: 'stand-in' | 'message' }>,
  content: ContentRecord,
  unfiled: Unfiled,
): Promise<boolean> {
  const { tx } = change
  const hinted = now.guid === undefined ? undefined : await getMessage(tx, now.guid)
  const shown = file.kind === 'message' ? wholeFile : someStandIn
  const place = { mailbox: scan.mailbox, ...now, shown }
  const same = hinted && (await getContent(tx, hinted.content))?.digest
  if (
    hinted &&
    hinted.mailbox === scan.mailbox &&
    (hinted.content === content.id || (same !== undefined && same === content.digest))
  ) {
    const stands = await fileOf(tx, hinted.guid)
    if (!stands || scan.vanished.has(hinted.guid)) {
      scan.vanished.delete(hinted.guid)
      if (file.kind === 'message') await recordContent(tx, file, hinted.content)
      await placeFile(tx, { ...place, message: hinted.guid })
      await takeUidHere(change, scan, hinted.guid, now)
      tables.todo.put(tx, scan.mailbox, hinted.guid, true)
      return true
    }
  }
  const vanished = await movements.contents.here(tx, scan, content.id)
  const before = vanished && scan.vanished.get(vanished.guid)
  if (before) {
    const { guid } = vanished
    scan.vanished.delete(guid)
    await placeFile(tx, { ...place, message: guid })
    await takeUidHere(change, scan, guid, now)
    await changeFlags(change, vanished, flagDelta(before.flags, now.flags))
    tables.todo.put(tx, scan.mailbox, guid, true)
    return true
  }
  return tookUnfiled(change, scan, movements, now, file, content, unfiled)
}

/** A message waits for its file here: that was about to be written, or was, and we died before we could note it, and somebody has renamed it. */
async function tookUnfiled(
  change: Change,
  scan: MailboxScan,
  movements: Movements,
  now: StoreMessage,
  file: Extract<IdentifiedFile, { kind: 'stand-in' | 'message' }>,
  content: ContentRecord,
  unfiled: Unfiled,
): Promise<boolean> {
  const { tx } = change
  const place = { mailbox: scan.mailbox, ...now, shown: file.kind === 'message' ? wholeFile : someStandIn }
  const message = await unfiled.first(tx, content.id)
  if (!message) return false
  // Or a person has moved another message of this content here, and its GUID went along: then it must not
  // share the fate of ours. If it was we who moved it from there, the move has been made and only its answer
  // is missing.
  const moved = await movements.contents.elsewhere(tx, scan, content.id)
  if (moved && !moved.expunged) return false
  if ((await isOutOfSight(tx, scan.mailbox)) && (await unfiled.hasGoneElsewhere(tx, content.id))) return false
  if (file.kind === 'message') await recordContent(tx, file, content.id)
  await placeFile(tx, { ...place, message: message.guid })
  await takeUidHere(change, scan, message.guid, now)
  await changeFlags(change, message, { add: now.flags, remove: [] })
  tables.todo.put(tx, scan.mailbox, message.guid, true)
  return true
}

/**
 * A stand-in has vanished, and the whole of what it stood for is there. Either this database comes from a
 * time before the whole arrived, or a power cut has brought back a file that had been evicted and the message
 * has been listed anew since. By what the list shows, it is the same message. Taken for another, it would be
 * adopted by the very message that is then expunged for its vanished stand-in, or would stand beside it.
 */
async function becameWhole(
  change: Change,
  scan: MailboxScan,
  movements: Movements,
  now: StoreMessage,
  file: Extract<IdentifiedFile, { kind: 'message' }>,
): Promise<boolean> {
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
    const flags = scan.vanished.get(guid)?.flags ?? []
    scan.vanished.delete(guid)
    await recordContent(tx, file, content.id)
    await placeFile(tx, { mailbox: scan.mailbox, ...now, shown: wholeFile, message: guid })
    await takeUidHere(change, scan, guid, now)
    await changeFlags(change, message, flagDelta(flags, now.flags))
    tables.todo.put(tx, scan.mailbox, guid, true)
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

/** A new appearance of a known content: no content has to travel. */
export async function copyFrom(
  change: Change,
  scan: Pick<MailboxScan, 'mailbox' | 'numbering' | 'kept'>,
  source: MessageRecord,
  now: StoreMessage,
  shown: number,
  internalDateMs: number,
): Promise<MessageRecord> {
  const { tx, replica } = change
  const guid = replica.nextGuid()
  const base = (await fileOf(tx, source.guid))?.flags ?? source.flags
  const { own, told, kept } = await hintOf(change, scan, now)
  const copy = await addMessage(change, {
    guid,
    mailbox: scan.mailbox,
    content: source.content,
    flags: now.flags,
    internalDateMs,
    uid: own,
    filed: true,
    ...(kept && { kept }),
  })
  await placeFile(tx, { ...now, message: guid, mailbox: scan.mailbox, shown })
  if (takesUids(scan) && copy.uid !== (now.uid ?? 0)) tables.todo.put(tx, scan.mailbox, guid, true)
  await journal(change, {
    op: 'copy',
    mailbox: scan.mailbox,
    message: guid,
    source: source.guid,
    flags: now.flags,
    base,
    internalDateMs,
    ...told,
  })
  if (shown !== wholeFile) tables.todo.put(tx, scan.mailbox, guid, true)
  return copy
}

async function appendFrom(
  change: Change,
  scan: MailboxScan,
  now: StoreMessage,
  file: Extract<IdentifiedFile, { kind: 'message' }>,
  content: ContentRecord,
  { name: guid, copy, adopt }: NewName & { readonly adopt: boolean },
): Promise<MessageRecord> {
  const { tx, replica } = change
  const { internalDateMs } = copy ?? file
  const { own, told, kept } = await hintOf(change, scan, now)
  const message = await addMessage(change, {
    guid,
    mailbox: scan.mailbox,
    content: content.id,
    flags: now.flags,
    internalDateMs,
    uid: own,
    ...(kept && { kept }),
  })
  await placeFile(tx, { ...now, message: guid, mailbox: scan.mailbox, shown: wholeFile })
  if (takesUids(scan) && message.uid !== (now.uid ?? 0)) tables.todo.put(tx, scan.mailbox, guid, true)
  // Whoever has an upstream reads all of a message first.
  if (!replica.hasUpstream || file.digest === undefined) return message
  await journal(change, {
    op: 'append',
    mailbox: scan.mailbox,
    message: guid,
    flags: now.flags,
    internalDateMs,
    digest: file.digest,
    sizeBytes: file.skeleton.size,
    adopt,
    ...(copy && { copyOf: copy.of }),
    ...told,
  })
  tables.upload.put(tx, guid, { begun: false, waits: adopt })
  return message
}
