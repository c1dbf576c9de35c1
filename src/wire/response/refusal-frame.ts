import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { cleanText, truncateText } from '../../mime/headers/clean-text.js'

/** Why a responder did not take a request, or not all of it: for the person who asks. docs/PROTOCOL.md "refusal". */
export interface Refusal {
  readonly code: RefusalCode
  readonly reason: string
  readonly next: string
}

/** Numbers on the wire: add at the end. */
export const refusalCodes = ['PROTOCOL', 'FRAME_CORRUPT', 'QUOTA', 'LINK_FAILED'] as const
export type RefusalCode = (typeof refusalCodes)[number]

const maxTextBytes = 300

/** Undefined where the request isn't at fault. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof PacketboatError)) return undefined
  const code = refusalCodes.find((each) => each === error.code)
  return code && { code, reason: error.message, next: error.next }
}

export function encodeRefusal({ code, reason, next }: Refusal): Uint8Array {
  const writer = new ByteWriter()
  writer.u8(refusalCodes.indexOf(code))
  writer.text(truncateText(reason, maxTextBytes))
  writer.text(truncateText(next, maxTextBytes))
  return writer.finish()
}

export function decodeRefusal(payload: Uint8Array): Refusal {
  const reader = new ByteReader(payload)
  // A newer side may use a code for something else: its words say what it is.
  const code = refusalCodes[reader.u8()] ?? 'PROTOCOL'
  const text = (): string => cleanText(reader.text(maxTextBytes), maxTextBytes)
  return { code, reason: text(), next: text() }
}

export function refused({ code, reason, next }: Refusal): PacketboatError {
  return new PacketboatError(code, `At the endpoint: ${reason}`, next)
}
