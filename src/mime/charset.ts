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

/** Header bytes as text: UTF-8 (RFC 6532) where they are that, else windows-1252, as raw 8-bit headers mostly are. */
export function decodeHeaderBytes(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return new TextDecoder('windows-1252').decode(bytes)
    throw error
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
