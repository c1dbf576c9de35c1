import type { ByteSource } from '../../bytes/source.js'
import { partSource } from '../../mime/read-part.js'
import { decodeSkeleton } from '../../mime/skeleton-codec.js'
import { getContent, type PartPlace, placesLimit, placesOfPart } from '../../replica/content/contents.js'
import { messagesOf } from '../../replica/content/messages-of-content.js'
import { knowsMessage } from '../../replica/cursor.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord, Cursor } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import { blobSize, blobSource } from '../../store/blob.js'
import type { Reader } from '../../store/database.js'
import { inPages } from '../../store/table.js'
import type { Wants } from '../../wire/wants-frame.js'
import type { Account } from '../account.js'
import { isOfOneItem } from '../error-scope.js'
import type { Policy } from '../policy/policy.js'
import { mayServeContent, type SharedHistory } from '../policy/shared-history.js'
import { hasStayed, openContent, partBlob } from './content-access.js'
import type { MessageTiers } from './message-tiers.js'
import { receiveChunk } from './receive-piece.js'
import { isSatisfied } from './satisfied.js'
import { Shapes } from './shapes.js'

/**
 * A part that both sides hold in some message crosses the line once. In every other message its digest, which
 * stands in the skeleton, identifies it: the receiver copies it from what it holds, and asks for it by number
 * if it turns out not to have it.
 */

/** Bytes that are copied in one transaction. */
const copyBytes = 256 * 1024

/**
 * Where parts are held that many contents lack: a company's logo stands in all of its mail. Each place is looked at
 * once, and the next one who lacks the part goes on from there.
 */
export class PartSources {
  private readonly byDigest = new Map<string, { readonly held: PartPlace[]; after?: Guid; ended?: true }>()

  /** Those that are held as far as is known, then others, of which `note` hears. */
  async *places(reader: Reader, digest: string): AsyncGenerator<PartPlace> {
    const known = this.of(digest)
    yield* [...known.held]
    for (let looked = 0; !known.ended && looked < mostLooked; ) {
      let page = 0
      for await (const place of placesOfPart(reader, digest, known.after)) {
        page++
        known.after = place.content
        yield place
      }
      looked += page
      if (page < placesLimit) known.ended = true
    }
  }

  note(digest: string, { content, part }: PartPlace): void {
    const { held } = this.of(digest)
    if (held.length < mostHeld && !held.some((other) => other.content === content))
      held.push({ content, part })
  }

  /** It isn't there any more. */
  drop(digest: string, { content }: PartPlace): void {
    const { held } = this.of(digest)
    const index = held.findIndex((other) => other.content === content)
    if (index >= 0) held.splice(index, 1)
  }

  private of(digest: string) {
    const known = this.byDigest.get(digest) ?? { held: [] }
    this.byDigest.set(digest, known)
    return known
  }
}

/** Places that are looked at for one content, and that are remembered for one part: anybody can send ten thousand with the same part. */
const mostLooked = 10_000
const mostHeld = 100

/** Completes what is lacking of a content with parts that stand in other mail here. */
export async function takeKnownParts(
  account: Account,
  id: Guid,
  shared: SharedHistory,
  sources = new PartSources(),
): Promise<void> {
  const { db } = account.replica
  const content = await getContent(db, id)
  if (!content?.skeleton || content.whole) return
  const { parts } = decodeSkeleton(content.skeleton)
  const arriving = { createHash: account.createHash, shapes: new Shapes() }
  for (const [part, { digest, size }] of parts.entries()) {
    const { held = [] } = (await getContent(db, id)) ?? {}
    if (digest === undefined || held.includes(part)) continue
    // An invitation stands in its mail twice, as an alternative and as a file.
    const twin = parts.findIndex((other, index) => other.digest === digest && held.includes(index))
    const source =
      twin < 0
        ? await openPart(account, digest, { except: id, shared, sources })
        : await openBlob(account, partBlob(id, twin))
    if (!source) continue
    try {
      for (let at = await blobSize(db, partBlob(id, part)); at < size; ) {
        const bytes = await source.read(at, Math.min(copyBytes, size - at))
        if (bytes.length === 0) break
        await db.transact(async (tx) => {
          const current = await getContent(tx, id)
          if (current) await receiveChunk(tx, arriving, current, part, at, bytes)
        })
        at += bytes.length
      }
      sources.note(digest, { content: id, part })
    } catch (error) {
      // The mail that it was copied from has gone, or can't be read: the rest comes over the line.
      if (!isOfOneItem(error)) throw error
    } finally {
      await source.close()
    }
  }
}

/**
 * The same for all that the policy lets through, or that somebody wants, and that isn't here yet. The signal
 * ends it between two of them.
 */
export async function takeExpectedParts(
  account: Account,
  policy: Policy,
  signal?: AbortSignal,
): Promise<void> {
  const { db } = account.replica
  const sources = new PartSources()
  const take = async (content: Guid): Promise<void> => {
    signal?.throwIfAborted()
    await takeKnownParts(account, content, policy.sharedHistory, sources)
  }
  for await (const { key } of tables.wanted.list(db)) await take(key[0])
  for await (const page of inPages(tables.expected.list(db))) {
    for (const { key } of page) await take(key[0])
    await db.transact(async (tx) => {
      for (const { key } of page) {
        const content = await getContent(tx, key[0])
        if (content && (await isSatisfied(tx, content, policy))) tables.expected.delete(tx, key[0])
      }
    })
  }
}

type OpenPart = Pick<ByteSource, 'read'> & { close(): Promise<void> }

async function openBlob({ replica }: Account, blob: string): Promise<OpenPart> {
  const source = await blobSource(replica.db, blob)
  return { read: (offset, length) => source.read(offset, length), close: async () => {} }
}

async function openPart(
  account: Account,
  digest: string,
  {
    except,
    shared,
    sources,
  }: { readonly except: Guid; readonly shared: SharedHistory; readonly sources: PartSources },
): Promise<OpenPart | undefined> {
  const { db } = account.replica
  for await (const place of sources.places(db, digest)) {
    const { content: id, part } = place
    const content = id === except ? undefined : await getContent(db, id)
    if (!content?.skeleton) continue
    const skeleton = decodeSkeleton(content.skeleton)
    // The index names one of its parts: the same may stand in it twice, and be here once.
    const held = skeleton.parts.findIndex(
      (other, index) => other.digest === digest && content.held.includes(index),
    )
    if (held < 0 && !content.whole) continue
    sources.note(digest, place)
    if (!(await mayServeContent(db, shared, except, id))) continue
    if (held >= 0) return openBlob(account, partBlob(id, held))
    const open = await openContent(account, content)
    if (!open) continue
    const source = partSource(open, skeleton, part)
    const isIt = await isStillThere(account, source, digest)
    if (isIt) return { read: (offset, length) => source.read(offset, length), close: () => open.close() }
    await open.close()
    sources.drop(digest, place)
    // What has been written into is read to its end, and named for what it is.
    if (isIt === false) await (await openContent(account, content, { prove: true }))?.close()
  }
  return undefined
}

/** Whether the bytes of a part in a file still have this digest: a program may have written into the file. Undefined where they can't be read. */
async function isStillThere(
  account: Account,
  part: ByteSource,
  digest: string,
): Promise<boolean | undefined> {
  try {
    return await hasStayed(account, { digest }, part)
  } catch (error) {
    if (!isOfOneItem(error)) throw error
    return undefined
  }
}

/** Whether the upstream has this part in another content, so that naming it is enough. */
export async function partOfUpstream(
  reader: Reader,
  digest: string,
  except: Guid,
  shared: SharedHistory,
): Promise<boolean> {
  for await (const { content } of placesOfPart(reader, digest))
    if (
      content !== except &&
      (await getContent(reader, content))?.upstreamHas &&
      (await mayServeContent(reader, shared, except, content))
    )
      return true
  return false
}

/** What a device says of what it holds. */
interface Asking {
  readonly device: Guid
  readonly cursor: Cursor
  readonly wants: readonly Wants[]
  readonly policy: Policy
  readonly tiers: MessageTiers
}

/** Whether a device holds this part in another content: as far as its cursor, its wants and its policy say. */
export async function partOfDevice(
  reader: Reader,
  digest: string,
  except: Guid,
  asks: Asking,
): Promise<boolean> {
  for await (const { content: id, part } of placesOfPart(reader, digest)) {
    const content = id === except ? undefined : await getContent(reader, id)
    const serves = content && (await mayServeContent(reader, asks.policy.sharedHistory, except, id))
    if (serves && (await hasPart(reader, content, part, asks))) return true
  }
  return false
}

async function hasPart(reader: Reader, content: ContentRecord, part: number, asks: Asking): Promise<boolean> {
  for (const message of await messagesOf(reader, content.id)) {
    if (message.expunged || message.hidden) continue
    if (message.origin === asks.device) return true
    if (!knowsMessage(asks.device, asks.cursor, message)) continue
    const lacks = asks.wants.some(
      ({ mailbox, tiers, parts }) =>
        mailbox === message.mailbox &&
        (parts.some((other) => other.message === message.number && other.part === part) ||
          tiers.some(({ messages }) =>
            messages.some(({ from, to }) => from <= message.number && message.number < to),
          )),
    )
    const tiers = lacks ? undefined : await asks.tiers.of(message, content)
    if (tiers?.[part] !== undefined) return true
  }
  return false
}
