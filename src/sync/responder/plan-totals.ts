import type { OutlinePart } from '../../mime/outline.js'
import type { Part, Skeleton } from '../../mime/skeleton.js'
import { getContent, indexedPartBytes } from '../../replica/content/contents.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { ContentRecord } from '../../replica/records.js'
import type { Reader } from '../../store/database.js'
import type { Totals } from '../../wire/response/progress-frames.js'
import { partOfDevice } from '../content/known-parts.js'
import { pieceSizes } from '../content/piece.js'
import { isIncompressible } from '../frames/outgoing.js'
import type { Tiers } from '../policy/policy.js'
import { SaidParts } from '../policy/shared-history.js'
import { wantedMessage } from './look-into.js'
import type { Listed, Plan, PlanRequest } from './plan.js'

/** What a message takes in a list beside its outline, about. */
const listedBytes = 80

/** An answer that is no bigger than this is here before anybody has read how big it is. */
export const totalsFromBytes = 8192

/** Of more messages than this, totals are estimated from a sample spread over all of them: each message costs a look into the database. */
const countedMessages = 2000

/**
 * Roughly what a plan adds up to, by what is known when the answer begins. Messages that are expunged before
 * their turn comes are still counted.
 */
export async function planTotals(reader: Reader, plan: Plan, request: PlanRequest): Promise<Totals> {
  const { shapes } = request.tiers
  const totals = { messages: 0, bytes: 0, storedBytes: 0 }
  /** Parts that are counted already: the second time such a part is named. */
  const said = new SaidParts(reader, request.policy.sharedHistory)
  const addPart = ({ type, size }: OutlinePart, from = 0): void => {
    const bytes = Math.max(0, size - from)
    totals.bytes += bytes
    if (isIncompressible(type)) totals.storedBytes += bytes
  }
  const isNamed = async ({ digest, size }: Part, content: ContentRecord): Promise<boolean> => {
    if (digest === undefined || size < indexedPartBytes) return false
    if ((await said.serves(digest, content.id)) || (await partOfDevice(reader, digest, content.id, request)))
      return true
    said.add(digest, content.id)
    return false
  }
  const add = async ({ guid, source }: Listed, tiers: readonly number[]): Promise<void> => {
    const message = source === undefined ? await getMessage(reader, guid) : undefined
    const content = isLive(message) ? await getContent(reader, message.content) : undefined
    if (!isLive(message) || !content?.outline) return
    const skeleton = shapes.skeleton(content)
    const tierOf = (await request.tiers.of(message, content)) ?? []
    for (const [part, about] of shapes.outline(content)?.parts.entries() ?? []) {
      const tier = tierOf[part]
      if (tier === undefined || !tiers.includes(tier)) continue
      const whole = skeleton?.parts[part]
      // The text that is read first comes before the skeleton, which names.
      if (tier === 1 || !whole || !(await isNamed(whole, content))) addPart(about)
    }
    if (skeleton) totals.bytes += (content.skeleton?.length ?? 0) + headBytes(tierOf, skeleton)
    if (tiers.includes(0)) totals.bytes += content.outline.length + listedBytes
  }
  const messages = plan.mailboxes.flatMap(({ listed, wantText, wantStructure }) => [
    ...listed.map((message) => ({ message, tiers: [0, 1, 2, 3] })),
    ...wantText.map((message) => ({ message, tiers: [1, 2, 3] })),
    ...wantStructure.map((message) => ({ message, tiers: [2, 3] })),
  ])
  const every = Math.max(1, Math.ceil(messages.length / countedMessages))
  for (let i = 0; i < messages.length; i += every) {
    const next = messages[i]
    if (next) await add(next.message, next.tiers)
  }
  totals.bytes *= every
  totals.storedBytes *= every
  for (const { mailbox, listed, links, parts } of plan.mailboxes) {
    totals.messages += listed.length + links.length
    for (const wanted of parts) {
      const message = await wantedMessage(reader, mailbox.guid, wanted.message)
      const content = message && (await getContent(reader, message.content))
      const part = content && shapes.outline(content)?.parts[wanted.part]
      const skeleton = content && shapes.skeleton(content)
      const size = skeleton && pieceSizes(skeleton)[wanted.part]
      if (part) addPart(part, wanted.offset)
      else totals.bytes += Math.max(0, (size ?? 0) - wanted.offset)
    }
  }
  return totals
}

/** The pieces that are no parts, those of them that come: structure and cold fields of the header. */
function headBytes(tiers: Tiers, skeleton: Skeleton): number {
  return pieceSizes(skeleton)
    .map((size, piece) => (piece < skeleton.parts.length || tiers[piece] === undefined ? 0 : size))
    .reduce((sum, bytes) => sum + bytes, 0)
}
