import { concat } from '../../bytes/concat.js'
import { checkSkeleton } from '../../mime/check-skeleton.js'
import { parseBegunEnvelope, parseEnvelope } from '../../mime/headers/envelope.js'
import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { encodeOutline, outlineOf } from '../../mime/outline.js'
import { sameShape } from '../../mime/same-shape.js'
import type { Skeleton } from '../../mime/skeleton.js'
import { decodeSkeleton, encodeSkeleton } from '../../mime/skeleton-codec.js'
import { fileKind } from '../../mime/stand-in/file-kind.js'
import { fileGistText, gistText, gistTypes, mostFileGists } from '../../mime/stand-in/gist-text.js'
import { getContent, putContent } from '../../replica/content/contents.js'
import { messagesOf } from '../../replica/content/messages-of-content.js'
import { isLive } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import { appendBlob, blobSize, blobSource } from '../../store/blob.js'
import type { Reader, Transaction } from '../../store/database.js'
import { protocolError } from '../../wire/values.js'
import { partBlob } from './content-access.js'
import { awaitsDigest, startAnew } from './content-shape.js'
import { type Arriving, digestHeld, indexParts } from './part-digest.js'
import { pieceSizes, restPiece, structurePiece } from './piece.js'
import type { Shapes } from './shapes.js'
import { learnEnvelope } from './thread.js'

/** Content that arrives piece by piece, in either direction. Each function is one step of a transaction. */

/** The size that a piece will have, once that is known: parts by outline or skeleton, the rest by the skeleton. */
export function pieceSize(content: ContentRecord, part: number, shapes: Shapes): number | undefined {
  const skeleton = shapes.skeleton(content)
  return skeleton ? pieceSizes(skeleton)[part] : shapes.outline(content)?.parts[part]?.size
}

/**
 * Takes in a skeleton; tier 2 begins with it. One that contradicts what was announced is an error. A second
 * one changes nothing, unless the first lacked its digest or they differ.
 */
export async function receiveSkeleton(
  tx: Transaction,
  arriving: Arriving,
  content: ContentRecord,
  encoded: Uint8Array,
  structure: Uint8Array,
): Promise<ContentRecord> {
  if (content.whole) return content
  const skeleton = decodeSkeleton(encoded)
  const known = arriving.shapes.skeleton(content)
  // The other side takes it apart in another way than when its pieces began to come: by those, its numbers mean something else.
  if (known && content.digest !== undefined && !sameShape(known, skeleton))
    return receiveSkeleton(tx, arriving, await startAnew(tx, content), encoded, structure)
  if (known) {
    const proved = content.digest === undefined ? await learnDigest(tx, content, known, skeleton) : content
    return receiveChunk(tx, arriving, proved, structurePiece(known), 0, structure)
  }
  checkSkeleton(skeleton)
  const { digest = skeleton.digest, sizeBytes } = content
  const announcedSize = content.digest === undefined ? skeleton.size : sizeBytes
  if ((skeleton.digest !== undefined && digest !== skeleton.digest) || announcedSize !== skeleton.size)
    throw protocolError('a skeleton of another content than announced')
  const announced = arriving.shapes.outline(content)?.parts
  if (announced?.some((part, i) => part.size !== skeleton.parts[i]?.size))
    throw protocolError('a skeleton that contradicts what was listed')
  const record = putContent(
    tx,
    await digestHeld(tx, arriving, {
      ...content,
      sizeBytes: skeleton.size,
      ...(digest !== undefined && { digest }),
      skeleton: encoded,
      outline: content.outline ?? encodeOutline(outlineOf(skeleton)),
      progress: content.progress + 1,
    }),
    content,
  )
  indexParts(tx, record.id, skeleton)
  return receiveChunk(tx, arriving, record, structurePiece(skeleton), 0, structure)
}

/** The other side has read the whole message since it sent the skeleton: learns the digest that proves it. */
async function learnDigest(
  tx: Transaction,
  content: ContentRecord,
  known: Skeleton,
  now: Skeleton,
): Promise<ContentRecord> {
  if (now.digest === undefined) return content
  if (!sameShape(known, now)) throw protocolError('a skeleton that contradicts the one before')
  await showAgain(tx, content)
  return putContent(tx, {
    ...content,
    digest: now.digest,
    skeleton: encodeSkeleton({ ...known, digest: now.digest }),
    progress: content.progress + 1,
  })
}

/**
 * Takes in a run of a piece's bytes. Bytes that are already here are skipped, so a chunk that comes twice
 * does no harm. A run that would leave a gap is skipped too, and asked for again.
 */
export async function receiveChunk(
  tx: Transaction,
  arriving: Arriving,
  content: ContentRecord,
  part: number,
  offset: number,
  bytes: Uint8Array,
): Promise<ContentRecord> {
  const size = pieceSize(content, part, arriving.shapes)
  if (content.whole || content.held.includes(part) || size === undefined) return content
  const blob = partBlob(content.id, part)
  const have = await blobSize(tx, blob)
  if (offset > have) return content
  const news = bytes.subarray(have - offset)
  if (have + news.length > size) throw protocolError('more bytes of a part than it has')
  if (news.length > 0) await appendBlob(tx, blob, news)
  if (have + news.length < size) return content
  return holdPiece(tx, arriving, content, part)
}

/** A piece is complete: there is more to show. */
async function holdPiece(
  tx: Transaction,
  arriving: Arriving,
  content: ContentRecord,
  part: number,
): Promise<ContentRecord> {
  const envelope = await arrivedEnvelope(tx, arriving.shapes, content, part)
  const record = putContent(
    tx,
    await digestHeld(tx, arriving, {
      ...content,
      ...(envelope && { envelope }),
      held: [...content.held, part].sort((a, b) => a - b),
      progress: content.progress + 1,
    }),
    content,
  )
  tables.wanted.delete(tx, content.id, part)
  // What proves it is still to come, though nothing else is wanted of it.
  if (awaitsDigest(record, arriving.shapes)) tables.expected.put(tx, content.id, true)
  await showAgain(tx, content)
  return record
}

/** What a part says, to be read while that isn't here. */
export async function receiveGist(
  tx: Transaction,
  { shapes }: Arriving,
  content: ContentRecord,
  part: number,
  text: string,
): Promise<ContentRecord> {
  const about = shapes.outline(content)?.parts[part]
  tables.wantedGist.delete(tx, content.id, part)
  if (content.whole || content.held.includes(part) || !about) return content
  const isText = gistTypes.includes(about.type)
  const kind = fileKind(about)
  const { fileGists = {} } = content
  if (!isText && kind === undefined) throw protocolError(`a gist of what is ${about.type}`)
  if (!isText && !(part in fileGists) && Object.keys(fileGists).length >= mostFileGists) return content
  await showAgain(tx, content)
  return putContent(tx, {
    ...content,
    ...(isText || kind === undefined
      ? { gist: { part, text: gistText(text) } }
      : { fileGists: { ...fileGists, [part]: { text: fileGistText(kind, text) } } }),
    progress: content.progress + 1,
  })
}

async function showAgain(tx: Transaction, content: ContentRecord): Promise<void> {
  for (const message of await messagesOf(tx, content.id))
    if (isLive(message)) tables.todo.put(tx, message.mailbox, message.guid, true)
}

/**
 * Reads the envelope from the header once the structure is complete with this piece. A message that travels
 * as one opaque piece has no header to read.
 */
async function arrivedEnvelope(
  tx: Transaction,
  shapes: Shapes,
  content: ContentRecord,
  part: number,
): Promise<Uint8Array | undefined> {
  const skeleton = shapes.skeleton(content)
  const pieces = skeleton ? [structurePiece(skeleton), restPiece(skeleton)] : []
  if (!pieces.includes(part)) return undefined
  const bytes: Uint8Array[] = []
  for (const piece of pieces) {
    if (piece === undefined || (piece !== part && !content.held.includes(piece))) break
    const source = await blobSource(tx, partBlob(content.id, piece))
    bytes.push(await source.read(0, source.size))
  }
  const structure = concat(bytes)
  if (structure.length === 0 && content.envelope) return undefined
  const isAll = bytes.length === pieces.filter((piece) => piece !== undefined).length
  const listed = isAll ? undefined : content.envelope && decodeEnvelope(content.envelope)
  const envelope = listed ? parseBegunEnvelope(structure, listed) : parseEnvelope(structure)
  return learnEnvelope(tx, content.id, envelope)
}

/** How much of each piece is here; empty while the skeleton is missing. */
export async function heldPieces(tx: Reader, content: ContentRecord): Promise<number[]> {
  if (!content.skeleton) return []
  const held: number[] = []
  for (const [part, size] of pieceSizes(decodeSkeleton(content.skeleton)).entries())
    held.push(content.held.includes(part) ? size : await blobSize(tx, partBlob(content.id, part)))
  return held
}

/** The content of a message, created empty when a message was only named so far. */
export async function contentOf(tx: Transaction, id: Guid): Promise<ContentRecord> {
  return (
    (await getContent(tx, id)) ??
    putContent(tx, { id, sizeBytes: 0, held: [], whole: false, progress: 0, upstreamHas: true })
  )
}
