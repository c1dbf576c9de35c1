/**
 * All bounds on what a message may make us hold or do, each with its reason. A message that exceeds one is
 * not an error: what lies beyond travels as an opaque part. Both sides check skeletons against this table, so
 * it is part of the protocol.
 */
export interface MimeLimits {
  readonly headerBytes: number
  readonly outsideBytes: number
  readonly structureBytes: number
  readonly coldRuns: number
  readonly parts: number
  readonly depth: number
  readonly boundaryBytes: number
  readonly boundaryLineBytes: number
  readonly parameterBytes: number
  readonly parameters: number
  readonly typeBytes: number
  readonly charsetBytes: number
  readonly nameBytes: number
  readonly base64TailBytes: number
  readonly quotedPrintableBytes: number
  readonly quotedPrintableLine: number
  readonly recipesBytes: number
  readonly wordsBytes: number
}

export const mimeLimits: MimeLimits = {
  /** One header, in memory while it is parsed. A mail to several thousand people has 200 kB of To. */
  headerBytes: 256 * 1024,
  /** One preamble or epilogue. Nobody reads them, and they are structure. */
  outsideBytes: 64 * 1024,
  /** All structure runs of a message together, which are held in memory. */
  structureBytes: 1024 * 1024,
  /** Runs of fields in a header, cold and others by turns. Real ones have up to 30; a header with more isn't split. */
  coldRuns: 200,
  /** Leaves. The skeleton takes some 40 bytes for each; digests of several hundred mails do exist. */
  parts: 1000,
  /** Multiparts and messages within each other. A forwarded mail takes 3 levels; some code follows the tree by recursion. */
  depth: 50,
  /** RFC 2046 5.1.1 allows 70, mail in the wild has some more. Every line that begins with `--` is compared with all that are open. */
  boundaryBytes: 250,
  /** A delimiter line with its padding; a longer line is none. Also what the scan wants to see of a line at once. */
  boundaryLineBytes: 1000,
  /** A Content-Type or Content-Disposition value: far more than any file name needs. */
  parameterBytes: 16 * 1024,
  /** Parameters of one field, each continuation section (RFC 2231) counted. */
  parameters: 100,
  /** RFC 6838 4.2 allows 127 on each side of the slash, and 80 is what exists. */
  typeBytes: 100,
  /** RFC 2978 2.3: names of charsets have at most 40 characters. */
  charsetBytes: 40,
  /** UTF-8 bytes of a file name: what file systems take. */
  nameBytes: 255,
  /** White space behind the last base64 character. */
  base64TailBytes: 64,
  /** Encoded size of a quoted-printable part, decoded in memory. The largest real one seen had 2.7 MB; beyond, compression alone must do. */
  quotedPrintableBytes: 4 * 1024 * 1024,
  /** Widest line that soft breaks are predicted for: the prediction looks ahead that far from each line's start. */
  quotedPrintableLine: 200,
  /** Patches and tails of all parts of a message, when it is split. The most among 4,000 mails is 1,683; parts beyond travel as they stand. */
  recipesBytes: 2048,
  /** Names of parts, and of types and charsets that aren't known, when a message is split. Real ones have up to 400, and those beyond are left out. */
  wordsBytes: 2048,
}

/** Most bytes that a quoted-printable patch may have: beyond that, decoding isn't worth it. */
export function patchLimit(encodedSize: number): number {
  return 24 + Math.floor(encodedSize / 8)
}

/** Bounds on an envelope: it is what a list shows, so more than anybody reads helps nobody. */
export const envelopeLimits = {
  /** Of one header field that is looked at, before decoding. */
  fieldBytes: 16 * 1024,
  /** In each of From, To and Cc. */
  addresses: 20,
  nameBytes: 200,
  /** Names and addresses of From, To and Cc together, in this order. The most among 4,000 real mails is 736. */
  mailboxesBytes: 2048,
  /** RFC 5321 4.5.3.1: 64 + 1 + 255. */
  addressBytes: 320,
  /** RFC 5321 4.5.3.1.2. */
  domainBytes: 255,
  subjectBytes: 500,
  /** RFC 5322 2.1.1: an id stands on one line of at most 998 characters. Real ones have up to 200. */
  idBytes: 500,
  /** The youngest ancestors only: they hang a message into its thread, and the whole field comes with the header. */
  references: 2,
} as const
