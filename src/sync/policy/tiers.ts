import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { decodeOutline, type Outline, outlineSize } from '../../mime/outline.js'
import type { Skeleton } from '../../mime/skeleton.js'
import { decodeSkeleton } from '../../mime/skeleton-codec.js'
import { messagesOf } from '../../replica/content/messages-of-content.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { isLive } from '../../replica/messages.js'
import type { ContentRecord, MessageRecord } from '../../replica/records.js'
import type { Reader } from '../../store/database.js'
import { gistFiles, gistPart, type Policy, type Tiers, tiersOfPieces } from './policy.js'
import { askOfMessages, type RuledMessage } from './rules.js'

/** What a policy makes of messages as they are recorded here. */

/** Who reads how a content is made: where that is asked again and again, `sync/content/shapes.ts`. */
interface Shaping {
  outline(content: Listed): Outline | undefined
  skeleton(content: Listed): Skeleton | undefined
}

const reading: Shaping = {
  outline: ({ outline }) => outline && decodeOutline(outline),
  skeleton: ({ skeleton }) => skeleton && decodeSkeleton(skeleton),
}

type Listed = Pick<ContentRecord, 'id' | 'outline' | 'envelope' | 'skeleton' | 'gist'>

/** The tiers of a message's pieces, undefined while no list entry of it is here. */
export async function tiersOfMessage(
  reader: Reader,
  content: Listed,
  message: MessageRecord,
  policy: Policy,
  shapes: Shaping = reading,
): Promise<Tiers | undefined> {
  if (!content.outline) return undefined
  return tiersByRules(content, policy, shapes, await ruledMessage(reader, content, message, policy, shapes))
}

/** The part of a message of which the text is wanted in its place. Undefined while no list entry of it is here, too. */
export async function gistPartOfMessage(
  reader: Reader,
  content: Listed,
  message: MessageRecord,
  policy: Policy,
  shapes: Shaping = reading,
): Promise<number | undefined> {
  const outline = shapes.outline(content)
  return outline && gistPart(outline, policy, await ruledMessage(reader, content, message, policy, shapes))
}

/** Files of a message of which a gist is wanted. */
export async function gistFilesOfMessage(
  reader: Reader,
  content: Listed,
  message: MessageRecord,
  policy: Policy,
  shapes: Shaping = reading,
): Promise<number[]> {
  const outline = shapes.outline(content)
  if (!outline) return []
  const ruled = await ruledMessage(reader, content, message, policy, shapes)
  const tiers = tiersOfPieces(outline, shapes.skeleton(content), policy, ruled, gistHere(content))
  return gistFiles(outline, tiers, policy, ruled)
}

/** What the rules want to know of a message; undefined where they want nothing. */
async function ruledMessage(
  reader: Reader,
  content: Listed,
  message: MessageRecord,
  policy: Policy,
  shapes: Shaping,
): Promise<RuledMessage | undefined> {
  const outline = askOfMessages(policy.rules) ? shapes.outline(content) : undefined
  if (!outline) return undefined
  const mailbox = await getMailbox(reader, message.mailbox)
  const from = (content.envelope && decodeEnvelope(content.envelope).from[0]?.address) ?? ''
  return {
    mailbox: mailbox ?? { path: [] },
    from,
    internalDateMs: message.internalDateMs,
    sizeBytes: outlineSize(outline),
  }
}

function tiersByRules(
  content: Listed,
  policy: Policy,
  shapes: Shaping,
  message?: RuledMessage,
): Tiers | undefined {
  const outline = shapes.outline(content)
  return outline && tiersOfPieces(outline, shapes.skeleton(content), policy, message, gistHere(content))
}

/** The part of which the text is here. None could be made of one whose text is empty. */
export const gistHere = ({ gist }: Pick<ContentRecord, 'gist'>): number | undefined =>
  gist?.text ? gist.part : undefined

/** The tiers over all live messages of a content: a piece comes by itself if it does for one of them, in its first tier of any. */
export async function tiersOfContent(
  reader: Reader,
  content: Listed,
  policy: Policy,
  shapes: Shaping = reading,
): Promise<Tiers | undefined> {
  if (!content.outline) return undefined
  if (!askOfMessages(policy.rules)) return tiersByRules(content, policy, shapes)
  let all: Tiers | undefined
  for (const message of await messagesOf(reader, content.id)) {
    if (!isLive(message)) continue
    const tiers = await tiersOfMessage(reader, content, message, policy, shapes)
    all = tiers?.map((tier, piece) => earlier(tier, all?.[piece])) ?? all
  }
  return all ?? tiersByRules(content, policy, shapes)
}

function earlier(a: Tiers[number], b: Tiers[number]): Tiers[number] {
  if (a === undefined || b === undefined) return a ?? b
  return a < b ? a : b
}
