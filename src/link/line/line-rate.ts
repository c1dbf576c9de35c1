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
 * The half kilobyte of a handshake that took no longer than this went at 5 kB/s at the least, and as a rule at much more, since the programs at
 * both ends took some of the time; 64 kB of text, which are 16 when they are compressed, take three seconds at that, and so does TLS's
 * largest record. No modem, no GSM and no satellite answers so soon.
 */
const quickMs = 100
const quickFrameBytes = 64 * 1024
const quickRecordBytes = 16 * 1024

/**
 * Clear text in one TLS record, bytes. A record can only be read when it is there as a whole: with 16 kB a slow line would show nothing
 * for minutes and a cut would lose all of it. One of these (22 bytes more) fills a packet of 1,500 bytes beside the heads of IPv6 and
 * TCP, and costs 1.6 %.
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
 * Bits a second below which text goes by codec 2. Chosen when a processor of 2020 coded some 170 kB of text a second, which is 25 kB on the
 * line, with half of that left for busy or older ones; it codes several times as much by now, so slower ones keep up too. A run that the
 * coder has slowed down is faster than this all the same, so the next one goes without it.
 */
export const slowBitsPerSecond = 100_000
