/** The longest beginning of a text that takes at most `maxBytes` in UTF-8 and cuts no character. Lone surrogates become U+FFFD. */
export function truncateText(text: string, maxBytes: number): string {
  // A character takes at least a byte, so nothing beyond can matter.
  const bytes = new TextEncoder().encode(text.slice(0, maxBytes + 1))
  if (bytes.length <= maxBytes) return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  let end = maxBytes
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, end))
}

/** Without control characters, which could end a line, and with single spaces. */
export function cleanText(text: string, maxBytes: number): string {
  const clean = text.slice(0, 4 * maxBytes).replace(/[\s\p{Cc}]+/gu, ' ')
  return truncateText(clean.trim(), maxBytes).trimEnd()
}
