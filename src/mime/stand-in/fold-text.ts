/** What stands where something was left out. */
export const cutMark = '[...]'

/** Of what an answer quotes right above it, so many lines say what it is about. */
const quotedLines = 2

/** Below so many characters of its own a mail may have been sent for what it carries along. */
const tellingCharacters = 200

/** What lists of mail put under a text, behind a line: so many lines at the most. */
const footerLines = 10
const ruler = /^[-_=*]{20,} *$/

/** An address that a person could type. */
const mostAddress = 80

/** As programs that mark no line of it begin what they quote at the end, in languages of theirs. */
const original =
  /^-{3,} ?(?:Original Message|Originalnachricht|Urspr\u00fcngliche Nachricht|Message d'origine|Mensaje original|Messaggio originale|Oorspronkelijk bericht|Ursprungligt meddelande) ?-{3,}$/i

const isQuoted = (line: string): boolean => line.startsWith('>')
const isBlank = (line: string): boolean => line.trim() === ''

/**
 * What of a text its sender wrote, for people: of what it quotes only the last lines above an answer, of keys, signatures and what is encrypted
 * only that it is there, of long addresses the place. What is left out is marked. In as many steps as it has characters.
 */
export function foldText(text: string): string {
  const lines = withoutFooter(withoutOriginal(foldArmour(text.split(/\r?\n/))))
  return shortenAddresses(foldQuotes(lines).join('\n'))
}

function foldQuotes(lines: readonly string[]): string[] {
  const folded: string[] = []
  const last = lines.findLastIndex((line) => !isBlank(line))
  let isOwn = false
  for (let at = 0; at <= last; ) {
    const end = endOfQuote(lines, at)
    const quoted = lines.slice(at, end)
    if (quoted.length === 0) {
      const line = lines[at++] ?? ''
      isOwn ||= !isBlank(line)
      folded.push(line)
      continue
    }
    // A mail that is nothing but a quotation is read for that.
    if (end > last && isOwn) folded.push('', cutMark)
    else if (quoted.length > quotedLines + 1) folded.push(`> ${cutMark}`, ...quoted.slice(-quotedLines))
    else folded.push(...quoted)
    at = end
  }
  return folded
}

/** Behind the last quoted line of those that begin here; blank ones between them belong to it. */
function endOfQuote(lines: readonly string[], from: number): number {
  let end = from
  for (let at = from; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (isQuoted(line)) end = at + 1
    else if (end === from || !isBlank(line)) break
  }
  return end
}

/** Without what programs quote that mark it by a line above it alone. */
function withoutOriginal(lines: readonly string[]): readonly string[] {
  const at = lines.findIndex((line) => original.test(line.trimEnd()))
  return at >= 0 && saysEnough(lines.slice(0, at)) ? [...lines.slice(0, at), cutMark] : lines
}

function withoutFooter(lines: readonly string[]): readonly string[] {
  const last = lines.findLastIndex((line) => !isBlank(line) && !ruler.test(line))
  const from = Math.max(0, last - footerLines)
  const at = lines.slice(from, last + 1).findIndex((line) => ruler.test(line)) + from
  return at >= from && saysEnough(lines.slice(0, at)) ? lines.slice(0, at) : lines
}

const saysEnough = (lines: readonly string[]): boolean =>
  lines.reduce((sum, line) => sum + (isQuoted(line) ? 0 : line.trim().length), 0) >= tellingCharacters

/** Of what is no text but letters (RFC 9580 6.2) the first line, which says what it is. */
function foldArmour(lines: readonly string[]): string[] {
  const folded: string[] = []
  let ends = 0
  for (const line of lines) if (/^-----END /.test(line)) ends++
  let inside: string | undefined
  for (const line of lines) {
    const [, begun] = /^-----BEGIN ((?:PGP (?!SIGNED)|CERTIFICATE|PKCS7)[A-Z0-9 ,/]*)-----$/.exec(line) ?? []
    if (line.startsWith('-----END ')) ends--
    if (inside !== undefined) {
      if (line === `-----END ${inside}-----`) inside = undefined
    } else if (begun !== undefined && ends > 0) {
      inside = begun
      folded.push(line, cutMark)
    } else folded.push(line)
  }
  return folded
}

const addresses = /\bhttps?:\/\/[^\s<>"]+/gi

function shortenAddresses(text: string): string {
  return text.replace(addresses, shortAddress)
}

/** Whether more of a text is addresses than words, as of pages that only lead to others. */
export function isMostlyAddresses(text: string): boolean {
  const sum = (text.match(addresses) ?? []).reduce((sum, { length }) => sum + length, 0)
  return 2 * sum > text.length
}

/** An address; of a longer one, which counts who has followed it, only the place. */
function shortAddress(address: string): string {
  if (address.length <= mostAddress) return address
  const [, place] = /^https?:\/\/([^/?#\s]{1,60})/i.exec(address) ?? []
  return place === undefined ? '...' : `${place}/...`
}
