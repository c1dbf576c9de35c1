const digits = [...'0123456789abcdef'].map((digit) => digit.charCodeAt(0))

/** Bytes whose digits are joined at once: digests and GUIDs have fewer. */
const atOnce = 1024

/** Lower-case hex, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let hex = ''
  for (let at = 0; at < bytes.length; at += atOnce) {
    // One flat string: one that grows by its digits has to be put together whenever it is looked at.
    const codes: number[] = []
    const end = Math.min(at + atOnce, bytes.length)
    for (let i = at; i < end; i++) {
      const byte = bytes[i] ?? 0
      codes.push(digits[byte >> 4] ?? 0, digits[byte & 15] ?? 0)
    }
    hex += String.fromCharCode.apply(undefined, codes)
  }
  return hex
}

/** The bytes of an even-length hex string. Throws a RangeError on anything else: callers check foreign text first. */
export function fromHex(hex: string): Uint8Array {
  if (hex.length % 2 !== 0) throw notHex()
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = (digitAt(hex, 2 * i) << 4) | digitAt(hex, 2 * i + 1)
  return bytes
}

function digitAt(hex: string, at: number): number {
  const code = hex.charCodeAt(at)
  if (code >= 48 && code <= 57) return code - 48
  // Upper-case letters and lower-case ones differ in one bit.
  const letter = code | 32
  if (letter >= 97 && letter <= 102) return letter - 87
  throw notHex()
}

function notHex(): RangeError {
  return new RangeError('not a hex string')
}
