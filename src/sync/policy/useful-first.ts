import { getContent } from '../../replica/content/contents.js'
import { getMessage } from '../../replica/messages.js'
import type { Flags, Guid } from '../../replica/model.js'
import type { ContentRecord, MessageRecord } from '../../replica/records.js'
import type { Reader } from '../../store/database.js'

/** What of a mailbox comes before what, among things of one tier: texts, structures, attachments, parts that somebody wants. */
export interface Useful {
  readonly flags: Flags
  /** Ascends as messages arrive. */
  readonly number: number
  /** What it brings, still to come. */
  readonly bytes: number
}

/** A message of a list. */
interface Named {
  readonly guid: Guid
  readonly number: number
  /** Another message of this list, under which its content comes. */
  readonly source?: Guid
}

/** Up to these sizes, items hardly keep each other waiting: on a line of 2400 bit/s the first is two minutes. */
const sizeSteps = [32 * 1024, 256 * 1024, 2 * 1024 * 1024]

/**
 * Orders flagged before unread before read, then newest first, and small before big where that matters: sizes
 * count in rough steps, and a flagged message counts as one step smaller.
 */
export function byUsefulness(a: Useful, b: Useful): number {
  return (
    step(a) - step(b) ||
    Number(isFlagged(b)) - Number(isFlagged(a)) ||
    Number(isUnread(b)) - Number(isUnread(a)) ||
    b.number - a.number
  )
}

const isFlagged = ({ flags }: Useful): boolean => flags.includes('\\Flagged')
const isUnread = ({ flags }: Useful): boolean => !flags.includes('\\Seen')

function step(useful: Useful): number {
  const at = sizeSteps.findIndex((size) => useful.bytes <= size)
  const bySize = at < 0 ? sizeSteps.length : at
  return Math.max(0, bySize - Number(isFlagged(useful)))
}

/**
 * The order in which the bodies of listed messages are sent. Lists themselves go by number, since their
 * positions are checkpoints. Leaves out messages whose content is sent under another one.
 */
export async function usefulFirst<T extends Named>(
  reader: Reader,
  listed: readonly T[],
  bytesOf: (message: MessageRecord, content: ContentRecord) => Promise<number>,
): Promise<T[]> {
  const ranked: (Useful & { readonly listed: T })[] = []
  for (const each of listed) {
    if (each.source !== undefined) continue
    const message = await getMessage(reader, each.guid)
    const content = message && (await getContent(reader, message.content))
    const bytes = message && content ? await bytesOf(message, content) : 0
    ranked.push({ listed: each, flags: message?.flags ?? [], number: each.number, bytes })
  }
  return ranked.sort(byUsefulness).map((each) => each.listed)
}
