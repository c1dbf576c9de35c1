import { getContent } from '../replica/contents.js'
import { declineParts, wantParts } from '../replica/wishes.js'
import type { Account } from '../sync/account.js'
import { isPicked } from './pick-parts.js'
import type { WaitingMessage } from './waiting-parts.js'

/**
 * What was picked comes with the next exchange. What the rules would have brought and was not picked is put off until somebody asks for it, so that
 * the next sync doesn't fetch it after all. Returns how many parts were picked.
 */
export async function takePicked(
  { replica }: Account,
  waiting: readonly WaitingMessage[],
  picked: ReadonlySet<string>,
): Promise<number> {
  return replica.db.transact(async (tx) => {
    let count = 0
    for (const { content: known, parts } of waiting) {
      const chosen = parts.filter(({ name }) => picked.has(name)).map(({ part }) => part)
      const dropped = parts.filter((part) => !picked.has(part.name) && isPicked(part)).map(({ part }) => part)
      const content = await getContent(tx, known.id)
      if (!content) continue
      declineParts(tx, wantParts(tx, content, chosen), dropped, 'later')
      count += chosen.length
    }
    return count
  })
}
