/** Quoted-printable (RFC 2045 6.7) taken apart: the decoded bytes, and how each of them was written. */
export interface QuotedPrintableTokens {
  readonly decoded: Uint8Array
  /** For each decoded byte 1 where it was written as `=XX`, 0 where it stood for itself. */
  readonly escaped: Uint8Array
  /** Offsets into the decoded bytes before which a line was broken softly, ascending; equal ones for an empty line. */
  readonly breaks: readonly number[]
  readonly eol: 'lf' | 'crlf'
  readonly lowerCase: boolean
  /** The last soft break has lost its line end to the delimiter that follows the body. */
  readonly endsBare: boolean
}

const equals = 61
const lf = 10
const cr = 13

/**
 * Decodes leniently: whatever is neither an escape nor a soft break stands for itself, including white space
 * before a line end. `regular` is false when soft breaks have both kinds of line end or escapes both cases,
 * which the tokens can't express.
 */
export function readQuotedPrintable(
  encoded: Uint8Array,
): QuotedPrintableTokens & { readonly regular: boolean } {
  const decoded = new Uint8Array(encoded.length)
  const escaped = new Uint8Array(encoded.length)
  const breaks: number[] = []
  const seen = { lf: false, crlf: false, lower: false, upper: false, endsBare: false }
  let size = 0
  for (let i = 0; i < encoded.length; ) {
    const byte = encoded[i] ?? 0
    if (byte === equals) {
      const next = encoded[i + 1]
      if (next === lf || (next === cr && encoded[i + 2] === lf)) {
        breaks.push(size)
        if (next === lf) seen.lf = true
        else seen.crlf = true
        i += next === lf ? 2 : 3
        continue
      }
      if (next === undefined) {
        breaks.push(size)
        seen.endsBare = true
        break
      }
      const high = hexValue(next)
      const low = hexValue(encoded[i + 2])
      if (high >= 0 && low >= 0) {
        for (const digit of [next, encoded[i + 2] ?? 0]) {
          if (digit >= 97) seen.lower = true
          else if (digit >= 65) seen.upper = true
        }
        escaped[size] = 1
        decoded[size++] = high * 16 + low
        i += 3
        continue
      }
    }
    decoded[size++] = byte
    i++
  }
  return {
    decoded: decoded.subarray(0, size),
    escaped: escaped.subarray(0, size),
    breaks,
    eol: seen.crlf ? 'crlf' : 'lf',
    lowerCase: seen.lower,
    endsBare: seen.endsBare,
    regular: !(seen.lf && seen.crlf) && !(seen.lower && seen.upper),
  }
}

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 48 && byte <= 57) return byte - 48
  if (byte >= 65 && byte <= 70) return byte - 55
  if (byte >= 97 && byte <= 102) return byte - 87
  return -1
}
