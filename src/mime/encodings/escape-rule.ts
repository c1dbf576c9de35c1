/**
 * Which bytes are written as `=XX`. The standard rule (RFC 2045 6.7) escapes controls, `=`, DEL, 8-bit bytes, and a space or tab that
 * ends a line; encoders turn single classes around. A class is a byte's value, or 256 and 257 for a space and a tab at a line's end.
 */
export const escapeClasses = 258

/** One flag for each class. */
export function standardEscapes(): Uint8Array {
  const escapes = new Uint8Array(escapeClasses)
  for (let byte = 0; byte < 256; byte++) if (byte < 32 || byte > 126 || byte === 61) escapes[byte] = 1
  for (const literal of [9, 10, 13]) escapes[literal] = 0
  escapes[256] = 1
  escapes[257] = 1
  return escapes
}

/** The class of the byte at an offset of the decoded bytes. */
export function escapeClass(decoded: Uint8Array, at: number): number {
  const byte = decoded[at] ?? 0
  if (byte !== 32 && byte !== 9) return byte
  const next = decoded[at + 1]
  const trailing = next === undefined || next === 10 || (next === 13 && decoded[at + 2] === 10)
  if (!trailing) return byte
  return byte === 32 ? 256 : 257
}
