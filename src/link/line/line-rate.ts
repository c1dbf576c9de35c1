/** What is known of a line: enough to say how much of a text may be lost in a cut without anybody noticing. */
export interface LineRate {
  /** Down, as earlier runs had it. */
  readonly bytesPerSecond: number
  /** A round trip then: by this another line is noticed, for a device that moves. */
  readonly roundTripMs: number
}

/** A frame may take so long. */
const frameSeconds = 2

/**
 * A handshake of half a kilobyte that took no longer than this went at 5 kB/s or more, usually much more,
 * since part of the time was spent in the programs at both ends. At that rate 64 kB of text, which compress
 * to 16, take three seconds, and so does TLS's largest record. No modem, no GSM and no satellite answers so
 * soon.
 */
const quickMs = 100
const quickFrameBytes = 64 * 1024
const quickRecordBytes = 16 * 1024

/**
 * Clear text in one TLS record, bytes. A record can be read only once it is all there: with 16 kB, a slow
 * line would show nothing for minutes and a cut would lose all of it. A record of this size (plus 22 bytes)
 * fills a packet of 1,500 bytes beside the headers of IPv6 and TCP, and costs 1.6 %.
 */
export const recordBytes = 1400

/** Bytes of text in a frame that suits this line. Undefined: there is no reason for large ones. */
export function frameBytesFor(handshakeMs: number, known: LineRate | undefined): number | undefined {
  if (handshakeMs <= quickMs) return quickFrameBytes
  if (!known || handshakeMs > 2 * known.roundTripMs + quickMs) return undefined
  return frameSeconds * known.bytesPerSecond
}

/** What a TLS record may hold on a line with this handshake, if that is known. */
export function recordBytesFor(handshakeMs: number | undefined): number {
  return handshakeMs !== undefined && handshakeMs <= quickMs ? quickRecordBytes : recordBytes
}

/**
 * Bits a second below which text uses codec 2. Chosen when a processor of 2020 coded some 170 kB of text a
 * second, which is 25 kB on the line, and half of that was left as a margin. It codes several times as much
 * by now, so slower processors keep up too. A run that the coder does slow down is still measured as faster
 * than this, so the next run goes without it.
 */
export const slowBitsPerSecond = 100_000
