/** A text whose bytes in percent-encoding are decoded (RFC 3986 2.1); undefined where they aren't encoded well. */
export function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
