import { firstText } from '../../mime/first-text.js'
import { isSentToMany } from '../../mime/headers/sent-to-many.js'
import { decodeOutline, type Outline, outlineOf } from '../../mime/outline.js'
import { decodeText, flowOf, partText, transferEncodingOf } from '../../mime/part-text.js'
import { decodeSkeleton } from '../../mime/skeleton-codec.js'
import { fileKind } from '../../mime/stand-in/file-kind.js'
import { foldText, isMostlyAddresses } from '../../mime/stand-in/fold-text.js'
import { fileGistText, gistBytes, gistBytesOfMany, gistText } from '../../mime/stand-in/gist-text.js'
import { getContent, putContent } from '../../replica/content/contents.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord, GistRecord } from '../../replica/records.js'
import type { Account } from '../account.js'
import { isOfOneItem } from '../error-scope.js'
import { mostGistedBytes } from '../policy/policy.js'
import { heldPieces, openPieces, structureHere } from './open-pieces.js'

/** What a person reads of a message, as far as it is here. */
export interface MessageText {
  readonly texts: readonly ReadText[]
  /**
   * Indexes of the text parts that are not here, including those of which only the gist is here (the gist is
   * among the texts). Undefined for a message of which nothing is known.
   */
  readonly missing: readonly number[] | undefined
}

export interface ReadText {
  readonly part: number
  readonly text: string
  /** The text goes on after what was asked for. */
  readonly cut: boolean
  /** Its lines go on (`flowOf`). */
  readonly flowed?: { readonly deleteSpace: boolean }
  /** The text is a gist that the upstream made of the part. */
  readonly gist?: true
}

/** What is known of a content's parts: from its list entry, or from itself. */
export function outlineOfContent({ outline, skeleton }: ContentRecord): Outline | undefined {
  if (outline) return decodeOutline(outline)
  return skeleton && outlineOf(decodeSkeleton(skeleton))
}

export interface WhichTexts {
  /** Default: what is shown first. */
  readonly parts?: readonly number[]
  /** A message that shows the content, where the caller knows one. */
  readonly likely?: Guid | undefined
}

/**
 * Reads the texts that are shown first, or the given parts, up to a number of bytes of each. Text that can't
 * be read now counts as missing. Throws the store's errors, and those of a mail store that is away.
 */
export async function readTexts(
  account: Account,
  content: ContentRecord,
  mostBytes: number,
  { parts, likely }: WhichTexts = {},
): Promise<MessageText> {
  const outline = outlineOfContent(content)
  if (!outline) return { texts: [], missing: undefined }
  const wanted = parts ?? textsAndPage(outline, content)
  const gistOf = (part: number): ReadText[] =>
    content.gist?.part === part && content.gist.text !== ''
      ? [{ part, text: content.gist.text, cut: false, gist: true }]
      : []
  const how = likely === undefined ? {} : { likely }
  const open = wanted.length > 0 ? await openPieces(account, content, how) : undefined
  // Texts come before the structures of all mailboxes.
  const { source } = open ?? { source: heldPieces(account, content) }
  try {
    const structure = open && (await structureHere(open))
    const texts: ReadText[] = []
    const missing: number[] = []
    for (const part of wanted) {
      const about = open ? open.skeleton.parts[part] : outline.parts[part]
      const bytes = await (await source(part))?.read(0, mostBytes)
      if (!about || !bytes) {
        texts.push(...gistOf(part))
        missing.push(part)
      } else {
        const { type, charset, size } = about
        const transferEncoding = structure && transferEncodingOf(open.skeleton, structure, part)
        const flowed = structure && flowOf(open.skeleton, structure, part)
        const text = partText(bytes, {
          type,
          ...(charset !== undefined && { charset }),
          ...(transferEncoding && { transferEncoding }),
          isFlowed: flowed !== undefined,
        })
        texts.push({ part, text, cut: bytes.length < size, ...(flowed && { flowed }) })
      }
    }
    return { texts, missing }
  } finally {
    await open?.close()
  }
}

/** What is read first, and the page of which the text says more. */
function textsAndPage(outline: Outline, { gist, whole }: ContentRecord): readonly number[] {
  const texts = firstText(outline)
  return whole || !gist?.text || texts.includes(gist.part) ? texts : [...texts, gist.part]
}

/** Bytes that are read of a text or page; the rest of a longer one is left out. */
const textBytes = 1024 * 1024

/** A gist that takes more than this share of its part is no gain; nor is one that says less than so many times what comes beside it. */
const mostShare = 0.75
const leastTimes = 2

/** A newer one tries again where none could be made: it is one more whenever the program makes texts of more pages and files. */
const makerVersion = 2

/** A text says something if it has a letter or digit. Of a page that goes too deep or shows pictures alone, only dots or lines may be left. */
const telling = /[\p{L}\p{N}]/u

/** The gist of what is read first, empty where there is none. It is made once for a content, where all of it is, and kept with its record. */
export async function gistOf(account: Account, content: ContentRecord, part: number): Promise<string> {
  const { gist } = content
  if (gist?.part === part && isSettled(gist)) return gist.text
  const outline = content.whole ? outlineOfContent(content) : undefined
  const about = outline?.parts[part]
  const isPage = about?.type === 'text/html'
  if (!outline || !about || (isPage && !account.makeGist)) return ''
  const read = await readDecoded(account, content, part, textBytes)
  const all = read && decodeText(read.bytes, about.charset)
  const made = all && isPage ? await account.makeGist?.('page', new TextEncoder().encode(all)) : (all ?? '')
  if (made === undefined) return ''
  const isOfMany = (read && isSentToMany(read.structure)) || isMostlyAddresses(made)
  const clean = gistText(foldText(made), isOfMany ? gistBytesOfMany : gistBytes)
  const said = firstText(outline).reduce((sum, text) => sum + (text === part ? 0 : sizeOf(outline, text)), 0)
  const { length } = new TextEncoder().encode(clean)
  const isGain =
    telling.test(clean) && length <= mostShare * sizeOf(outline, part) && length >= leastTimes * said
  const text = isGain ? clean : ''
  await keep(account, content, () => ({ gist: { part, ...settled(text) } }))
  return text
}

/** What a file says, empty where it says nothing; made and kept in the same way. */
export async function fileGistOf(account: Account, content: ContentRecord, part: number): Promise<string> {
  const known = content.fileGists?.[part]
  if (known && isSettled(known)) return known.text
  const outline = content.whole ? outlineOfContent(content) : undefined
  const about = outline?.parts[part]
  const kind = about && fileKind(about)
  if (!kind || !account.makeGist) return ''
  const read = await readDecoded(account, content, part, mostGistedBytes)
  const made = read ? await account.makeGist(kind, read.bytes) : ''
  if (made === undefined) return ''
  const clean = fileGistText(kind, made)
  const text = telling.test(clean) ? clean : ''
  await keep(account, content, ({ fileGists }) => ({ fileGists: { ...fileGists, [part]: settled(text) } }))
  return text
}

type Made = Omit<GistRecord, 'part'>

const isSettled = ({ text, maker }: Made): boolean => text !== '' || maker === makerVersion

/** That no gist could be made is kept, too, so that the same maker doesn't spend the time twice. */
const settled = (text: string): Made => ({ text, ...(text === '' && { maker: makerVersion }) })

async function keep(
  { replica }: Account,
  { id }: ContentRecord,
  change: (current: ContentRecord) => Partial<ContentRecord>,
): Promise<void> {
  await replica.db.transact(async (tx) => {
    const current = await getContent(tx, id)
    if (current?.whole) putContent(tx, { ...current, ...change(current) })
  })
}

const sizeOf = ({ parts }: Outline, part: number): number => parts[part]?.size ?? 0

/** Reads so many bytes of a part. Undefined where the part can't be read, or its encoding couldn't be undone. */
async function readDecoded(
  account: Account,
  content: ContentRecord,
  part: number,
  mostBytes: number,
): Promise<{ readonly bytes: Uint8Array; readonly structure: Uint8Array } | undefined> {
  try {
    const open = await openPieces(account, content)
    if (!open) return undefined
    try {
      const { skeleton } = open
      const structure = await structureHere(open)
      if (!structure || transferEncodingOf(skeleton, structure, part)) return undefined
      const bytes = await (await open.source(part))?.read(0, mostBytes)
      return bytes && { bytes, structure }
    } finally {
      await open.close()
    }
  } catch (error) {
    // It is sent as it is, and whoever reads it then says what is wrong.
    if (isOfOneItem(error)) return undefined
    throw error
  }
}
