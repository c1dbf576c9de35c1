import { PacketboatError } from '../../errors/packetboat-error.js'
import { type Change, journal } from '../../replica/change.js'
import type { ConflictRecord, Settlement } from '../../replica/conflict.js'
import { getContent, putContent } from '../../replica/content/contents.js'
import { fileOf, placeFile, removeFile, standsIn } from '../../replica/files.js'
import { equalFlags, toFlags } from '../../replica/flags.js'
import { currentName } from '../../replica/ids/current-name.js'
import { getMailbox, listMailboxes } from '../../replica/mailboxes.js'
import { addMessage, getMessage, isLive, liveMessages } from '../../replica/messages.js'
import { type Guid, type MailboxPath, pathText } from '../../replica/model.js'
import { type FileRecord, type MessageRecord, wholeFile } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { Account } from '../account.js'
import { endHeldBack } from '../adopt/hold-back.js'
import { noteFileGone } from '../content/content-access.js'
import { isItOf } from '../content/recognise-message.js'
import { keepFromDevices } from '../policy/kept-from-device.js'
import { scanMailStore } from '../scan/scan-mail-store.js'

/** What a person does about conflicts and duplicates afterwards. Everything is done in the mail store, as by any mail program. */

/**
 * Settles an entry of the conflict log, and returns it. Throws NOT_FOUND, USAGE. `alone`: nobody else works
 * on the account. Beside a running endpoint, the mail store is left for the endpoint to scan.
 */
export async function resolveConflict(
  account: Account,
  number: number,
  keep: Settlement,
  { alone = true }: { readonly alone?: boolean } = {},
): Promise<ConflictRecord> {
  const { replica } = account
  const conflict = await tables.conflict.get(replica.db, number)
  if (!conflict)
    throw new PacketboatError(
      'NOT_FOUND',
      `There is no conflict ${number}.`,
      'packetboat conflicts lists them all.',
    )
  if (conflict.settled !== undefined)
    throw new PacketboatError(
      'USAGE',
      `Conflict ${number} is already settled${conflict.settled === 'both' ? '' : `: the one ${conflict.settled} stayed`}.`,
      'Nothing was changed. packetboat conflicts lists those that are open.',
    )
  if (conflict.kind === 'held-back') {
    if (keep !== 'both' || conflict.mailbox === undefined)
      throw new PacketboatError(
        'USAGE',
        'A deletion that was held back can be undone, or allowed.',
        `Keep it with --keep both; to let it go: packetboat sync --allow-expunge ${await nameOf(replica.db, conflict.mailbox)}.`,
      )
    // It may have got another GUID since.
    const mailbox = await currentName(replica.db, conflict.mailbox)
    const isKept = await replica.db.transact((tx) => keepFromDevices(tx, number))
    if (
      !isKept ||
      (await tables.heldBack.has(replica.db, mailbox, 'here')) ||
      (await tables.heldBack.has(replica.db, mailbox, 'upstream'))
    )
      await bringBack(account, mailbox)
  } else if (keep !== 'both') {
    const loser = keep === 'here' ? conflict.there : conflict.here
    if (loser === undefined || conflict.kind === 'in-doubt')
      throw new PacketboatError(
        'USAGE',
        'This conflict has no two versions to choose from.',
        'Use --keep both: that only removes it from the list.',
      )
    await removeAsPerson(account, loser, alone)
  }
  await replica.db.transact(async (tx) => tables.conflict.put(tx, number, { ...conflict, settled: keep }))
  return conflict
}

export async function nameOf(reader: Reader, mailbox: Guid | undefined): Promise<string> {
  const record =
    mailbox === undefined ? undefined : await getMailbox(reader, await currentName(reader, mailbox))
  return record ? pathText(record.path) : ''
}

async function removeAsPerson(account: Account, guid: Guid, alone: boolean): Promise<void> {
  const { replica, mailStore } = account
  const message = await getMessage(replica.db, guid)
  const stands = isLive(message) ? await standsIn(replica.db, guid) : undefined
  // Somebody has removed it already: then it is settled.
  if (!stands) return
  const { file, place } = stands
  const isIt = await isItOf(replica.db, guid, file)
  await mailStore.remove(place.path, file.locator, file.flags, isIt)
  if (alone) await scanMailStore(account, { allow: [pathText(place.path)] })
}

/** Keeps what was held back: messages that vanished here are written again, messages that the upstream expunged go up as new ones. */
async function bringBack(account: Account, mailbox: Guid): Promise<void> {
  const { replica, mailStore } = account
  const place = await tables.mailboxFile.get(replica.db, mailbox)
  const files: (FileRecord & { readonly locator: string })[] = []
  for await (const { key, value } of tables.file.list(replica.db, [mailbox]))
    files.push({ ...value, locator: key[1] })
  const there = place
    ? (await mailStore.mailboxes()).some(({ path }) => pathText(path) === pathText(place.path))
    : false
  const gone = new Set(
    there && place
      ? await mailStore.confirmGone(
          place.path,
          files.map(({ locator }) => locator),
        )
      : files.map(({ locator }) => locator),
  )
  await replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'local' } }
    for (const where of ['here', 'upstream'] as const) await endHeldBack(change, mailbox, where, 'both')
    if (!there) {
      tables.mailboxFile.delete(tx, mailbox)
      tables.todoMailbox.put(tx, mailbox, true)
    }
    for (const file of files) {
      const message = await getMessage(tx, file.message)
      if (!message) continue
      if (gone.has(file.locator)) {
        await removeFile(tx, message.guid)
        await noteFileGone(tx, message.content)
        tables.todo.put(tx, mailbox, message.guid, true)
      } else if (message.expunged) await keepAsNew(change, message, file)
    }
  })
}

async function keepAsNew(
  change: Change,
  tombstone: MessageRecord,
  file: FileRecord & { readonly locator: string },
): Promise<void> {
  const { tx, replica } = change
  const content = await getContent(tx, tombstone.content)
  if (!content?.whole || content.digest === undefined) return
  await removeFile(tx, tombstone.guid)
  tables.todo.delete(tx, tombstone.mailbox, tombstone.guid)
  const guid = replica.nextGuid()
  const { mailbox, internalDateMs } = tombstone
  const { flags, locator } = file
  putContent(tx, { ...content, upstreamHas: false })
  await addMessage(change, { guid, mailbox, content: content.id, flags, internalDateMs })
  await placeFile(tx, { message: guid, mailbox, locator, flags, shown: wholeFile })
  const { digest, sizeBytes } = content
  const append = { op: 'append', mailbox, message: guid, flags, internalDateMs, digest, sizeBytes } as const
  await journal(change, { ...append, adopt: false })
  tables.upload.put(tx, guid, { begun: false, waits: false })
}

/** Messages of one content in one mailbox, the one that stays first. */
export interface DuplicateSet {
  readonly mailbox: Guid
  readonly path: MailboxPath
  readonly content: Guid
  readonly sizeBytes: number
  readonly messages: readonly MessageRecord[]
}

/** Exact duplicates by content digest, mailbox by mailbox. */
export async function findDuplicates(reader: Reader, mailboxes?: readonly Guid[]): Promise<DuplicateSet[]> {
  const sets: DuplicateSet[] = []
  for (const { guid, path } of await listMailboxes(reader)) {
    if (mailboxes && !mailboxes.includes(guid)) continue
    const byDigest = new Map<string, MessageRecord[]>()
    for await (const message of liveMessages(reader, guid)) {
      const digest = (await getContent(reader, message.content))?.digest ?? message.content
      byDigest.set(digest, [...(byDigest.get(digest) ?? []), message])
    }
    for (const messages of byDigest.values()) {
      const [first] = messages
      if (!first || messages.length < 2) continue
      const sizeBytes = (await getContent(reader, first.content))?.sizeBytes ?? 0
      sets.push({ mailbox: guid, path, content: first.content, sizeBytes, messages })
    }
  }
  return sets
}

/** Folds duplicates into one message each, which has the flags of all. Returns how many messages went. */
export async function foldDuplicates(account: Account, sets: readonly DuplicateSet[]): Promise<number> {
  const { replica, mailStore } = account
  let folded = 0
  for (const { mailbox, messages } of sets) {
    const place = await tables.mailboxFile.get(replica.db, mailbox)
    const [stays, ...others] = messages
    const file = stays && (await fileOf(replica.db, stays.guid))
    if (!place || !file) continue
    const flags = toFlags(messages.flatMap((message) => message.flags))
    if (!equalFlags(flags, file.flags)) await mailStore.setFlags(place.path, file.locator, file.flags, flags)
    for (const { guid } of others) {
      const other = await fileOf(replica.db, guid)
      if (!other || other.shown !== file.shown) continue
      const isIt = await isItOf(replica.db, guid, other)
      await mailStore.remove(place.path, other.locator, other.flags, isIt)
      folded++
    }
  }
  await scanMailStore(account, { allow: ['*'] })
  return folded
}
