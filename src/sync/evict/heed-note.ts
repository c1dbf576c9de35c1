import { hasCode } from '../../errors/packetboat-error.js'
import type { Change } from '../../replica/change.js'
import { fileOf, type PlacedFile } from '../../replica/files.js'
import { currentName } from '../../replica/ids/current-name.js'
import type { Guid } from '../../replica/model.js'
import { type FoundProblem, problemOf } from '../../replica/problems.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { Account } from '../account.js'
import { isOfOneItem } from '../error-scope.js'
import type { Window } from '../policy/window.js'
import { type EvictionNote, readNote, readNoteHead } from './eviction-note.js'
import { rememberNote } from './known-note.js'
import { leaveAshore } from './leave-ashore.js'

/** What the note beside the mail comes to, for a scan that is about to judge what is missing. */
export interface Heeded {
  /**
   * What may be missing although nobody deleted it. `none`: the note accounts for everything, and what it
   * names is ashore by now. Otherwise the note is not the one that this database knows, and anything that may
   * have been evicted is in doubt: `all` of it, or only what is `outside` the window when neither the
   * database nor the disk knows of a note.
   */
  readonly doubt: 'none' | 'outside' | 'all'
  /** Mailboxes of which all that may have been evicted counts as that, whatever the note says: they were out of sight when it was written. */
  readonly doubted: ReadonlySet<Guid>
  /** Why the note can't be read. */
  readonly problems: readonly FoundProblem[]
}

/** Before anything that is missing is judged: what was evicted since this database looked last isn't here any more. */
export async function heedNote(account: Account, windows: readonly Window[]): Promise<Heeded> {
  const { evictions } = account.mailStore
  const { db, hasUpstream } = account.replica
  if (!evictions || !hasUpstream) return { doubt: 'none', doubted: new Set(), problems: [] }
  const { note: known, doubted: names = [] } = (await tables.evictionState.get(db)) ?? {}
  const doubted = new Set(await Promise.all(names.map((name) => currentName(db, name))))
  const found = (doubt: Heeded['doubt']): Heeded => ({ doubt, doubted, problems: [] })
  try {
    const head = await readNoteHead(evictions)
    if (!head && !known) return found(windows.length > 0 ? 'outside' : 'none')
    if (head?.id === known?.id && head?.generation === known?.generation) return found('none')
    const note = head && (await readNote(evictions))
    if (!note) return found('all')
    const isSame = note.id === known?.id && note.generation >= known.generation
    const isAllTold = await takeEvicted(account, note, isSame ? known.generation : 0)
    if (!isSame || !isAllTold) return found('all')
    await db.transact((tx) => rememberNote(tx, note))
    return found('none')
  } catch (error) {
    if (!isOfOneItem(error)) throw error
    return { doubt: 'all', doubted, problems: [noteProblem(error)] }
  }
}

export function noteProblem(error: unknown): FoundProblem {
  const problem = problemOf(error, { mailbox: '', item: 'the note of what has left this disk' })
  return { mailbox: '', item: 'evicted', problem }
}

/**
 * Takes over the messages that were evicted after the generation `since`. Returns whether that was all of
 * them: the note could be read, and this database knows it. A note from before a message was renamed lists it
 * under its old name.
 */
async function takeEvicted(account: Account, note: EvictionNote, since: number): Promise<boolean> {
  const { replica } = account
  const byMailbox = new Map<Guid, PlacedFile[]>()
  let isAllTold = true
  for (const [guid, generation] of note.evicted) {
    if (generation <= since) continue
    isAllTold &&= await isKnown(replica.db, guid)
    const file = await fileOf(replica.db, guid)
    if (file) byMailbox.set(file.mailbox, [...(byMailbox.get(file.mailbox) ?? []), file])
  }
  for (const [mailbox, files] of byMailbox) {
    const missing = await missingOf(account, mailbox, files)
    if (!missing) isAllTold = false
    else if (missing.length > 0)
      await replica.db.transact(async (tx) => {
        const change: Change = { tx, replica, origin: { kind: 'local' } }
        await leaveAshore(change, mailbox, missing)
      })
  }
  return isAllTold
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
