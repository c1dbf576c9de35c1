import { remainingMessagesOf } from '../content/messages-of-content.js'
import { isLive } from '../messages.js'
import type { Guid } from '../model.js'
import type { MessageRecord } from '../records.js'
import type { Application } from './application.js'

/** A message of this content, other than this one, that somebody else has put somewhere since the author last looked. */
export async function strangeTwin(
  { change: { tx }, author }: Application,
  content: Guid,
  here: Guid,
): Promise<MessageRecord | undefined> {
  const isStrange = async (other: MessageRecord): Promise<boolean> =>
    isLive(other) && other.created > author.log(other.mailbox) && other.origin !== author.device
  const first = await author.passed.first(tx, content, 'strange', isStrange)
  if (first?.guid !== here) return first
  for await (const twin of remainingMessagesOf(tx, content, here))
    if (twin.guid !== here && (await isStrange(twin))) return twin
  return undefined
}
