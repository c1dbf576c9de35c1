import type { Digest } from '../bytes/hash.js'

/**
 * A message as alternating runs: structure 0, part 0, structure 1, part 1, ... structure n. Structure is
 * everything outside the bodies of leaves: headers, boundaries, preambles, epilogues, line ends before a
 * boundary. Runs and encoded parts, concatenated, are the message byte for byte.
 */
export interface Skeleton {
  /** Of the whole message. */
  readonly size: number
  /** Absent while nobody has read all of the message (`split-unread.ts`). */
  readonly digest?: Digest
  /** Byte lengths of the structure runs: always one more than there are parts. */
  readonly structure: readonly number[]
  /** Only where some fields of the message's own header travel apart. */
  readonly cold?: ColdHeader
  /** Bytes at the end of the structure without its cold fields that travel apart, where that is long (`structure-rest.ts`). */
  readonly restBytes?: number
  readonly parts: readonly Part[]
  /** The MIME tree over the parts (RFC 2045, 2046). */
  readonly tree: Entity
}

/** Fields of the header that nobody reads: a piece of their own, which comes last. `cold-header.ts` takes them out and puts them back. */
export interface ColdHeader {
  /** Of all of them. */
  readonly sizeBytes: number
  /** Numbers of fields, from the top: so many stay, so many are cold, so many stay, ... All after the last are left where they are. */
  readonly runs: readonly number[]
}

/** A leaf. */
export interface Part {
  /** Lower-case media type, `text/plain` where the header says nothing (RFC 2045 5.2). */
  readonly type: string
  /** As the header gives it, lower-case. */
  readonly charset?: string
  /** Decoded file name (RFC 2183, 2231, encoded words), without any path. */
  readonly name?: string
  readonly disposition?: 'inline' | 'attachment'
  /** Bytes of this part's own header at the end of the structure run before it, with its blank line. */
  readonly headerSize: number
  /** Bytes of the body as it stands in the message. */
  readonly encodedSize: number
  /** Bytes of the decoded body; with identity encoding the same. */
  readonly size: number
  /** Of the decoded body. Absent while that isn't here and nobody has told. */
  readonly digest?: Digest
  readonly encoding: Encoding
}

/** How the decoded bytes become the bytes that stand in the message, exactly. Verified at split time. */
export type Encoding = { readonly kind: 'identity' } | Base64Encoding | QuotedPrintableEncoding

/** Lines of `lineLength` characters with `eol` between them, the last one as long as what is left, then `tail`. */
export interface Base64Encoding {
  readonly kind: 'base64'
  /** At least 4. That of the whole body where it is one line. */
  readonly lineLength: number
  readonly eol: 'lf' | 'crlf'
  /** White space that follows the last character: line ends, usually one or none. At most 64 bytes. */
  readonly tail: Uint8Array
}

/**
 * A default rule says which bytes are escaped and where lines are broken softly; `patch` lists where the message differs
 * from it, in a compact form that only `mime/encodings/quoted-printable.ts` reads.
 */
export interface QuotedPrintableEncoding {
  readonly kind: 'quoted-printable'
  readonly patch: Uint8Array
}

export type Entity =
  | { readonly kind: 'part'; readonly part: number }
  | { readonly kind: 'multipart'; readonly type: string; readonly children: readonly Entity[] }
  | { readonly kind: 'message'; readonly child: Entity }
