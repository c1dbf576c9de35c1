import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { getContent } from '../../replica/contents.js'
import { getMessage, isLive, isShown } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord } from '../../replica/records.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import { outlineOfContent, readTexts } from '../content/message-text.js'
import { restNowAndThen } from '../yield-event-loop.js'
import { foldWords } from './fold-words.js'
import { type BlockChanges, blockOf, changeBlock, noteChange } from './postings.js'

/**
 * The index of words lies beside the records and is brought up to date from their change log: what has changed since it was last looked at is
 * taken in, what is gone taken out. Nothing else writes it, so that whoever never searches pays nothing.
 */

/** What is read of each text. */
export const textBytes = 64 * 1024

/** Words of one message that are taken in: sender, recipients and subject first. */
const mostWords = 2000

/** Words that are written in one transaction, about: some hundred milliseconds of work. */
const batchWords = 20_000

export interface UpdateOptions {
  /** Contents written in one transaction. Default: 400. */
  readonly batchSize?: number
  readonly signal?: AbortSignal
  /** Asked between batches: false leaves the rest to the next time. */
  readonly goOn?: () => boolean
  readonly onProgress?: (done: number, total: number) => void
}

/** Whether anybody has searched here. */
export async function isIndexed(reader: Reader): Promise<boolean> {
  return (await tables.searchState.get(reader)) !== undefined
}

/** Brings the index up to date. It may be broken off at any time: what was taken in is kept. Returns how many contents are left. */
export async function updateIndex(account: Account, options: UpdateOptions = {}): Promise<number> {
  const { signal, batchSize = 400, goOn = () => true, onProgress } = options
  const { db } = account.replica
  const { head } = await readReplicaRecord(db)
  const seen = (await tables.searchState.get(db))?.head ?? 0
  const rest = restNowAndThen()
  const changed = await changedContents(db, seen, rest)
  for (let at = 0; at < changed.length; ) {
    signal?.throwIfAborted()
    if (!goOn()) return changed.length - at
    onProgress?.(at, changed.length)
    const taken: Taken[] = []
    let words = 0
    for (const id of changed.slice(at, at + batchSize)) {
      await rest()
      const content = await getContent(db, id)
      const live = content !== undefined && (await hasLiveMessage(db, id))
      const last = live ? await wordsOf(account, content) : { content: id, words: [], lacks: false as const }
      taken.push(last)
      words += last.words.length
      if (words >= batchWords) break
    }
    at += taken.length
    await db.transact((tx) => takeIn(tx, taken))
  }
  if (changed.length > 0 || head > seen)
    await db.transact(async (tx) => {
      const { next = 0, head: before = 0 } = (await tables.searchState.get(tx)) ?? {}
      tables.searchState.put(tx, { next, head: Math.max(before, head) })
    })
  return 0
}

/** Contents that may have to be taken in or out since that position of the log, the oldest first. */
async function changedContents(reader: Reader, since: number, rest: () => Promise<void>): Promise<Guid[]> {
  const changed = new Map<Guid, number>()
  for await (const { key, value } of tables.mailbox.list(reader)) {
    if (value.head <= since) continue
    for await (const { value: guid } of tables.log.list(reader, [key[0]], { start: since + 1 })) {
      await rest()
      const message = await getMessage(reader, guid)
      if (!message) continue
      const number = await tables.searchNumber.get(reader, message.content)
      // Flags and moves change no word.
      const { content, internalDateMs } = message
      const changes = isLive(message)
        ? number === undefined
        : number !== undefined && !(await hasLiveMessage(reader, content))
      if (changes) changed.set(content, internalDateMs)
    }
  }
  for await (const { key, value } of tables.searchLack.list(reader)) {
    const content = await getContent(reader, key[0])
    if ((content?.progress ?? -1) !== value) changed.set(key[0], 0)
  }
  return [...changed].sort((a, b) => a[1] - b[1]).map(([id]) => id)
}

async function hasLiveMessage(reader: Reader, content: Guid): Promise<boolean> {
  return isShown(reader, content)
}

/** What is to stand in the index for a content: nothing for one that is gone. */
interface Taken {
  readonly content: Guid
  readonly words: readonly string[]
  /** Not all of its text is here: where it stood with that. */
  readonly lacks: number | false
}

async function wordsOf(account: Account, content: ContentRecord): Promise<Taken> {
  const words = new Set<string>()
  const add = (text: string): void => {
    for (const word of foldWords(text)) {
      if (words.size >= mostWords) return
      words.add(word)
    }
  }
  if (content.envelope) {
    const { subject, from, to, cc } = decodeEnvelope(content.envelope)
    add(subject ?? '')
    for (const { name, address } of [...from, ...to, ...cc]) add(`${name ?? ''} ${address}`)
  }
  for (const { name } of outlineOfContent(content)?.parts ?? []) add(name ?? '')
  const { texts, missing } = await readTexts(account, content, textBytes)
  for (const { text } of texts) add(text)
  const lacks = missing?.length === 0 ? false : content.progress
  return { content: content.id, words: [...words].sort(), lacks }
}

async function takeIn(tx: Transaction, taken: readonly Taken[]): Promise<void> {
  const state = (await tables.searchState.get(tx)) ?? { next: 0, head: 0 }
  let { next } = state
  const blocks = new Map<number, BlockChanges>()
  const note = (number: number, words: readonly string[], act: 'add' | 'remove'): void => {
    const changes: BlockChanges = blocks.get(blockOf(number)) ?? new Map()
    blocks.set(blockOf(number), changes)
    for (const word of words) noteChange(changes, word, number, act)
  }
  for (const { content, words, lacks } of taken) {
    const before = await tables.searchNumber.get(tx, content)
    if (before !== undefined) {
      const had = (await tables.searchWords.get(tx, before))?.split(' ') ?? []
      const stay = new Set(words)
      note(
        before,
        had.filter((word) => !stay.has(word)),
        'remove',
      )
    }
    if (words.length === 0 && lacks === false) {
      if (before !== undefined) {
        tables.searchNumber.delete(tx, content)
        tables.searchContent.delete(tx, before)
        tables.searchWords.delete(tx, before)
      }
      tables.searchLack.delete(tx, content)
      continue
    }
    const number = before ?? next++
    note(number, words, 'add')
    tables.searchNumber.put(tx, content, number)
    tables.searchContent.put(tx, number, content)
    tables.searchWords.put(tx, number, words.join(' '))
    if (lacks === false) tables.searchLack.delete(tx, content)
    else tables.searchLack.put(tx, content, lacks)
  }
  for (const [block, changes] of blocks) await changeBlock(tx, block, changes)
  tables.searchState.put(tx, { ...state, next })
}
