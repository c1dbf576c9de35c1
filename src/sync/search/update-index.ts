import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { getContent } from '../../replica/content/contents.js'
import { liveMessagesOf } from '../../replica/content/messages-of-content.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord, MessageRecord } from '../../replica/records.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import { outlineOfContent, readTexts } from '../content/message-text.js'
import { restNowAndThen } from '../yield-event-loop.js'
import { widenDays } from './days.js'
import { clearFirstIndex, clearUnplacedIndex, emptyIndex } from './earlier-index.js'
import { textOfPerson } from './fit-term.js'
import { fieldSigns, foldWords } from './fold-words.js'
import { deleteNumbered, numberedContent, putNumbered } from './numbered-contents.js'
import { knowsShown, mailboxesOf, placeIn, type Shown, shownBy } from './places.js'
import { type BlockChanges, blockOf, blockSize, changeBlock } from './postings.js'

/**
 * The index of words lies beside the records and is brought up to date from their change log: adds what is
 * new since the last update, removes what is gone. Nothing else writes it, so a person who never searches
 * pays nothing for it.
 */

/** How many bytes of each text are indexed. */
export const textBytes = 64 * 1024

/** Words of one message that are taken in, each field's among them: sender, recipients and subject first. */
const mostWords = 2000

/** Words that are written in one transaction, about: some tenths of a second of work. */
const batchWords = 60_000

export interface UpdateOptions {
  /** Contents written in one transaction. Default: 400. */
  readonly batchSize?: number
  readonly signal?: AbortSignal
  /** False writes what was read, and leaves the rest to the next time. */
  readonly goOn?: () => boolean
  readonly onProgress?: (done: number, total: number) => void
}

/** Whether anybody has searched here. */
export async function isIndexed(reader: Reader): Promise<boolean> {
  return (await tables.searchIndex.has(reader)) || (await tables.searchState.has(reader))
}

/** Brings the index up to date. It may be broken off at any time: what was taken in is kept. Returns how many contents are left. */
export async function updateIndex(account: Account, options: UpdateOptions = {}): Promise<number> {
  const { signal, goOn = () => true } = options
  const { db } = account.replica
  const { head } = await readReplicaRecord(db)
  if (!(await clearUnplacedIndex(db, { goOn, signal }))) return (await tables.searchIndex.get(db))?.next ?? 0
  const seen = (await tables.searchIndex.get(db))?.head ?? 0
  const changed = await changedContents(db, seen, restNowAndThen())
  const taken = await takeInContents(account, changed, options)
  if (taken < changed.length) return changed.length - taken
  if (changed.length > 0 || head > seen)
    await db.transact(async (tx) => {
      const state = (await tables.searchIndex.get(tx)) ?? emptyIndex
      tables.searchIndex.put(tx, { ...state, head: Math.max(state.head, head) })
    })
  await clearFirstIndex(db, { goOn, signal })
  return 0
}

/** Takes in these contents, in this order, until `goOn` says no. Returns how many of them. */
export async function takeInContents(
  account: Account,
  contents: readonly Guid[],
  { signal, batchSize = 400, goOn = () => true, onProgress }: UpdateOptions,
): Promise<number> {
  const { db } = account.replica
  const rest = restNowAndThen()
  let at = 0
  while (at < contents.length) {
    signal?.throwIfAborted()
    if (!goOn()) break
    onProgress?.(at, contents.length)
    const taken: Taken[] = []
    let words = 0
    for (const id of contents.slice(at, at + batchSize)) {
      await rest()
      // With each batch all rows of a block may change: few large ones cost least, and what was read isn't read in vain.
      if (taken.length > 0 && !goOn()) break
      const content = await getContent(db, id)
      const shown = content && (await shownOf(db, id))
      const last: Taken = shown
        ? { content: id, shown, ...(await newWordsOf(account, content)) }
        : { content: id, shown, words: [], lacks: false }
      taken.push(last)
      words += last.words.length
      if (words >= batchWords) break
    }
    at += taken.length
    await db.transact((tx) => takeIn(tx, taken, rest))
  }
  return at
}

/** Contents that may have to be taken in or out since that position of the log, the oldest first. */
async function changedContents(reader: Reader, since: number, rest: () => Promise<void>): Promise<Guid[]> {
  const changed = new Map<Guid, number>()
  const mailboxes = mailboxesOf(await tables.searchIndex.get(reader))
  for await (const { key, value } of tables.mailbox.list(reader)) {
    if (value.head <= since) continue
    for await (const { value: guid } of tables.log.list(reader, [key[0]], { start: since + 1 })) {
      await rest()
      const message = await getMessage(reader, guid)
      if (!message) continue
      // Flags change nothing.
      const { content, internalDateMs } = message
      const known = await numberedContent(reader, content)
      const changes = isLive(message)
        ? !known || !knowsShown(known, message, mailboxes)
        : known && !(await shownOf(reader, content))
      if (changes) changed.set(content, internalDateMs)
    }
  }
  for await (const { key, value } of tables.searchLack.list(reader)) {
    const content = await getContent(reader, key[0])
    if ((content?.progress ?? -1) !== value) changed.set(key[0], 0)
  }
  return [...changed].sort((a, b) => a[1] - b[1]).map(([id]) => id)
}

/** Undefined where no message shows it any more. */
async function shownOf(reader: Reader, content: Guid): Promise<Shown | undefined> {
  const messages: MessageRecord[] = []
  for await (const message of liveMessagesOf(reader, content)) messages.push(message)
  return shownBy(messages)
}

/** A content's new entry in the index. */
interface Taken {
  readonly content: Guid
  /** Undefined: the content is gone. */
  readonly shown: Shown | undefined
  readonly words: readonly string[]
  /** Where reading stopped, if some of its text isn't here yet. */
  readonly lacks: number | false
}

/** None where the index has all of them: a move changes no word. */
async function newWordsOf(account: Account, content: ContentRecord): Promise<Pick<Taken, 'words' | 'lacks'>> {
  const { db } = account.replica
  const isTaken = (await numberedContent(db, content.id)) !== undefined
  if (isTaken && !(await tables.searchLack.has(db, content.id))) return { words: [], lacks: false }
  return wordsOf(account, content)
}

async function wordsOf(account: Account, content: ContentRecord): Promise<Pick<Taken, 'words' | 'lacks'>> {
  const words = new Set<string>()
  const add = (text: string, sign = ''): void => {
    for (const word of foldWords(text)) {
      if (words.size >= mostWords - 1) return
      words.add(word)
      if (sign !== '') words.add(`${sign}${word}`)
    }
  }
  if (content.envelope) {
    const { subject, from, to, cc } = decodeEnvelope(content.envelope)
    add(subject ?? '', fieldSigns.subject)
    for (const each of from) add(textOfPerson(each), fieldSigns.from)
    for (const each of [...to, ...cc]) add(textOfPerson(each), fieldSigns.to)
  }
  for (const { name } of outlineOfContent(content)?.parts ?? []) add(name ?? '')
  const { texts, missing } = await readTexts(account, content, textBytes)
  for (const { text } of texts) add(text)
  // Only what stands around a text says whether it is still encoded.
  const isAll = missing?.length === 0 && (content.whole || content.skeleton !== undefined)
  return { words: [...words], lacks: isAll ? false : content.progress }
}

/** Words that a content had before stay, as more of its text comes; those of what is gone are taken out of their block. */
async function takeIn(tx: Transaction, taken: readonly Taken[], rest: () => Promise<void>): Promise<void> {
  const state = (await tables.searchIndex.get(tx)) ?? emptyIndex
  let { next, days = [], mailboxes = [] } = state
  const blocks = new Map<number, BlockChanges>()
  const changesAt = (number: number): BlockChanges => {
    const changes = blocks.get(blockOf(number)) ?? { add: new Map(), remove: new Set() }
    blocks.set(blockOf(number), changes)
    return changes
  }
  for (const { content, shown, words, lacks } of taken) {
    const known = await numberedContent(tx, content)
    if (lacks === false) tables.searchLack.delete(tx, content)
    else tables.searchLack.put(tx, content, lacks)
    if (!shown) {
      if (!known) continue
      changesAt(known.number).remove.add(known.number % blockSize)
      await deleteNumbered(tx, known)
      continue
    }
    const number = known?.number ?? next++
    days = widenDays(days, blockOf(number), shown.firstDay, shown.days.day)
    const placed = shown.only && placeIn(mailboxes, shown.only)
    mailboxes = placed?.mailboxes ?? mailboxes
    await putNumbered(tx, { number, content, days: shown.days, place: placed?.place })
    const { add } = changesAt(number)
    for (const word of words) {
      const numbers = add.get(word) ?? new Set()
      add.set(word, numbers)
      numbers.add(number % blockSize)
    }
  }
  for (const [block, changes] of blocks) await changeBlock(tx, block, changes, rest)
  tables.searchIndex.put(tx, { ...state, next, days, mailboxes })
}
