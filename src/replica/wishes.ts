import type { Reader, Transaction } from '../store/database.js'
import { putContent } from './contents.js'
import { type ContentRecord, keys } from './records.js'

/**
 * What a person has said of single parts that aren't here: now (`wanted`), or not by the rules of what comes by itself (`declined`). One
 * word for each part, the last one said counts.
 */

/** `later` is still listed, and comes when somebody wants it; `never` isn't offered any more. */
export type Declined = 'later' | 'never'

/** Parts that come with the next exchange, whatever the rules say. Those that are here already are passed over. */
export function wantParts(tx: Transaction, content: ContentRecord, parts: readonly number[]): ContentRecord {
  const lacking = parts.filter((part) => !content.whole && !content.held.includes(part))
  for (const part of lacking) tx.put(keys.wanted(content.id, part), true)
  return say(tx, content, lacking, undefined)
}

/** Parts that the rules don't bring, now or later. What has arrived of them stays. */
export function declineParts(
  tx: Transaction,
  content: ContentRecord,
  parts: readonly number[],
  how: Declined,
): ContentRecord {
  for (const part of parts) tx.delete(keys.wanted(content.id, part))
  return say(tx, content, parts, how)
}

function say(
  tx: Transaction,
  content: ContentRecord,
  parts: readonly number[],
  how: Declined | undefined,
): ContentRecord {
  const declined = new Map(Object.entries(content.declined ?? {}))
  const before = declined.size
  for (const part of parts) {
    if (how === undefined) declined.delete(String(part))
    else declined.set(String(part), how)
  }
  if (how === undefined && declined.size === before) return content
  const { declined: _, ...rest } = content
  return putContent(tx, { ...rest, ...(declined.size > 0 && { declined: Object.fromEntries(declined) }) })
}

export function isDeclined({ declined }: Pick<ContentRecord, 'declined'>, part: number): boolean {
  return declined?.[part] !== undefined
}

export async function isWanted(reader: Reader, content: ContentRecord, part: number): Promise<boolean> {
  return (await reader.get(keys.wanted(content.id, part))) !== undefined
}
