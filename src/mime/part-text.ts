import { decodeCharset, decodeHeaderBytes } from './encodings/charset.js'
import { readBase64, readQuotedPrintable } from './encodings/read-loosely.js'
import { fieldText, headerFields } from './headers/header-fields.js'
import { parseStructured } from './headers/parameters.js'
import { pageText } from './html/page-text.js'
import { mimeLimits } from './limits.js'
import type { Skeleton } from './skeleton.js'

/** What is known of a text part's bytes. */
export interface TextAbout {
  readonly type: string
  readonly charset?: string
  /** The bytes still stand in this transfer encoding, since they weren't quite what it makes. */
  readonly transferEncoding?: 'base64' | 'quoted-printable'
  /** White space at ends of lines stays: it says which lines go on. */
  readonly isFlowed?: boolean
}

/** A text part as a person reads it: line ends are \n, HTML is without its tags, and addresses of links stand in brackets. Never throws. */
export function partText(bytes: Uint8Array, about: TextAbout): string {
  const text = decodeText(decoded(bytes, about.transferEncoding), about.charset)
  if (about.type === 'text/html') return plainLines(pageText(text))
  return about.isFlowed ? plainFlow(text) : plainLines(text)
}

function decoded(bytes: Uint8Array, transferEncoding: TextAbout['transferEncoding']): Uint8Array {
  if (transferEncoding === 'base64') return readBase64(bytes)
  return transferEncoding === 'quoted-printable' ? readQuotedPrintable(bytes) : bytes
}

/** By its charset, or by what it looks like. */
export function decodeText(bytes: Uint8Array, charset: string | undefined): string {
  return charset === undefined || charset === 'us-ascii'
    ? decodeHeaderBytes(bytes)
    : decodeCharset(bytes, charset)
}

/** Without white space at ends of lines, and with no more than one empty line behind another. */
function plainLines(text: string): string {
  const lines = unixLines(text)
  if (!/[^\S\n](?:\n|$)/.test(lines)) return fewEmptyLines(lines)
  return fewEmptyLines(
    lines
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n'),
  )
}

const plainFlow = (text: string): string => fewEmptyLines(unixLines(text))

const fewEmptyLines = (text: string): string => text.replace(/\n{3,}/g, '\n\n').replace(/^\n+|\n+$/g, '')

const unixLines = (text: string): string => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text)

/**
 * The transfer encoding of a part's stored bytes. Parts are usually stored decoded; one that its encoding
 * couldn't reproduce byte for byte (`encodings/*`) stays encoded. `structure` is the message's, from its
 * beginning, without cold fields.
 */
export function transferEncodingOf(
  skeleton: Skeleton,
  structure: Uint8Array,
  index: number,
): TextAbout['transferEncoding'] {
  if (skeleton.parts[index]?.encoding.kind !== 'identity') return undefined
  const value = partField(skeleton, structure, index, 'content-transfer-encoding').toLowerCase()
  return (['base64', 'quoted-printable'] as const).find((each) => value.startsWith(each))
}

/** Whether lines of a part go on in the next one (RFC 3676), and whether without the space that says so. */
export function flowOf(
  skeleton: Skeleton,
  structure: Uint8Array,
  index: number,
): { readonly deleteSpace: boolean } | undefined {
  if (skeleton.parts[index]?.type !== 'text/plain') return undefined
  const type = parseStructured(partField(skeleton, structure, index, 'content-type'))
  if (type.raw('format')?.toLowerCase() !== 'flowed') return undefined
  return { deleteSpace: type.raw('delsp')?.toLowerCase() === 'yes' }
}

/** By what a page of the same message names a part (RFC 2392). */
export function contentIdOf(skeleton: Skeleton, structure: Uint8Array, index: number): string | undefined {
  return /<([^<>\s]{1,200})>/.exec(partField(skeleton, structure, index, 'content-id'))?.[1]
}

/** The value of the first field of that name in a part's header; empty when there is none. */
function partField(
  { structure: runs, parts, cold }: Skeleton,
  structure: Uint8Array,
  index: number,
  name: string,
): string {
  const end = runs.slice(0, index + 1).reduce((sum, run) => sum + run, 0) - (cold?.sizeBytes ?? 0)
  const part = parts[index]
  if (!part || end > structure.length) return ''
  const header = structure.subarray(Math.max(0, end - part.headerSize), end)
  for (const field of headerFields(header))
    if (field.name === name) return fieldText(header, field, mimeLimits.parameterBytes)
  return ''
}
