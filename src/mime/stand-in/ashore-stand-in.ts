import type { ByteSource } from '../../bytes/source.js'
import type { Guid } from '../../replica/model.js'
import { fieldText, headerFields } from '../headers/header-fields.js'
import { StandInFingerprint } from './stand-in-fingerprint.js'
import { type MarkerKey, markerLine, standInId } from './stand-in-marker.js'
import { envelopeFields } from './stand-in-synthesised.js'

/** What stands in a mailbox of hits for a message that isn't here, and of which no more is known than where it is. */

/** By the upstream's numbers. Size and time tell whether they still mean the same message. */
export interface AshorePlace {
  readonly mailbox: Guid
  readonly number: number
  readonly sizeBytes: number
  readonly arrivedMs: number
}

export interface AshoreMessage extends AshorePlace {
  readonly from: string
  readonly subject: string
}

const field = 'X-Packetboat-Ashore'

/** @param guid a name of its own, which no message has */
export function ashoreStandIn(
  marking: MarkerKey,
  guid: Guid,
  message: AshoreMessage,
  text: string,
): Uint8Array {
  const { from, subject, mailbox, number, sizeBytes, arrivedMs } = message
  const sender = from.includes('@') ? { address: from } : { name: from, address: 'unknown@ashore.invalid' }
  const fields = envelopeFields({
    from: [sender],
    to: [],
    cc: [],
    subject,
    dateMs: arrivedMs,
    messageId: standInId(marking.createHash, guid),
  })
  const place = `${field}: mailbox=${mailbox}; number=${number}; size=${sizeBytes}; arrived=${arrivedMs}\n`
  const type = 'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n'
  const bytes = new TextEncoder().encode(`${fields}${place}${type}\n${text}\n`)
  const fingerprint = new StandInFingerprint(marking.createHash, guid)
  fingerprint.update(bytes)
  const marker = new TextEncoder().encode(`${markerLine(marking, guid, fingerprint.digest())}\n`)
  return Uint8Array.from([...marker, ...bytes])
}

const valueText = /^mailbox=([0-9a-f]{32}); number=(\d{1,15}); size=(\d{1,15}); arrived=(-?\d{1,15})\s*$/

/** Of a stand-in that is proved to be as it was written (`readMarker`). Undefined: it is another one. */
export async function readAshorePlace(source: ByteSource): Promise<AshorePlace | undefined> {
  const bytes = await source.read(0, Math.min(16 * 1024, source.size))
  const found = [...headerFields(bytes)].find(({ name }) => name === field.toLowerCase())
  const [, mailbox, number, size, arrived] = valueText.exec(found ? fieldText(bytes, found, 1000) : '') ?? []
  if (mailbox === undefined) return undefined
  return { mailbox, number: Number(number), sizeBytes: Number(size), arrivedMs: Number(arrived) }
}
