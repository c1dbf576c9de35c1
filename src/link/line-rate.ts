/** What is known of a line: enough to say how much of a text may be lost in a cut without anybody noticing. */
export interface LineRate {
  /** Down, as the last exchange that brought enough to tell had it. */
  readonly bytesPerSecond: number
  /** What the handshake took then: by this another line is noticed, for a device that moves. */
  readonly handshakeMs: number
}

/** A frame may take so long. */
const frameSeconds = 2

/**
 * The half kilobyte of a handshake that took no longer than this went at 10 kB/s at the least; 64 kB of text, which are 16 when they are
 * compressed, take less than two seconds at that.
 */
const quickMs = 50
const quickFrameBytes = 64 * 1024

/** Fewer bytes say more about the delay than about the rate. */
export const tellingBytes = 32 * 1024

/** Bytes of text in a frame that suits this line. Undefined: nothing speaks for large ones. */
export function frameBytesFor(handshakeMs: number, known: LineRate | undefined): number | undefined {
  if (handshakeMs <= quickMs) return quickFrameBytes
  if (!known || handshakeMs > 2 * known.handshakeMs + quickMs) return undefined
  return frameSeconds * known.bytesPerSecond
}
