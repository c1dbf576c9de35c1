import { hasCode } from '../../errors/packetboat-error.js'
import type { Change } from '../../replica/change.js'
import { fileOf, type PlacedFile } from '../../replica/files.js'
import { currentName } from '../../replica/ids/current-name.js'
import { randomGuid } from '../../replica/ids/guid.js'
import type { Guid } from '../../replica/model.js'
import { type FoundProblem, problemOf } from '../../replica/problems.js'
import type { EvictionStateRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import { isOfOneItem } from '../error-scope.js'
import { type EvictionNote, encodeNote, readNote, readNoteHead } from './eviction-note.js'
import { leaveAshore } from './leave-ashore.js'

/** What the note beside the mail comes to, for a scan that is about to judge what is missing. */
export interface Heeded {
  /**
   * What may be missing without that anybody has deleted it. `none`: the note says it all, and what it names is ashore by now. Else it isn't the note
   * that this database knows, and what may have been evicted counts as that: `all` of it, or what is `outside` the window, where neither the
   * database nor the disk knows of any note.
   */
  readonly doubt: 'none' | 'outside' | 'all'
  /** All that the note names could be looked at. */
  readonly isAllSeen: boolean
  /** Why the note can't be read. */
  readonly problems: readonly FoundProblem[]
}

const sound = { isAllSeen: true, problems: [] } as const

/** Before anything that is missing is judged: what was evicted since this database looked last isn't here any more. */
export async function heedNote(account: Account): Promise<Heeded> {
  const { evictions } = account.mailStore
  const { db, hasUpstream } = account.replica
  if (!evictions || !hasUpstream) return { doubt: 'none', ...sound }
  const known = (await tables.evictionState.get(db))?.note
  try {
    const head = await readNoteHead(evictions)
    if (!head && !known) return { doubt: 'outside', ...sound }
    if (head?.id === known?.id && head?.generation === known?.generation) return { doubt: 'none', ...sound }
    const note = head && (await readNote(evictions))
    if (!note) return { doubt: 'all', ...sound }
    const isSame = note.id === known?.id && note.generation >= known.generation
    const { isAllSeen, isAllKnown } = await takeEvicted(account, note, isSame ? known.generation : 0)
    const isSure = isSame && isAllKnown
    if (isSure && isAllSeen) await noteSeen(account, note)
    return { doubt: isSure ? 'none' : 'all', isAllSeen, problems: [] }
  } catch (error) {
    if (!isOfOneItem(error)) throw error
    const problem = problemOf(error, { mailbox: '', item: 'the note of what has left this disk' })
    return { doubt: 'all', isAllSeen: false, problems: [{ mailbox: '', item: 'evicted', problem }] }
  }
}

/** All of the mail store could be seen, and nothing is in doubt any more: from now on the note that lies there is the one that counts. */
export async function trustNote(account: Account): Promise<void> {
  const { mailStore, replica } = account
  const { evictions } = mailStore
  if (!evictions) return
  try {
    const before = await readNote(evictions)
    const note: EvictionNote = {
      id: randomGuid(replica.randomBytes),
      generation: (before?.generation ?? 0) + 1,
      evicted: before?.evicted ?? new Map(),
    }
    await evictions.writeNote(encodeNote(note))
    await noteSeen(account, note)
  } catch (error) {
    if (!isOfOneItem(error)) throw error
  }
}

export async function noteSeen({ replica }: Account, { id, generation }: EvictionNote): Promise<void> {
  await replica.db.transact((tx) => rememberNote(tx, { id, generation }))
}

export async function rememberNote(
  tx: Transaction,
  note: NonNullable<EvictionStateRecord['note']>,
): Promise<void> {
  tables.evictionState.put(tx, { ...(await tables.evictionState.get(tx)), note })
}

/**
 * Takes over what was evicted after a generation, and says whether all of that could be looked at, and whether this database knows all of it: one
 * from before a message got another name has it under the older one.
 */
async function takeEvicted(
  account: Account,
  note: EvictionNote,
  since: number,
): Promise<{ readonly isAllSeen: boolean; readonly isAllKnown: boolean }> {
  const { replica } = account
  const byMailbox = new Map<Guid, PlacedFile[]>()
  let isAllKnown = true
  for (const [guid, generation] of note.evicted) {
    if (generation <= since) continue
    isAllKnown &&= await isKnown(replica.db, guid)
    const file = await fileOf(replica.db, guid)
    if (file) byMailbox.set(file.mailbox, [...(byMailbox.get(file.mailbox) ?? []), file])
  }
  let isAllSeen = true
  for (const [mailbox, files] of byMailbox) {
    const missing = await missingOf(account, mailbox, files)
    if (!missing) isAllSeen = false
    else if (missing.length > 0)
      await replica.db.transact(async (tx) => {
        const change: Change = { tx, replica, origin: { kind: 'local' } }
        await leaveAshore(change, mailbox, missing)
      })
  }
  return { isAllSeen, isAllKnown }
}

async function isKnown(reader: Reader, guid: Guid): Promise<boolean> {
  return (await tables.message.has(reader, guid)) || (await tables.evicted.has(reader, guid))
}

/** Which of these messages have no file in the mailbox any more. Undefined where that can't be told now. */
async function missingOf(
  { mailStore, replica: { db } }: Account,
  mailbox: Guid,
  files: readonly PlacedFile[],
): Promise<Guid[] | undefined> {
  const place = await tables.mailboxFile.get(db, mailbox)
  if (!place) return files.map(({ message }) => message)
  try {
    const listing = await mailStore.messages(place.path)
    if (listing.partial) return undefined
    const written = new Set<Guid>()
    for (const { guid } of listing.messages) if (guid !== undefined) written.add(await currentName(db, guid))
    const there = new Set(listing.messages.map(({ locator }) => locator))
    const missing = files.filter(({ locator, message }) => !there.has(locator) && !written.has(message))
    const gone = new Set(
      await mailStore.confirmGone(
        place.path,
        missing.map(({ locator }) => locator),
      ),
    )
    return missing.flatMap(({ locator, message }) => (gone.has(locator) ? [message] : []))
  } catch (error) {
    if (!isOfOneItem(error)) throw error
    const isGone = hasCode(error, 'MAILBOX_MISSING') && (await mailStore.confirmMailboxGone(place))
    return isGone ? files.map(({ message }) => message) : undefined
  }
}
