/**
 * Bytes as text in a charset that a mail names. An unknown name means windows-1252, which can show any byte.
 */
export function decodeCharset(bytes: Uint8Array, charset: string): string {
  return decoderFor(charset).decode(bytes)
}

function decoderFor(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset)
  } catch (error) {
    // RangeError: the Encoding Standard doesn't know this label, which says nothing about the mail but that.
    if (error instanceof RangeError) return new TextDecoder('windows-1252')
    throw error
  }
}

/**
 * Decodes header bytes: as UTF-8 (RFC 6532) if they are that, else as windows-1252, which most raw 8-bit
 * headers are. UTF-8 in which a program has cut a character short, as some do with long names, still counts
 * as UTF-8.
 */
export function decodeHeaderBytes(bytes: Uint8Array): string {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  if (!text.includes('\ufffd') || isUtf8(bytes)) return text
  const wrong = text.split('\ufffd').length - 1
  // Bytes of windows-1252 hardly ever make a sequence of UTF-8.
  const right = text.replace(/[\0-\x7f\ufffd]/g, '').length
  return right > 2 * wrong ? text : new TextDecoder('windows-1252').decode(bytes)
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/** Each byte as the character of the same number: for syntax that must not depend on a charset. */
export function byteString(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 4096)
    text += String.fromCharCode(...bytes.subarray(at, at + 4096))
  return text
}

/** The bytes of a `byteString`. Characters above 255 lose their high bits. */
export function stringBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
