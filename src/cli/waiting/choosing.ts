import type { WishRecord } from '../../replica/records.js'
import { sayWishes } from '../../replica/wishes.js'
import type { Account } from '../../sync/account.js'
import type { WaitingMessage } from '../../told/waiting-parts.js'
import { isPicked } from './pick-parts.js'

/**
 * What was picked comes with the next exchange. What the rules would have brought and wasn't picked is put
 * off until somebody asks for it, so that the next sync doesn't fetch it after all. Returns how many parts
 * were picked.
 */
export async function takePicked(
  { replica }: Account,
  waiting: readonly WaitingMessage[],
  picked: ReadonlySet<string>,
): Promise<number> {
  const wishes: WishRecord[] = []
  let count = 0
  for (const { content, parts } of waiting) {
    const chosen = parts.filter(({ name }) => picked.has(name)).map(({ part }) => part)
    const dropped = parts.filter((part) => !picked.has(part.name) && isPicked(part)).map(({ part }) => part)
    wishes.push(
      { content: content.id, parts: chosen, word: 'now' },
      { content: content.id, parts: dropped, word: 'later' },
    )
    count += chosen.length
  }
  await sayWishes(replica.db, wishes)
  return count
}
