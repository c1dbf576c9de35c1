/**
 * All bounds of the frame layer, each with its reason. Both sides check frames against this table: it is part
 * of the protocol.
 */
export const wireLimits = {
  /**
   * Bytes of one payload. Frames of content carry 8 kB; lists of operations or cursors may grow with the
   * account. Decoding holds one body, one payload and one dictionary at a time, so this also bounds memory:
   * under 1 MB besides the codec's heap.
   */
  payloadBytes: 256 * 1024,
  /** Kinds fit the lower five bits of a frame's first byte. */
  kind: 31,
  /** A varint up to `payloadBytes` takes 3 bytes; more is a lie, and ends the wait for a number's end. */
  sizeBytes: 3,
  /**
   * First bytes of the SHA-256: one wrong payload in 4 * 10^9 goes unnoticed, and the link below has a check
   * of its own.
   */
  checkBytes: 4,
  /**
   * How far text frames look back. Measured on 2,625 mails of lists and offices in frames of 6 kB: 0.212 of
   * the size with 64 kB, 0.202 with 128, 0.193 with 255. One kB less than 256, since from there on zstd takes
   * larger tables, for which its 16 MiB heap is too small.
   */
  historyBytes: 255 * 1024,
} as const
