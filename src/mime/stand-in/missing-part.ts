import type { Guid } from '../../replica/model.js'
import { encodeParameter, encodeText } from '../headers/header-encode.js'
import type { OutlinePart } from '../outline.js'

/** How a part that isn't here is shown in its place. All text with LF. */

/**
 * Of a part whose text stands here in another version (multipart/alternative): mail programs show the last alternative that they know, so
 * this must be none of those.
 */
const hiddenType = 'application/x-packetboat-missing'

/** The Content fields that stand for the part's own, each with its line end. */
export function missingFields(part: OutlinePart, hidden: boolean): string {
  const { type, size, name } = part
  // What a mail program's list of parts shows of it (RFC 2045 8).
  const description = encodeText(`${inWords(part)}, not here yet`, 'Content-Description: '.length)
  const nameParameter = name === undefined ? '' : encodeParameter('name', name)
  return [
    `Content-Type: ${hidden ? hiddenType : 'text/plain; charset=utf-8'}`,
    'Content-Transfer-Encoding: 8bit',
    `Content-Description: ${description}`,
    `X-Packetboat-Missing: ${type}; size=${size}${nameParameter}`,
    '',
  ].join('\n')
}

/** The body: what is missing and how to get it. No line can be taken for a delimiter or an mbox separator. */
export function missingText(part: OutlinePart, index: number, guid: Guid): string {
  return `[${inWords(part)}: not here yet]\n[To get it: packetboat fetch ${guid.slice(-12)}/${index + 1}]\n`
}

function inWords({ type, size, name }: OutlinePart): string {
  return [name, type, humanSize(size)].filter((word) => word !== undefined).join(', ')
}

/** A field that says so of the header itself (RFC 5322 3.6.5), and of what stands between the parts; none where nothing is missing. */
export function missingStructureField(bytes: number, guid: Guid): string {
  if (bytes === 0) return ''
  return `Comments: ${humanSize(bytes)} of the header and of what stands between the parts: not here yet.\n To get it: packetboat fetch ${guid.slice(-12)}\n`
}

/** Names of messages that a text says parts are missing of, as `missingText` writes them. Anybody can write that: it is a claim. */
export function missingNames(text: string): string[] {
  return [...text.matchAll(/\[To get it: packetboat fetch ([0-9a-f]{12})(?:\/\d+)?\]/g)].flatMap(
    ([, name]) => name ?? [],
  )
}

/** A size to three digits. */
function humanSize(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`
  let size = bytes
  let unit = -1
  for (; size >= 999.5 && unit < 3; unit++) size /= 1000
  return `${size < 99.95 ? size.toFixed(1) : size.toFixed(0)} ${['kB', 'MB', 'GB', 'TB'][unit] ?? ''}`
}
