import type { Change } from '../../replica/change.js'
import { getContent } from '../../replica/contents.js'
import { type PlacedFile, standsIn } from '../../replica/files.js'
import { currentName } from '../../replica/ids/current-name.js'
import { isInRanges } from '../../replica/ids/uid-ranges.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { Guid, MailboxPath } from '../../replica/model.js'
import { tables } from '../../replica/tables.js'
import type { Shore } from '../../wire/shore-frame.js'
import type { Account } from '../account.js'
import { isItOf } from '../content/recognise-message.js'
import { isConcurrentChange, isOfOneItem } from '../error-scope.js'
import type { EvictionsPort } from '../mail-store.js'
import {
  type Chosen,
  chooseEvictable,
  type EvictionTerms,
  isEvictable,
  mostEvicted,
} from './choose-evictable.js'
import { encodeNote, readNote } from './eviction-note.js'
import { rememberNote } from './heed-note.js'
import { leaveAshore } from './leave-ashore.js'

/** A file that is about to go. */
interface Leaving {
  readonly file: PlacedFile
  readonly path: MailboxPath
  /** By which older databases may know the message. */
  readonly names: readonly Guid[]
}

/**
 * Takes off this disk what was chosen and what the upstream has answered for: it has all of it, and it is outside the window there too. The note that
 * says so is durable before the first file goes. Returns how many went.
 */
export async function evict(
  account: Account,
  { chosen, vouched }: { readonly chosen: Chosen; readonly vouched: Shore },
  terms: EvictionTerms,
): Promise<number> {
  const { evictions } = account.mailStore
  if (!evictions) return 0
  return account.exclusive(async () => {
    const leaving: Leaving[] = []
    for (const [mailbox, messages] of chosen) {
      const ranges = vouched.get(mailbox) ?? []
      for (const [number, guid] of messages) {
        const one = isInRanges(ranges, number) ? await lookAt(account, evictions, guid, terms) : undefined
        if (one) leaving.push(one)
      }
    }
    return leaving.length === 0 ? 0 : takeOff(account, evictions, leaving)
  })
}

/** What would be asked about now, and whether that is all that could go. */
export async function surveyEvictable(
  account: Account,
  terms: EvictionTerms,
  select: readonly string[],
): Promise<{ readonly messages: number; readonly bytes: number; readonly isAll: boolean }> {
  const { evictions } = account.mailStore
  const { db } = account.replica
  let [messages, bytes, asked] = [0, 0, 0]
  const chosen = evictions ? await chooseEvictable(account, terms, select) : new Map()
  for (const guid of [...chosen.values()].flatMap((each) => [...each.values()])) {
    asked++
    if (!evictions || !(await lookAt(account, evictions, guid, terms))) continue
    const message = await getMessage(db, guid)
    messages++
    bytes += (message && (await getContent(db, message.content))?.sizeBytes) ?? 0
  }
  return { messages, bytes, isAll: asked < mostEvicted }
}

/** Looked at again, since the exchange may have taken hours. Undefined where it stays. */
async function lookAt(
  { replica: { db, now } }: Account,
  evictions: EvictionsPort,
  guid: Guid,
  { unreadForMs }: EvictionTerms,
): Promise<Leaving | undefined> {
  const message = await getMessage(db, guid)
  const stands = isLive(message) && (await isEvictable(db, message)) ? await standsIn(db, guid) : undefined
  if (!stands) return undefined
  const { file, place } = stands
  try {
    const { guid: written, readMs } = await evictions.lookAt(place.path, file.locator)
    // What another program has put there stays: nobody can tell whether a person wants it just there.
    if (written === undefined || (await currentName(db, written)) !== guid) return undefined
    if (readMs > now() - unreadForMs) return undefined
    return { file, path: place.path, names: [...new Set([guid, written])] }
  } catch (error) {
    if (!isOfOneItem(error)) throw error
    return undefined
  }
}

async function takeOff(
  account: Account,
  evictions: EvictionsPort,
  leaving: readonly Leaving[],
): Promise<number> {
  const { mailStore, replica } = account
  const known = (await tables.evictionState.get(replica.db))?.note
  const before = await readNote(evictions)
  // The next scan finds out which of the two is right.
  if (!before || before.id !== known?.id || before.generation !== known.generation) return 0
  const generation = before.generation + 1
  const evicted = new Map(before.evicted)
  for (const { names } of leaving) for (const name of names) evicted.set(name, generation)
  await evictions.writeNote(encodeNote({ id: before.id, generation, evicted }))
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
    for (const [mailbox, guids] of gone) count += await leaveAshore(change, mailbox, guids)
    await rememberNote(tx, { id: before.id, generation })
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
