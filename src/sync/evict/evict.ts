import type { Change } from '../../replica/change.js'
import type { PlacedFile } from '../../replica/files.js'
import { isInRanges } from '../../replica/ids/uid-ranges.js'
import type { Guid, MailboxPath } from '../../replica/model.js'
import { addProblem } from '../../replica/problems.js'
import { readReplicaRecord } from '../../replica/replica.js'
import type { Shore } from '../../wire/shore-frame.js'
import type { Account } from '../account.js'
import { isItOf } from '../content/recognise-message.js'
import { isConcurrentChange, isOfOneItem } from '../error-scope.js'
import type { EvictionsPort } from '../mail-store.js'
import type { Chosen, EvictionTerms } from './choose-evictable.js'
import { type EvictionNote, encodeNote } from './eviction-note.js'
import { noteProblem } from './heed-note.js'
import { readKnownNote, rememberNote } from './known-note.js'
import { leaveAshore } from './leave-ashore.js'
import { type Leaving, lookAtFile } from './look-at-file.js'
import { countStay, type Stays } from './stays.js'

/**
 * Removes chosen messages from this disk. Each must be one that the upstream has whole and that is outside
 * the window there too. The note that names them is durable before the first file goes. Returns how many
 * went, and why others stayed.
 */
export async function evict(
  account: Account,
  { chosen, vouched }: { readonly chosen: Chosen; readonly vouched: Shore },
  terms: EvictionTerms,
): Promise<Evicted> {
  const { evictions } = account.mailStore
  if (!evictions) return { gone: 0, stays: {} }
  return account.exclusive(async () => {
    const leaving: Leaving[] = []
    let stays: Stays = {}
    for (const [mailbox, messages] of chosen.messages) {
      const ranges = vouched.get(mailbox) ?? []
      for (const [number, guid] of messages) {
        // Looked at again, since the exchange may have taken hours.
        const one = isInRanges(ranges, number)
          ? await lookAtFile(account, evictions, guid, terms)
          : 'unvouched'
        if (typeof one === 'string') stays = countStay(stays, one)
        else if (one.number === number && one.file.mailbox === mailbox) leaving.push(one)
        else stays = countStay(stays, 'busy')
      }
    }
    const before = leaving.length === 0 ? undefined : await readKnownNote(account, evictions)
    if (!before) return { gone: 0, stays: countStay(stays, 'note', leaving.length) }
    const noted = await noteLeaving(account, evictions, { before, leaving })
    if (!noted) return { gone: 0, stays: countStay(stays, 'unnoted', leaving.length) }
    const gone = await takeOff(account, noted, { chosen, leaving })
    return { gone, stays: countStay(stays, 'busy', leaving.length - gone) }
  })
}

export interface Evicted {
  readonly gone: number
  /** How much of what was chosen stays, by reason. */
  readonly stays: Stays
}

/** Writes the note of what is about to leave. Undefined where it can't be written: that is a problem, but it holds up nothing else of the run. */
async function noteLeaving(
  { replica: { db, now } }: Account,
  evictions: EvictionsPort,
  { before, leaving }: { readonly before: EvictionNote; readonly leaving: readonly Leaving[] },
): Promise<EvictionNote | undefined> {
  const generation = before.generation + 1
  const evicted = new Map(before.evicted)
  for (const { names } of leaving) for (const name of names) evicted.set(name, generation)
  const note = { id: before.id, generation, evicted }
  try {
    await evictions.writeNote(encodeNote(note))
    return note
  } catch (error) {
    if (!isOfOneItem(error)) throw error
    await db.transact((tx) => addProblem(tx, 'read', noteProblem(error), now()))
    return undefined
  }
}

async function takeOff(
  account: Account,
  note: EvictionNote,
  { chosen, leaving }: { readonly chosen: Chosen; readonly leaving: readonly Leaving[] },
): Promise<number> {
  const { mailStore, replica } = account
  const gone = new Map<Guid, Guid[]>()
  const paths = new Set<MailboxPath>()
  for (const { file, path } of leaving) {
    if (!(await removed(account, path, file))) continue
    paths.add(path)
    gone.set(file.mailbox, [...(gone.get(file.mailbox) ?? []), file.message])
  }
  await mailStore.flush([...paths])
  return replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'local' } }
    let count = 0
    const { head } = await readReplicaRecord(tx)
    for (const [mailbox, guids] of gone) {
      const numbered = head === chosen.head ? !chosen.unnumbered.has(mailbox) : undefined
      count += await leaveAshore(change, mailbox, guids, numbered)
    }
    await rememberNote(tx, note)
    return count
  })
}

/** False where somebody has changed it meanwhile, or it can't be removed: it stays, and is as it was. */
async function removed(
  { mailStore, replica }: Account,
  path: MailboxPath,
  file: PlacedFile,
): Promise<boolean> {
  const { message, locator, flags } = file
  try {
    await mailStore.remove(path, locator, flags, await isItOf(replica.db, message, file))
    return true
  } catch (error) {
    if (isConcurrentChange(error) || isOfOneItem(error)) return false
    throw error
  }
}
