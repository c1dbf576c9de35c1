import PostalMime from 'postal-mime'
import { concat } from '../bytes/concat.js'
import { decodeCharset, decodeHeaderBytes } from './encodings/charset.js'
import { fieldText, headerFields } from './headers/header-fields.js'
import type { Part, Skeleton } from './skeleton.js'

/** What is known of a text part's bytes. */
export interface TextAbout {
  readonly type: string
  readonly charset?: string
  /** The bytes still stand in this transfer encoding, since they weren't quite what it makes. */
  readonly transferEncoding?: 'base64' | 'quoted-printable'
}

/** A text part as a person reads it: line ends are \n, HTML is without its tags, and addresses of links stand in brackets. Never throws. */
export async function partText(bytes: Uint8Array, about: TextAbout): Promise<string> {
  const isHtml = about.type === 'text/html'
  if (!isHtml && !about.transferEncoding) return plainLines(decodeText(bytes, about.charset))
  const { html, text } = await parseText(bytes, about)
  if (!isHtml) return plainLines(text)
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
  const lines = text.replace(/\r\n?/g, '\n').split('\n')
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '')
}

/**
 * The transfer encoding in which a part's bytes stand: they are decoded as a rule, but those of a part that its encoding couldn't be given
 * back to byte for byte (`encodings/*`) stay as they came. `structure` is that of the message, from its beginning, without cold fields.
 */
export function transferEncodingOf(
  { structure: runs, parts, cold }: Skeleton,
  structure: Uint8Array,
  index: number,
): TextAbout['transferEncoding'] {
  const part: Part | undefined = parts[index]
  if (part?.encoding.kind !== 'identity') return undefined
  const end = runs.slice(0, index + 1).reduce((sum, run) => sum + run, 0) - (cold?.sizeBytes ?? 0)
  if (end > structure.length) return undefined
  const header = structure.subarray(Math.max(0, end - part.headerSize), end)
  for (const field of headerFields(header)) {
    if (field.name !== 'content-transfer-encoding') continue
    const value = fieldText(header, field, 100).toLowerCase()
    return (['base64', 'quoted-printable'] as const).find((each) => value.startsWith(each))
  }
  return undefined
}
