/** A piece of a line of text: plain text, or an address that may be followed. */
export type TextPiece = string | { readonly href: string; readonly text: string }

/** No other scheme is ever followed. Nothing but letters stands before it. */
const address = /(?<![\p{L}\p{N}])(?:https?:\/\/|mailto:)[^\s<>"'`{}|\\^]{1,2000}/giu

/** Leaves out punctuation that ends the sentence, but keeps a bracket that was opened within the address. */
function withoutSentenceEnd(found: string): string {
  let end = found.length
  for (;;) {
    const last = found[end - 1] ?? ''
    const closes = last === ')' && !found.slice(0, end).includes('(')
    if (!closes && !/[.,;:!?\]*_]/.test(last)) return found.slice(0, end)
    end--
  }
}

export function findLinks(line: string): TextPiece[] {
  const pieces: TextPiece[] = []
  let at = 0
  for (const match of line.matchAll(address)) {
    const text = withoutSentenceEnd(match[0])
    const href = followable(text)
    if (href === undefined) continue
    if (match.index > at) pieces.push(line.slice(at, match.index))
    pieces.push({ href, text })
    at = match.index + text.length
  }
  if (at < line.length) pieces.push(line.slice(at))
  return pieces
}

/** An address in a form that may be followed; undefined if it may not be. */
export function followable(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, href } = new URL(text)
  return protocol === 'http:' || protocol === 'https:' || protocol === 'mailto:' ? href : undefined
}
