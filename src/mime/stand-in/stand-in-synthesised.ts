import { type ByteSource, readRange } from '../../bytes/source.js'
import type { Guid } from '../../replica/model.js'
import { encodeBase64 } from '../encodings/base64.js'
import { formatHeaderDate } from '../headers/date.js'
import type { Envelope } from '../headers/envelope.js'
import { encodeMailboxes, encodeParameter, encodeText } from '../headers/header-encode.js'
import type { OutlinePart } from '../outline.js'
import type { Base64Encoding, Entity } from '../skeleton.js'
import { missingParts, missingStructureField } from './missing-part.js'
import type { Piece, StandInInput } from './stand-in-input.js'

const base64: Base64Encoding = { kind: 'base64', lineLength: 76, eol: 'lf', tail: new Uint8Array([10]) }

/** A stand-in made up from envelope and outline, with LF. */
export async function synthesisedPieces(input: StandInInput): Promise<Piece[]> {
  const { guid, envelope, outline, parts } = input
  const missing = missingParts(input, (part) => parts.has(part))
  const pieces: Piece[] = []
  let text = envelopeFields(envelope) + missingStructureField(input.missingStructureBytes ?? 0, guid)
  let boundaries = 0
  await writeEntity(outline.tree)
  pieces.push(new TextEncoder().encode(text))
  return pieces

  /** Writes an entity, header and body. Recursion is bounded by the limit on depth. */
  async function writeEntity(entity: Entity): Promise<void> {
    if (entity.kind === 'part') await writePart(entity.part)
    else if (entity.kind === 'message') {
      text += 'Content-Type: message/rfc822\n\n'
      await writeEntity(entity.child)
    } else {
      const boundary = `${boundaryStart(guid)}${boundaries++}`
      text += `Content-Type: ${multipartType(entity.type)}; boundary="${boundary}"\n\n`
      for (const child of entity.children) {
        text += `\n--${boundary}\n`
        await writeEntity(child)
      }
      text += `\n--${boundary}--\n`
    }
  }

  async function writePart(index: number): Promise<void> {
    const part = outline.parts[index]
    if (!part) throw new RangeError(`the outline has no part ${index}`)
    const source = parts.get(index)
    if (!source) {
      text += `${missing.fields(part, index)}\n${missing.text(part, index)}`
      return
    }
    const plain = await canStand(source, `--${boundaryStart(guid)}`)
    text += `${partFields(part)}Content-Transfer-Encoding: ${plain ? '8bit' : 'base64'}\n\n`
    pieces.push(new TextEncoder().encode(text), () =>
      plain ? readRange(source) : encodeBase64(readRange(source), base64),
    )
    text = ''
  }
}

/** The header fields of a message that is made up, each with its line end (LF). */
export function envelopeFields(envelope: Envelope): string {
  const { from, to, cc, subject, dateMs, dateZoneMinutes, messageId, inReplyTo, references } = envelope
  const ids = [...(references ?? []), ...(inReplyTo === undefined ? [] : [inReplyTo])]
  const fields: [string, string][] = [
    ['From', encodeMailboxes(from)],
    ['To', encodeMailboxes(to)],
    ['Cc', encodeMailboxes(cc)],
    ['Subject', encodeText(subject ?? '', 'Subject: '.length)],
    [
      'Date',
      dateMs === undefined
        ? ''
        : formatHeaderDate({ dateMs, ...(dateZoneMinutes !== undefined && { dateZoneMinutes }) }),
    ],
    ['Message-ID', messageId === undefined ? '' : `<${messageId}>`],
    ['In-Reply-To', inReplyTo === undefined ? '' : `<${inReplyTo}>`],
    ['References', ids.map((id) => `<${id}>`).join('\n ')],
    ['MIME-Version', '1.0'],
  ]
  return fields.map(([name, value]) => (value === '' ? '' : `${name}: ${value}\n`)).join('')
}

function partFields({ type, charset, name, disposition }: OutlinePart): string {
  const charsetParameter = charset === undefined ? '' : encodeParameter('charset', charset)
  const contentType = `Content-Type: ${type}${charsetParameter}\n`
  if (name === undefined && disposition === undefined) return contentType
  const nameParameter = name === undefined ? '' : encodeParameter('filename', name)
  return `${contentType}Content-Disposition: ${disposition ?? 'inline'}${nameParameter}\n`
}

/** Types that need nothing but their parts; a signature, a report or an encryption would promise more than is here. */
function multipartType(type: string): string {
  return ['multipart/alternative', 'multipart/related'].includes(type) ? type : 'multipart/mixed'
}

function boundaryStart(guid: Guid): string {
  return `packetboat-${guid}-`
}

/** Whether a body can stand undecoded: text lines that every program takes (RFC 5322 2.1.1), none of which could be a delimiter. */
async function canStand(source: ByteSource, delimiterStart: string): Promise<boolean> {
  let column = 0
  let matches = true
  for await (const chunk of readRange(source))
    for (const byte of chunk) {
      if (byte === 10) {
        column = 0
        matches = true
        continue
      }
      if (byte === 0 || byte === 13 || column === 998) return false
      matches &&= byte === delimiterStart.charCodeAt(column)
      column++
      if (matches && column === delimiterStart.length) return false
    }
  return true
}
