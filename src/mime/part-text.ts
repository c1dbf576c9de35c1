import PostalMime from 'postal-mime'
import { concat } from '../bytes/concat.js'
import { decodeCharset, decodeHeaderBytes } from './encodings/charset.js'
import { fieldText, headerFields } from './headers/header-fields.js'
import { parseStructured } from './headers/parameters.js'
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
export async function partText(bytes: Uint8Array, about: TextAbout): Promise<string> {
  const isHtml = about.type === 'text/html'
  const lines = about.isFlowed ? plainFlow : plainLines
  if (!isHtml && !about.transferEncoding) return lines(decodeText(bytes, about.charset))
  const { html, text } = await parseText(bytes, about)
  if (!isHtml) return lines(text)
  return plainLines(
    (await parseText(utf8(withoutStyles(html)), { type: 'text/html', charset: 'utf-8' })).text,
  )
}

/** By its charset, or by what it looks like. */
export function decodeText(bytes: Uint8Array, charset: string | undefined): string {
  return charset === undefined || charset === 'us-ascii'
    ? decodeHeaderBytes(bytes)
    : decodeCharset(bytes, charset)
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Through a mail of an empty text and this one: what is there in the other form only, postal-mime converts. */
async function parseText(
  bytes: Uint8Array,
  { type, charset, transferEncoding }: TextAbout,
): Promise<{ readonly text: string; readonly html: string }> {
  const decoded = transferEncoding === undefined
  const body = decoded && charset !== 'utf-8' ? utf8(decodeText(bytes, charset)) : bytes
  const { text = '', html = '' } = await PostalMime.parse(
    concat([
      utf8(
        [
          `Content-Type: multipart/mixed; boundary=${boundary}`,
          '',
          `--${boundary}`,
          'Content-Type: text/plain',
          '',
          '',
          `--${boundary}`,
          `Content-Type: ${type === 'text/html' ? type : 'text/plain'}; charset=${decoded ? 'utf-8' : (charset ?? 'utf-8')}`,
          `Content-Transfer-Encoding: ${transferEncoding ?? '8bit'}`,
          '',
          '',
        ].join('\r\n'),
      ),
      body,
    ]),
  )
  return { text, html }
}

/** No text has such a line; where one has all the same, it ends there. */
const boundary = 'packetboat-5c0a8e6d3f1b4722'

/** What postal-mime would leave of style sheets, which nobody reads. Linear: nothing is looked for twice. */
function withoutStyles(html: string): string {
  const low = html.toLowerCase()
  if (low.length !== html.length) return html
  let text = ''
  let at = 0
  for (;;) {
    const start = low.indexOf('<style', at)
    const end = start < 0 ? -1 : low.indexOf('</style', start)
    if (end < 0) return text + html.slice(at)
    text += html.slice(at, start)
    at = end
  }
}

/** Without white space at ends of lines, and with no more than one empty line behind another. */
function plainLines(text: string): string {
  return plainFlow(
    unixLines(text)
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n'),
  )
}

function plainFlow(text: string): string {
  return unixLines(text)
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '')
}

const unixLines = (text: string): string => text.replace(/\r\n?/g, '\n')

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
