import { concat } from '../../bytes/concat.js'
import { joinedSource, rangeSource } from '../../bytes/joined-source.js'
import { type ByteSource, memorySource } from '../../bytes/source.js'
import { Base64Check } from '../encodings/base64.js'
import { headerFields } from '../headers/header-fields.js'
import { readExactly } from '../lines.js'
import { type ScannedPart, scanEntities } from '../scan-entities.js'
import { type MarkerKey, readMarker } from './stand-in-marker.js'

/** Of a message in base64. A stand-in has a few kB, and the texts of what is here. */
const encodedBytes = 4 * 1024 * 1024

/**
 * The mail with each of our stand-ins that a program has put into base64 decoded again: nothing can be put in
 * its place inside base64, and RFC 2046 5.2.1 forbids that encoding. Everything else stays. Whether the mail
 * may go is judged afterwards.
 */
export async function withDecodedMessages(source: ByteSource, marking: MarkerKey): Promise<ByteSource> {
  const pieces: ByteSource[] = []
  let at = 0
  for (const part of (await scanEntities(source, { createHash: marking.createHash })).parts) {
    const decoded = await decodedPart(source, marking, part)
    if (!decoded) continue
    pieces.push(rangeSource(source, at, part.start - part.headerSize), memorySource(decoded))
    at = part.end
  }
  return at === 0 ? source : joinedSource([...pieces, rangeSource(source, at, source.size)])
}

/** Header and body. */
async function decodedPart(
  source: ByteSource,
  marking: MarkerKey,
  { fields, headerSize, start, end, around }: ScannedPart,
): Promise<Uint8Array | undefined> {
  if (fields.transferEncoding !== 'base64' || !/^message\/(?:rfc822|global)$/.test(fields.type))
    return undefined
  if (!around || end - start > encodedBytes) return undefined
  const message = new Base64Check().update(await readExactly(source, start, end - start))
  if ((await readMarker(memorySource(message), marking)).kind === 'none') return undefined
  const text = new TextDecoder('latin1').decode(message)
  // It would end what it stands in.
  const isDelimiter = (boundary: Uint8Array): boolean =>
    `\n${text}`.includes(`\n--${new TextDecoder('latin1').decode(boundary)}`)
  if (around.some(isDelimiter)) return undefined
  const header = await readExactly(source, start - headerSize, headerSize)
  const kept: Uint8Array[] = []
  let from = 0
  for (const field of headerFields(header)) {
    if (field.name !== 'content-transfer-encoding') continue
    kept.push(header.subarray(from, field.start))
    from = field.end
  }
  return concat([...kept, header.subarray(from), message])
}
