import { rangeSource } from '../../bytes/joined-source.js'
import { type ByteSource, readRange } from '../../bytes/source.js'
import type { Guid } from '../../replica/model.js'
import { Base64Check } from '../encodings/base64.js'
import { readQuotedPrintable } from '../encodings/quoted-printable-tokens.js'
import type { ContentFields } from '../headers/content-fields.js'
import { fieldText, headerFields, headerSize } from '../headers/header-fields.js'
import { readExactly } from '../lines.js'
import { type ScannedPart, scanEntities } from '../scan-entities.js'
import { readMissingText } from './missing-part.js'
import { type Placeholder, PlaceholderScan } from './placeholders.js'
import { type MarkerKey, readMarker } from './stand-in-marker.js'

/**
 * The place in a mail that a person writes where a stand-in of ours is carried along: a message forwarded or
 * resent whole, or an attachment with its header.
 */
export interface Carried {
  readonly start: number
  readonly length: number
  /** What it stands for. */
  readonly message: Guid
  /** A leaf of it, by its index. */
  readonly part?: number
}

/** Of the fields that are put before a message to send it on. */
const resentBytes = 64 * 1024

/**
 * Finds the stand-ins that a mail carries along unchanged. Ignores marks that aren't ours or that have come
 * to stand on something else; anything inside an enclosed message, which this mail's author didn't put there;
 * and anything signed, which would change if the original were put in. Gives at most `most`, ascending.
 */
export async function findCarried(source: ByteSource, marking: MarkerKey, most: number): Promise<Carried[]> {
  const whole = await carriedIn(source, marking, await resentEnd(source), source.size)
  if (whole) return [whole]
  const found: Carried[] = []
  const { enclosed, parts } = await scanEntities(source, { createHash: marking.createHash })
  for (const { start, end } of enclosed) {
    const carried = found.length < most ? await carriedIn(source, marking, start, end) : undefined
    if (carried) found.push(carried)
  }
  for (const part of parts) {
    const carried = found.length < most ? await carriedPart(source, marking, part) : undefined
    if (carried) found.push(carried)
  }
  return found.sort((a, b) => a.start - b.start)
}

/** In whatever encoding: a file's name alone can take half of this, and the words of what is in it the rest. */
const textBytes = 8 * 1024

/** By its text, and not by the header, of which mail programs keep what they know. */
async function carriedPart(
  source: ByteSource,
  marking: MarkerKey,
  { fields, headerSize, start, end, around = [] }: ScannedPart,
): Promise<Carried | undefined> {
  if (around.length === 0 || end - start > textBytes) return undefined
  const body = await readExactly(source, start, end - start)
  const named = readMissingText(new TextDecoder().decode(decodeBody(body, fields)), marking)
  return named && { start: start - headerSize, length: end - start + headerSize, ...named }
}

function decodeBody(body: Uint8Array, { transferEncoding }: ContentFields): Uint8Array {
  if (transferEncoding === 'base64') return new Base64Check().update(body)
  return transferEncoding === 'quoted-printable' ? readQuotedPrintable(body).decoded : body
}

async function carriedIn(
  source: ByteSource,
  marking: MarkerKey,
  start: number,
  end: number,
): Promise<Carried | undefined> {
  const marker = await readMarker(rangeSource(source, start, end), marking)
  if (marker.kind !== 'partial' || marker.edited || !marker.proved) return undefined
  return { start, length: end - start, message: marker.guid }
}

/** Where the fields end that stand before a message that is sent on as it was (RFC 5322 3.6.6). */
export async function resentEnd(source: ByteSource): Promise<number> {
  const begin = await source.read(0, Math.min(resentBytes, source.size))
  let end = 0
  for (const field of headerFields(begin.subarray(0, headerSize(begin)))) {
    if (!field.name.startsWith('resent-')) break
    end = field.end
  }
  return end
}

/** What would go to the recipients as a placeholder although what it carries along is put in. */
export async function placeholderBeside(
  source: ByteSource,
  carried: readonly Carried[],
): Promise<Placeholder | undefined> {
  const begin = await source.read(0, Math.min(resentBytes, source.size))
  const answers = [...headerFields(begin)].find(({ name }) => name === 'in-reply-to')
  const scan = new PlaceholderScan({
    isReply: answers !== undefined && fieldText(begin, answers, 100) !== '',
  })
  let at = 0
  for (const { start, length } of [...carried, { start: source.size, length: 0 }]) {
    for await (const chunk of readRange(source, at, start - at)) scan.update(chunk)
    at = start + length
  }
  return scan.found ?? (scan.encloses ? placeholderInBase64(source) : undefined)
}

/** In a message that stands in base64, as aerc writes it; RFC 2046 5.2.1 forbids that. */
async function placeholderInBase64(source: ByteSource): Promise<Placeholder | undefined> {
  const { parts } = await scanEntities(source, { createHash: () => noHash })
  for (const { fields, start, end } of parts) {
    if (fields.transferEncoding !== 'base64' || !/^message\/(?:rfc822|global)$/.test(fields.type)) continue
    const [decode, scan] = [new Base64Check(), new PlaceholderScan({ isReply: true })]
    for await (const chunk of readRange(source, start, end - start)) scan.update(decode.update(chunk))
    if (scan.found) return scan.found
  }
  return undefined
}

const noHash = { update: () => {}, digest: () => new Uint8Array(32) }
