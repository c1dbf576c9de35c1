import type { Replica } from '../../replica/replica.js'
import { wantedContents } from '../../replica/wishes.js'
import { partTitle, waitingInOrder } from '../../told/waiting-parts.js'
import type { WantedPart } from '../port.js'
import { howItWaits, type Rules } from './shown-message.js'

/** Parts that somebody wants and that aren't here, in the order in which they come. */
export async function wantedParts(
  replica: Replica,
  { policy, estimate }: Rules,
  priority: readonly string[],
): Promise<WantedPart[]> {
  // Asked for after each change, also while ten thousand messages of which much isn't here are coming.
  const contents = await wantedContents(replica.db)
  const waiting = await waitingInOrder(replica, policy, priority, contents)
  return waiting.flatMap(({ message, envelope, parts }) =>
    parts
      .filter(({ state }) => state === 'wanted')
      .map((part) => ({
        message: message.guid,
        subject: envelope.subject ?? '',
        part: {
          part: part.part,
          type: part.type,
          name: part.fileName ?? partTitle(part),
          sizeBytes: part.sizeBytes,
          ...howItWaits(part, estimate),
        },
      })),
  )
}
