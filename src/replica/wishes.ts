import type { Database, Reader, Transaction } from '../store/database.js'
import { getContent, putContent } from './content/contents.js'
import type { Guid } from './model.js'
import type { ContentRecord, WishRecord } from './records.js'
import { tables } from './tables.js'

/**
 * What a person has said of single parts that aren't here: fetch now (`wanted`), or don't fetch although the
 * rules would (`declined`). Each part has one wish, the last one said. A wish can be made at any time, even
 * beside a sync that runs for an hour; it waits as a record of its own, which a sync lists and never reads by
 * key, so that no transaction of the sync can conflict with the one that writes it.
 */

/** `later` is still listed, and comes when somebody wants it; `never` isn't offered any more. */
export type Declined = 'later' | 'never'

/** Writes down what a person says, durably, for `heedWishes`; for other processes too. */
export async function sayWishes(db: Database, wishes: readonly WishRecord[]): Promise<void> {
  await db.transact(async (tx) => {
    let number = 1
    for await (const { key } of tables.wish.list(tx, [], { reverse: true, limit: 1 })) number = key[0] + 1
    // Got, so that two who speak at once don't take one number.
    if (wishes.length > 0) await tables.wish.get(tx, number)
    for (const wish of wishes) tables.wish.put(tx, number++, wish)
  })
}

/** Makes the wishes that wait what holds. Returns whether any part is wanted by that. */
export async function heedWishes(tx: Transaction): Promise<boolean> {
  let wanted = false
  for await (const { key, value } of tables.wish.list(tx)) {
    tables.wish.delete(tx, ...key)
    const content = await getContent(tx, value.content)
    if (!content) continue
    if (value.word === 'gist') wantGists(tx, content, value.parts)
    else if (value.word !== 'now') declineParts(tx, content, value.parts, value.word)
    else wanted = wantParts(tx, content, value.parts).length > 0 || wanted
  }
  return wanted
}

export type WordOfPart = Exclude<WishRecord['word'], 'gist'>

/** The last word that waits to be heeded, by `CONTENT/PART`. */
export async function wishesWaiting(reader: Reader): Promise<ReadonlyMap<string, WordOfPart>> {
  const words = new Map<string, WordOfPart>()
  for await (const { value } of tables.wish.list(reader)) {
    const { content, parts, word } = value
    if (word !== 'gist') for (const part of parts) words.set(wishName(content, part), word)
  }
  return words
}

export const wishName = (content: Guid, part: number): string => `${content}/${part}`

/** Contents of which somebody wants a part, without a look at all the others of which something isn't here. */
export async function wantedContents(reader: Reader): Promise<ReadonlySet<Guid>> {
  const contents = new Set<Guid>()
  for await (const { value } of tables.wish.list(reader))
    if (value.word === 'now') contents.add(value.content)
  for await (const { key } of tables.wanted.list(reader)) contents.add(key[0])
  return contents
}

/** Parts that come with the next exchange, whatever the rules say. Returns them without those that are here already. */
export function wantParts(tx: Transaction, content: ContentRecord, parts: readonly number[]): number[] {
  const lacking = parts.filter((part) => !content.whole && !content.held.includes(part))
  for (const part of lacking) tables.wanted.put(tx, content.id, part, true)
  say(tx, content, lacking, undefined)
  return lacking
}

/** What these parts say comes with the next exchange, where it can be made there. */
export function wantGists(tx: Transaction, content: ContentRecord, parts: readonly number[]): void {
  for (const part of parts)
    if (!content.whole && !content.held.includes(part))
      tables.wantedGist.put(tx, content.id, part, { asked: false })
}

/** Parts that the rules don't bring, now or later. What has arrived of them stays. */
export function declineParts(
  tx: Transaction,
  content: ContentRecord,
  parts: readonly number[],
  how: Declined,
): void {
  for (const part of parts) tables.wanted.delete(tx, content.id, part)
  say(tx, content, parts, how)
}

function say(
  tx: Transaction,
  content: ContentRecord,
  parts: readonly number[],
  how: Declined | undefined,
): void {
  const declined = new Map(Object.entries(content.declined ?? {}))
  const before = declined.size
  for (const part of parts) {
    if (how === undefined) declined.delete(String(part))
    else declined.set(String(part), how)
  }
  if (how === undefined && declined.size === before) return
  const { declined: _, ...rest } = content
  putContent(tx, { ...rest, ...(declined.size > 0 && { declined: Object.fromEntries(declined) }) })
}

export function isDeclined({ declined }: Pick<ContentRecord, 'declined'>, part: number): boolean {
  return declined?.[part] !== undefined
}

export async function isWanted(reader: Reader, content: ContentRecord, part: number): Promise<boolean> {
  return tables.wanted.has(reader, content.id, part)
}
