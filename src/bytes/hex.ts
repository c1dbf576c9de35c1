const digits = [...'0123456789abcdef'].map((digit) => digit.charCodeAt(0))

/** Bytes whose digits are joined at once: digests and GUIDs have fewer. */
const atOnce = 1024

/** Lower-case hex, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let hex = ''
  for (let at = 0; at < bytes.length; at += atOnce) {
    // One flat string: one that grows by its digits has to be put together whenever it is looked at.
    const codes: number[] = []
    for (const byte of bytes.subarray(at, at + atOnce))
      codes.push(digits[byte >> 4] ?? 0, digits[byte & 15] ?? 0)
    hex += String.fromCharCode(...codes)
  }
  return hex
}

/** The bytes of an even-length hex string. Throws a RangeError on anything else: callers check foreign text first. */
export function fromHex(hex: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})*$/i.test(hex)) throw new RangeError('not a hex string')
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)
  return bytes
}
