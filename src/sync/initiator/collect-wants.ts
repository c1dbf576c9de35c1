import { decodeSkeleton } from '../../mime/skeleton-codec.js'
import { getContent } from '../../replica/content/contents.js'
import { liveMessagesOf } from '../../replica/content/messages-of-content.js'
import { rangesOf } from '../../replica/ids/uid-ranges.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord, MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import { heedWishes, isDeclined } from '../../replica/wishes.js'
import { blobSize } from '../../store/blob.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { WantedGist, WantedPart, Wants } from '../../wire/wants-frame.js'
import { partBlob } from '../content/content-access.js'
import { awaitsDigest } from '../content/content-shape.js'
import { structurePiece } from '../content/piece.js'
import { pieceSize } from '../content/receive-piece.js'
import { Shapes } from '../content/shapes.js'
import type { Policy, Tiers } from '../policy/policy.js'
import { gistPartOfMessage, tiersOfContent } from '../policy/tiers.js'
import { byUsefulness, type Useful } from '../policy/useful-first.js'

/** Wanted parts, or ranges of UIDs, in one frame. */
const wantsPerFrame = 2000

/** Each takes time where it is made, and a minute is all that an answer waits for them; the rest is asked for in the next run. */
const gistsPerExchange = 500

/** A part that is asked for, and what decides when it comes. */
interface Want {
  readonly mailbox: Guid
  readonly part: WantedPart
  /** For what comes by the rules; what a person waits for goes first. */
  readonly tier: number
  readonly useful: Useful
}

const byTurn = (a: Want, b: Want): number => a.tier - b.tier || byUsefulness(a.useful, b.useful)

interface OfMailbox {
  readonly tiers: number[][]
  readonly parts: WantedPart[]
  readonly gists: WantedGist[]
}

/** What was listed earlier and should be here by the policy or by explicit wish, and isn't. */
export async function collectWants(
  tx: Transaction,
  { policy, withoutWanted }: { readonly policy: Policy; readonly withoutWanted: boolean },
): Promise<Wants[]> {
  await heedWishes(tx)
  const reader: Reader = tx
  const byMailbox = new Map<Guid, OfMailbox>()
  const wantsOf = (mailbox: Guid): OfMailbox => {
    const wants = byMailbox.get(mailbox) ?? { tiers: [[], [], []], parts: [], gists: [] }
    byMailbox.set(mailbox, wants)
    return wants
  }
  const shapes = new Shapes()
  const single = new Map<string, Want>()
  const want = async (content: ContentRecord, message: MessageRecord, part: number, tier: number) => {
    const { mailbox, upstream, flags } = message
    const offset = await blobSize(reader, partBlob(content.id, part))
    const useful = { flags, number: upstream, bytes: (pieceSize(content, part, shapes) ?? 0) - offset }
    const asked = {
      message: upstream,
      part,
      offset,
      urgent: tier === 0,
      named: shapes.skeleton(content)?.parts[part]?.digest !== undefined,
    }
    single.set(`${mailbox}/${upstream}/${part}`, { mailbox, part: asked, tier, useful })
  }
  for await (const { key } of tables.expected.list(reader)) {
    const lacking = await lackingPieces(reader, key[0])
    if (!lacking) continue
    const { content, message } = lacking
    const { tiers } = wantsOf(message.mailbox)
    const byPolicy = await tiersOfContent(reader, content, policy, shapes)
    if (!byPolicy) tiers[0]?.push(message.upstream)
    else {
      // Of a page that is too long for the rules, the text comes before all else.
      const lacksGist =
        !content.gist && (await gistPartOfMessage(reader, content, message, policy, shapes)) !== undefined
      const { byTier, parts } = restOf(content, byPolicy, lacksGist)
      if (byTier !== undefined) tiers[byTier]?.push(message.upstream)
      for (const { part, tier } of parts)
        if (byTier === undefined || (await blobSize(reader, partBlob(content.id, part))) > 0)
          await want(content, message, part, tier)
    }
  }
  for await (const { key } of tables.unknown.list(tx)) {
    wantsOf(key[0]).tiers[0]?.push(key[1])
    tables.unknown.put(tx, ...key, { asked: true })
  }
  for await (const { key } of withoutWanted ? [] : tables.wanted.list(reader)) {
    const lacking = await lackingPieces(reader, key[0])
    if (lacking) await want(lacking.content, lacking.message, key[1], 0)
  }
  await askGists(tx, withoutWanted, wantsOf)
  for (const { mailbox, part } of [...single.values()].sort(byTurn)) wantsOf(mailbox).parts.push(part)
  return [...byMailbox].flatMap(([mailbox, { tiers, parts, gists }]) => [
    ...splitWants(gists).map((some) => ({ mailbox, tiers: [], parts: [], gists: some })),
    ...tiers.flatMap((numbers, tier) =>
      splitWants(rangesOf(numbers)).map((messages) => ({ mailbox, tiers: [{ tier, messages }], parts: [] })),
    ),
    ...splitWants(parts).map((some) => ({ mailbox, tiers: [], parts: some })),
  ])
}

/** What somebody wants to hear of parts that aren't here; it is noted that it was asked for. */
async function askGists(
  tx: Transaction,
  withoutWanted: boolean,
  wantsOf: (mailbox: Guid) => OfMailbox,
): Promise<void> {
  let asked = 0
  for await (const { key } of tables.wantedGist.list(tx)) {
    const [id, part] = key
    const lacking = await lackingPieces(tx, id)
    if (!lacking || lacking.content.held.includes(part)) {
      tables.wantedGist.delete(tx, ...key)
      continue
    }
    const isAsked = !withoutWanted && asked++ < gistsPerExchange
    tables.wantedGist.put(tx, ...key, { asked: isAsked })
    const { mailbox, upstream } = lacking.message
    if (isAsked) wantsOf(mailbox).gists.push({ message: upstream, part })
  }
}

function splitWants<T>(list: readonly T[]): T[][] {
  const pieces: T[][] = []
  for (let at = 0; at < list.length; at += wantsPerFrame) pieces.push(list.slice(at, at + wantsPerFrame))
  return pieces
}

/** A content of which not all is here, with a message by which the upstream knows it. */
async function lackingPieces(
  reader: Reader,
  id: Guid,
): Promise<{ readonly content: ContentRecord; readonly message: MessageRecord } | undefined> {
  const content = await getContent(reader, id)
  if (!content || content.whole) return undefined
  for await (const message of liveMessagesOf(reader, id))
    if (message.upstream > 0) return { content, message }
  return undefined
}

/**
 * What to ask for of a content: by its tier until its skeleton is here or one of its parts has been declined,
 * then part by part. Asked for by its tier, a message brings everything that the policy lets through.
 */
function restOf(
  content: ContentRecord,
  tiers: Tiers,
  lacksGist: boolean,
): { readonly byTier?: 1 | 2; readonly parts: readonly { readonly part: number; readonly tier: number }[] } {
  const missing = tiers.flatMap((tier, part) =>
    tier === undefined || content.held.includes(part) || isDeclined(content, part) ? [] : [{ part, tier }],
  )
  // From its end on: that is to say, its skeleton with the digest.
  if (awaitsDigest(content) && content.skeleton)
    return { parts: [{ part: structurePiece(decodeSkeleton(content.skeleton)), tier: 3 }] }
  if (content.skeleton || content.declined) return { parts: missing }
  const texts = missing.filter(({ tier }) => tier === 1)
  return { byTier: texts.length > 0 || lacksGist ? 1 : 2, parts: texts }
}
