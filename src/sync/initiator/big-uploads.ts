import type { Skeleton } from '../../mime/skeleton.js'
import { decodeSkeleton } from '../../mime/skeleton-codec.js'
import { getContent, indexedPartBytes } from '../../replica/content/contents.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord, UploadRecord } from '../../replica/records.js'
import type { SubmissionRecord } from '../../replica/submission/submission.js'
import { type Bearer, getBearer, getSubmission } from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { isAllHere } from '../content/content-shape.js'
import { partOfUpstream } from '../content/known-parts.js'
import { pieceSizes } from '../content/piece.js'
import { SaidParts, type SharedHistory } from '../policy/shared-history.js'

/** Bytes that go up with the first request. Another exchange costs some 400 bytes and a round trip: little beside this. */
export const smallUploadBytes = 16 * 1024

/** Content that is here and is to go up: of a message, or of mail that is to be sent. */
export interface Upload {
  readonly bearer: Bearer
  /** Where it is mail to be sent: its submission. */
  readonly submission?: SubmissionRecord
  readonly content: ContentRecord
  readonly upload: UploadRecord
}

export async function* listUploads(reader: Reader): AsyncGenerator<Upload> {
  for await (const { key, value: upload } of tables.upload.list(reader)) {
    const bearer = await getBearer(reader, key[0])
    const content = bearer?.isLive ? await getContent(reader, bearer.content) : undefined
    if (!bearer || !content || !isAllHere(content)) continue
    const submission = bearer.kind === 'submission' ? await getSubmission(reader, bearer.guid) : undefined
    yield { bearer, content, upload, ...(submission && { submission }) }
  }
}

/**
 * Whether more than this many bytes are to go up, so that they would delay the answer, and with it new mail.
 * Content that the upstream may already have doesn't count.
 */
export async function hasBigUploads(
  reader: Reader,
  smallBytes: number,
  shared: SharedHistory,
): Promise<boolean> {
  const gone = new GoneUp(reader, shared)
  let bytes = 0
  for await (const { content, upload } of listUploads(reader)) {
    if (!upload.waits) bytes += await bytesUp(reader, content, gone)
    if (bytes > smallBytes) return true
  }
  return false
}

/** The uploads that come first, up to so many bytes in sum. */
export async function smallOnes(
  reader: Reader,
  uploads: readonly Upload[],
  most: number,
  shared: SharedHistory,
): Promise<Upload[]> {
  const small: Upload[] = []
  const gone = new GoneUp(reader, shared)
  let bytes = 0
  for (const upload of uploads) {
    bytes += await bytesUp(reader, upload.content, gone)
    if (bytes > most) break
    small.push(upload)
  }
  return small
}

/** Decoded bytes of a content that must go up: all but what is only named. Adds them to what has gone. */
async function bytesUp(reader: Reader, content: ContentRecord, gone: GoneUp): Promise<number> {
  if (!content.skeleton) return 0
  const skeleton = decodeSkeleton(content.skeleton)
  let bytes = 0
  for (const [piece, size] of pieceSizes(skeleton).entries()) {
    if (!(await isNamedUp(reader, content, skeleton, piece, gone))) bytes += size
    gone.add(content, skeleton, piece)
  }
  return bytes
}

/** Parts that went up with uploads before: in others, and a second time in the same one, their digest says which they are. */
export class GoneUp {
  private readonly said: SaidParts

  constructor(
    reader: Reader,
    readonly shared: SharedHistory,
  ) {
    this.said = new SaidParts(reader, shared)
  }

  add({ id }: ContentRecord, { parts }: Skeleton, piece: number): void {
    const { digest, size = 0 } = parts[piece] ?? {}
    if (digest !== undefined && size >= indexedPartBytes) this.said.add(digest, id)
  }

  serves(digest: string, content: Guid): Promise<boolean> {
    return this.said.serves(digest, content)
  }
}

/** Whether the upstream has a piece in other mail, or will when it is told of this one, so that its digest is enough. */
export async function isNamedUp(
  reader: Reader,
  { id }: ContentRecord,
  skeleton: Skeleton,
  piece: number,
  gone: GoneUp,
): Promise<boolean> {
  const digest = skeleton.parts[piece]?.digest
  if (digest === undefined) return false
  return (await gone.serves(digest, id)) || (await partOfUpstream(reader, digest, id, gone.shared))
}
