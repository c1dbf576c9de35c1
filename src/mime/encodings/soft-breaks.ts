/**
 * Where encoders break lines softly. All of them fill lines up to a width. They differ in whether they check
 * that a line would just fit before they break it, and in what they keep together.
 */
export interface BreakRule {
  /** Characters of a full line, its `=` counted. */
  readonly width: number
  /** A line of exactly `width` that ends by itself is left whole. */
  readonly looksAhead: boolean
  readonly keeps: 'nothing' | 'characters' | 'words'
}

export const keepings = ['nothing', 'characters', 'words'] as const

/**
 * How many bytes of the line that begins at `start` the rule puts before a soft break; -1 when the line
 * reaches its hard end without one. Looks at no more than `width` bytes.
 */
export function predictBreak(
  decoded: Uint8Array,
  escaped: Uint8Array,
  start: number,
  rule: BreakRule,
): number {
  const room = rule.width - 1
  let used = 0
  let at = start
  for (; at < decoded.length && !isHardEnd(decoded, escaped, at); at++) {
    used += escaped[at] ? 3 : 1
    if (used > room) break
  }
  if (used <= room) return -1
  if (rule.looksAhead && used === rule.width && endsAt(decoded, escaped, at + 1)) return -1
  return keepTogether(decoded, escaped, start, at, rule) - start
}

/** Moves a break at `at` back to where the rule allows it, or leaves it where there is no such place. */
function keepTogether(
  decoded: Uint8Array,
  escaped: Uint8Array,
  start: number,
  at: number,
  rule: BreakRule,
): number {
  if (rule.keeps === 'nothing') return at
  for (let back = at; back > start; back--) {
    if (rule.keeps === 'characters' && ((decoded[back] ?? 0) & 0xc0) !== 0x80) return back
    if (rule.keeps === 'words' && decoded[back - 1] === 32 && !escaped[back - 1]) return back
  }
  return at
}

function endsAt(decoded: Uint8Array, escaped: Uint8Array, at: number): boolean {
  return at >= decoded.length || isHardEnd(decoded, escaped, at)
}

/** Whether a hard line end, LF or CRLF standing for itself, begins at `at`. */
function isHardEnd(decoded: Uint8Array, escaped: Uint8Array, at: number): boolean {
  if (escaped[at]) return false
  if (decoded[at] === 10) return true
  return decoded[at] === 13 && decoded[at + 1] === 10 && !escaped[at + 1]
}

/** Offset behind the hard line end of the line that `start` is in, or the length. */
export function hardLineEnd(decoded: Uint8Array, escaped: Uint8Array, start: number): number {
  for (let at = decoded.indexOf(10, start); at >= 0; at = decoded.indexOf(10, at + 1))
    if (!escaped[at]) return at + 1
  return decoded.length
}
