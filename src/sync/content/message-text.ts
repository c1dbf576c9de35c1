import { firstText } from '../../mime/first-text.js'
import { mimeLimits } from '../../mime/limits.js'
import { decodeOutline, type Outline, outlineOf } from '../../mime/outline.js'
import { partText, transferEncodingOf } from '../../mime/part-text.js'
import { decodeSkeleton } from '../../mime/skeleton-codec.js'
import type { ContentRecord } from '../../replica/records.js'
import type { Account } from '../account.js'
import { openPieces } from './open-pieces.js'
import { structurePiece } from './piece.js'

/** What a person reads of a message, as far as it is here. */
export interface MessageText {
  readonly texts: readonly ReadText[]
  /** Parts with text that should be read and isn't here, by index; of a message of which nothing is known, undefined. */
  readonly missing: readonly number[] | undefined
}

export interface ReadText {
  readonly part: number
  readonly text: string
  /** There is more of it than was asked for. */
  readonly cut: boolean
}

/** What is known of a content's parts: from its list entry, or from itself. */
export function outlineOfContent({ outline, skeleton }: ContentRecord): Outline | undefined {
  if (outline) return decodeOutline(outline)
  return skeleton && outlineOf(decodeSkeleton(skeleton))
}

/**
 * The texts that are read first, or these parts, up to so many bytes of each. What can't be read now counts as missing. Throws errors of the
 * store and of a mail store that is away.
 */
export async function readTexts(
  account: Account,
  content: ContentRecord,
  mostBytes: number,
  parts?: readonly number[],
): Promise<MessageText> {
  const outline = outlineOfContent(content)
  if (!outline) return { texts: [], missing: undefined }
  const wanted = parts ?? firstText(outline)
  const open = wanted.length > 0 ? await openPieces(account, content) : undefined
  if (!open) return { texts: [], missing: wanted }
  try {
    const { skeleton } = open
    const structure = await (await open.source(structurePiece(skeleton)))?.read(0, mimeLimits.structureBytes)
    const texts: ReadText[] = []
    const missing: number[] = []
    for (const part of wanted) {
      const about = skeleton.parts[part]
      const bytes = await (await open.source(part))?.read(0, mostBytes)
      if (!about || !bytes) missing.push(part)
      else {
        const { type, charset, size } = about
        const transferEncoding = structure && transferEncodingOf(skeleton, structure, part)
        const text = await partText(bytes, {
          type,
          ...(charset !== undefined && { charset }),
          ...(transferEncoding && { transferEncoding }),
        })
        texts.push({ part, text, cut: bytes.length < size })
      }
    }
    return { texts, missing }
  } finally {
    await open.close()
  }
}
