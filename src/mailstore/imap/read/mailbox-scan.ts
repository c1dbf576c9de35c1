import { createHash } from 'node:crypto'
import { PacketboatError } from '../../../errors/packetboat-error.js'
import { type MailboxPath, pathText } from '../../../replica/model.js'
import type { StoreListing, StoreMessage } from '../../../sync/mail-store.js'
import { notFetched } from '../../message-errors.js'
import { printLocator, readLocator } from '../names/locator.js'
import { type MailboxState, parseToken, printToken } from '../names/mailbox-token.js'
import { isRefusal } from '../session/imap-errors.js'
import { vanishedOf } from '../session/imap-response.js'
import type { ImapSession, Selected } from '../session/imap-session.js'
import { UidSet } from '../session/uid-set.js'
import { canHold, fetchFlags } from './message-flags.js'
import { searchUids } from './search-uids.js'

/** Messages that FETCH has passed over are asked for once more, so many at most. */
const mostPassedOver = 1000

export interface ScanOptions {
  readonly since?: string | undefined
  /** Locators that the caller knows to be there. */
  readonly known?: ReadonlySet<string> | undefined
  /** How often the server was found to have given its UIDs anew under the same UIDVALIDITY. */
  readonly generation?: number
}

/**
 * Lists a mailbox: all of it, or what has changed since an earlier token where the server can say. Where
 * counts disagree it asks further: messages that FETCH passes over are named, and what the counts leave open
 * makes the listing a partial one.
 */
export async function scanMailbox(
  session: ImapSession,
  path: MailboxPath,
  { since, known, generation = 0 }: ScanOptions = {},
): Promise<StoreListing> {
  const selected = await session.select(path, { fresh: true })
  const place = (uid: number): string => printLocator({ uidValidity: selected.uidValidity, uid, generation })
  const before = since === undefined ? undefined : parseToken(since)
  // A server that was restored from a backup may have gone back.
  const changes =
    before?.modseq !== undefined &&
    selected.modseq !== undefined &&
    before.uidValidity === selected.uidValidity &&
    (before.generation ?? 0) === generation &&
    BigInt(before.modseq) <= BigInt(selected.modseq)
  const first = changes
    ? await scanChanges(session, selected, before.modseq ?? '', place)
    : { messages: await fetchAll(session, selected, place) }
  const { messages, unreadable, partial, stands } = await lookForMissing(session, selected, first, {
    known,
    place,
  })
  const { uidValidity, uidNext } = selected
  const next = Math.max(uidNext, ...messages.map(({ uid = 0 }) => uid + 1))
  return {
    token: printToken({ ...stateOf(selected, messages), ...(generation > 0 && { generation }) }),
    numbering: { uidValidity, uidNext: next, fixed: true },
    messages,
    holds: (flag) => canHold(selected, flag),
    foldsKeywords: true,
    ...(unreadable.length > 0 && { unreadable }),
    ...(partial && { partial }),
    ...(stands && { stands }),
  }
}

type PlaceOf = (uid: number) => string

interface Shown {
  readonly messages: readonly StoreMessage[]
  readonly stands?: (locator: string) => boolean
  /** The UIDs that exist, if all were asked for. */
  readonly present?: UidSet
}

function stateOf(selected: Selected, messages: readonly StoreMessage[]): MailboxState {
  const { uidValidity, uidNext, exists, modseq } = selected
  const state = { uidValidity, uidNext, messages: exists }
  return modseq === undefined ? { ...state, flagsDigest: digestOf(messages) } : { ...state, modseq }
}

function digestOf(messages: readonly StoreMessage[]): string {
  const hash = createHash('sha256')
  for (const { uid, flags } of messages) hash.update(`${uid} ${flags.join(' ')}\n`)
  return hash.digest('hex').slice(0, 32)
}

async function fetchAll(session: ImapSession, selected: Selected, place: PlaceOf): Promise<StoreMessage[]> {
  // An empty mailbox has nothing to name, and some servers say so with BAD.
  if (selected.exists === 0) return []
  const came: StoreMessage[] = []
  try {
    return await fetchFlags(session, '1:*', place, { came })
  } catch (error) {
    // What came before the refusal is good; the rest is looked for.
    if (!isRefusal(error) || came.length === 0) throw error
    return came
  }
}

async function scanChanges(
  session: ImapSession,
  selected: Selected,
  modseq: string,
  place: PlaceOf,
): Promise<Shown> {
  const { exists, uidNext } = selected
  if (session.offers('QRESYNC')) {
    let vanished = UidSet.empty
    // `*` is the last message that is there (Cyrus takes it so here too), and what has gone may have stood behind it.
    const messages = await fetchFlags(session, uidNext > 1 ? `1:${uidNext - 1}` : '1:*', place, {
      modifiers: ['CHANGEDSINCE', modseq, 'VANISHED'],
      vanished: (response) => {
        vanished = vanished.union(vanishedOf(response))
      },
    })
    const came = new Set(messages.map(({ uid }) => uid))
    return { messages, stands: (locator) => !vanished.has(uidOf(locator)) || came.has(uidOf(locator)) }
  }
  const messages =
    exists === 0 ? [] : await fetchFlags(session, '1:*', place, { modifiers: ['CHANGEDSINCE', modseq] })
  const present = await searchUids(session, selected, undefined)
  return { messages, stands: (locator) => present.has(uidOf(locator)), present }
}

const uidOf = (locator: string): number => readLocator(locator)?.uid ?? 0

/**
 * Asks the server for its UIDs when it counts more messages than it has shown. Those that it lists and again
 * doesn't show can't be read now. Costs nothing when the counts agree.
 */
async function lookForMissing(
  session: ImapSession,
  selected: Selected,
  shown: Shown,
  { known, place }: { readonly known: ReadonlySet<string> | undefined; readonly place: PlaceOf },
): Promise<Shown & Required<Pick<StoreListing, 'unreadable'>> & Pick<StoreListing, 'partial'>> {
  const { messages, stands } = shown
  const listed = new Set(messages.map(({ locator }) => locator))
  const isOfNow = (locator: string): boolean => place(readLocator(locator)?.uid ?? 0) === locator
  const standing = stands && known ? [...known].filter((locator) => isOfNow(locator) && stands(locator)) : []
  for (const locator of standing) listed.add(locator)
  // The caller didn't say what it knows: only a list of changes could be looked into, and this isn't one.
  if ((stands && !known) || listed.size >= selected.exists) return { ...shown, unreadable: [] }
  const present = shown.present ?? (await searchUids(session, selected, undefined))
  const missing = present.first(mostPassedOver, (uid) => !listed.has(place(uid)))
  const found = missing.length > 0 ? await fetchEach(session, missing, place) : []
  const came = new Set(found.map(({ uid }) => uid))
  const passedOver = missing.filter((uid) => !came.has(uid))
  const error = notFetched(pathText(selected.path))
  const unreadable = passedOver.map((uid) => ({ locator: place(uid), error: error(uid) }))
  const all = [...messages, ...found].sort((a, b) => (a.uid ?? 0) - (b.uid ?? 0))
  const result = {
    ...shown,
    messages: all,
    unreadable,
    ...(stands && { stands: (locator: string) => present.has(uidOf(locator)) }),
  }
  if (listed.size + missing.length >= selected.exists) return result
  // Others may have removed some meanwhile; then they aren't counted.
  const { exists } = await session.select(selected.path, { fresh: true })
  const seen = listed.size + missing.length
  return exists > seen ? { ...result, partial: notShown(selected.path, exists, seen) } : result
}

/** Fetches all messages once more, and one by one where that is refused. */
async function fetchEach(
  session: ImapSession,
  uids: readonly number[],
  place: PlaceOf,
): Promise<StoreMessage[]> {
  const found: StoreMessage[] = []
  const fetch = async (some: readonly number[]): Promise<void> => {
    for (const set of UidSet.of(some).print()) await fetchFlags(session, set, place, { came: found })
  }
  try {
    await fetch(uids)
  } catch (error) {
    if (!isRefusal(error)) throw error
    const came = new Set(found.map(({ uid }) => uid))
    for (const uid of uids.filter((each) => !came.has(each)))
      await fetch([uid]).catch((refusal: unknown) => {
        if (!isRefusal(refusal)) throw refusal
      })
  }
  return found
}

function notShown(path: MailboxPath, exists: number, seen: number): PacketboatError {
  return new PacketboatError(
    'MAILBOX_UNREADABLE',
    `The IMAP server counts ${exists} messages in ${pathText(path)} but shows ${seen}.`,
    'packetboat syncs what the server shows, and counts nothing there as deleted. If this persists, ask the operator of the server to repair the mailbox.',
  )
}

/** How often a mailbox's UIDs were given anew, as those who have seen it know. */
export function generationOf(known: ReadonlySet<string> | undefined): number {
  let generation = 0
  for (const locator of known ?? []) generation = Math.max(generation, readLocator(locator)?.generation ?? 0)
  return generation
}
