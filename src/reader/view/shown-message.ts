import { PacketboatError } from '../../errors/packetboat-error.js'
import type { Estimate } from '../../link/profile/estimate.js'
import { cleanText } from '../../mime/headers/clean-text.js'
import { contentIdOf } from '../../mime/part-text.js'
import type { Skeleton } from '../../mime/skeleton.js'
import { hotSize } from '../../mime/structure-rest.js'
import { getContent } from '../../replica/content/contents.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord, MessageRecord } from '../../replica/records.js'
import { wishesWaiting } from '../../replica/wishes.js'
import type { Account } from '../../sync/account.js'
import { outlineOfContent, readTexts } from '../../sync/content/message-text.js'
import { openPieces, structureHere } from '../../sync/content/open-pieces.js'
import type { Policy } from '../../sync/policy/policy.js'
import { envelopeOf } from '../../told/listed-content.js'
import { missingParts, type WaitingPart } from '../../told/waiting-parts.js'
import type { PartBytes, ShownMessage, ShownPart } from '../port.js'
import { addressed } from './addressed.js'
import { messageRow } from './message-rows.js'

/** The most bytes of one text: more than anybody reads on a page. */
const mostTextBytes = 256 * 1024

/** What tells which parts aren't here, and why. */
export interface Rules {
  readonly policy: Policy
  /** How long so many bytes would take, and what they would cost, as far as the line is known. */
  readonly estimate: (bytes: number) => Estimate
}

/** A message as it is read. Throws NOT_FOUND. */
export async function shownMessage(account: Account, guid: Guid, rules: Rules): Promise<ShownMessage> {
  const { message, content } = await findMessage(account, guid)
  const { texts } = await readTexts(account, content, mostTextBytes)
  const standing = await readStructure(account, content)
  return {
    ...messageRow(message, content, 0),
    ...(await addressed(account, envelopeOf(content), wholeHeader(standing))),
    texts,
    parts: await shownParts(account, { message, content, standing }, rules),
  }
}

/** A part that is here, decoded. Throws NOT_FOUND. */
export async function partBytes(account: Account, guid: Guid, part: number): Promise<PartBytes> {
  const { content } = await findMessage(account, guid)
  const about = outlineOfContent(content)?.parts[part]
  const open = about && (await openPieces(account, content))
  try {
    const source = await open?.source(part)
    if (!about || !source)
      throw new PacketboatError('NOT_FOUND', "This part isn't here.", 'Ask for it, and sync.')
    const { type, name, charset } = about
    const bytes = await source.read(0, about.size)
    return {
      type: cleanText(type, 100),
      ...(name !== undefined && { name: cleanText(name, 200) }),
      ...(charset !== undefined && { charset }),
      bytes: new Uint8Array(bytes),
    }
  } finally {
    await open?.close()
  }
}

async function findMessage(
  { replica: { db } }: Account,
  guid: Guid,
): Promise<{ readonly message: MessageRecord; readonly content: ContentRecord }> {
  const message = await getMessage(db, guid)
  const content = isLive(message) ? await getContent(db, message.content) : undefined
  if (!isLive(message) || !content)
    throw new PacketboatError('NOT_FOUND', 'This message is gone.', 'Look at the list again.')
  return { message, content }
}

async function shownParts(
  account: Account,
  {
    message,
    content,
    standing,
  }: {
    readonly message: MessageRecord
    readonly content: ContentRecord
    readonly standing: Standing | undefined
  },
  { policy, estimate }: Rules,
): Promise<ShownPart[]> {
  const { db } = account.replica
  const waiting = content.whole
    ? []
    : await missingParts(db, message, content, policy, await wishesWaiting(db))
  return (outlineOfContent(content)?.parts ?? []).map(({ type, name, size }, part) => {
    const lacking = waiting.find((each) => each.part === part)
    const contentId = standing && contentIdOf(standing.skeleton, standing.structure, part)
    return {
      part,
      type: cleanText(type, 100),
      ...(name !== undefined && { name: cleanText(name, 200) }),
      ...(contentId !== undefined && { contentId }),
      sizeBytes: size,
      ...(lacking ? howItWaits(lacking, estimate) : { heldBytes: size, state: 'here' as const }),
    }
  })
}

export function howItWaits(
  { sizeBytes, heldBytes, state }: Pick<WaitingPart, 'sizeBytes' | 'heldBytes' | 'state'>,
  estimate: Rules['estimate'],
): Pick<ShownPart, 'heldBytes' | 'state' | 'seconds' | 'cost'> {
  const { seconds, cost } = estimate(sizeBytes - heldBytes)
  return { heldBytes, state, ...(seconds !== undefined && { seconds }), ...(cost && { cost }) }
}

interface Standing {
  readonly skeleton: Skeleton
  readonly structure: Uint8Array
}

/** The header at the beginning. Undefined for one that is cut, whose last address would be cut, too. */
function wholeHeader(standing: Standing | undefined): Uint8Array | undefined {
  return standing && standing.structure.length === hotSize(standing.skeleton) ? standing.structure : undefined
}

/** Header and all else between the parts, where that is here. */
async function readStructure(account: Account, content: ContentRecord): Promise<Standing | undefined> {
  const open = await openPieces(account, content)
  if (!open) return undefined
  try {
    const structure = await structureHere(open)
    return structure && { skeleton: open.skeleton, structure }
  } finally {
    await open.close()
  }
}
