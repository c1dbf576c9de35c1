/** A response as imapflow takes it from the wire: its line, in which `{12}` and a line end stand for each literal, and the literals. */
export interface RawLine {
  readonly payload: Buffer
  readonly literals?: readonly Buffer[]
}

/** Lines with names or flags in them are short: what is longer than this is taken as it is. */
const mostBytes = 16 * 1024

/**
 * Makes parseable what servers send against the grammar: mailbox names in raw UTF-8 or Latin-1 or with
 * control characters, and keywords such as `100%`. imapflow's parser drops a line with such a word, or turns
 * its bytes into U+FFFD. Names become literals, which are kept byte for byte, and keywords quoted strings.
 * All other lines pass unchanged.
 */
export function mendLine<T extends RawLine>(line: T): T {
  const { payload } = line
  if (payload.length > mostBytes || payload[0] !== star) return line
  const text = payload.toString('latin1')
  if (/^\* (?:LIST|LSUB|XLIST|STATUS) /i.test(text))
    return needsLiterals(text) ? withLiterals(line, text) : line
  if (!/^\* (?:\d+ FETCH|FLAGS|OK) /i.test(text)) return line
  const mended = withQuotedFlags(text)
  return mended === text ? line : { ...line, payload: Buffer.from(mended, 'latin1') }
}

const star = 0x2a

/** Whether text has bytes that aren't printable ASCII, or characters that no atom may have but that servers write in one. */
function needsLiterals(text: string): boolean {
  return /[^\r\n\x20-\x7e]|[%*{]/.test(text.slice(text.indexOf(' ', 2)))
}

/** A quoted string, a literal's place, or anything else up to the next of these. */
const token = /"(?:[^"\\]|\\[\s\S])*"|\{\d+\+?\}\r?\n|[()]|[^\s"()]+|\s+/g

function withLiterals<T extends RawLine>(line: T, text: string): T {
  const literals: Buffer[] = []
  let taken = 0
  // The word LIST, and the flags before the delimiter, stay.
  const from = text.indexOf(' ', 2) + 1
  const mended = text.slice(from).replace(token, (word) => {
    if (/^\{\d+\+?\}\r?\n$/.test(word)) {
      literals.push(line.literals?.[taken++] ?? Buffer.alloc(0))
      return word
    }
    const quoted = word.startsWith('"') && word.endsWith('"') && word.length > 1
    const inner = quoted ? word.slice(1, -1).replace(/\\([\s\S])/g, '$1') : word
    const odd = quoted ? /[^\x20-\x7e]/.test(inner) : /[^\s\x20-\x7e]|[%*{]/.test(inner)
    if (!odd || /^\\\*?$/.test(inner)) return word
    literals.push(Buffer.from(inner, 'latin1'))
    return `{${inner.length}}\r\n`
  })
  return { ...line, payload: Buffer.from(text.slice(0, from) + mended, 'latin1'), literals }
}

/** What may stand before the flags: quoted strings are passed over as a whole. */
const flagLists = [
  /^(\* \d+ FETCH \((?:[^"]|"(?:[^"\\]|\\[\s\S])*")*?\bFLAGS \()([^)]*)(\)[\s\S]*)$/i,
  /^(\* FLAGS \()([^)]*)(\)[\s\S]*)$/i,
  /^(\* OK \[PERMANENTFLAGS \()([^)]*)(\)[\s\S]*)$/i,
]

function withQuotedFlags(text: string): string {
  for (const list of flagLists) {
    const [, before, flags, after] = list.exec(text) ?? []
    if (before === undefined || flags === undefined || after === undefined) continue
    const words = flags.split(' ').filter((flag) => flag !== '')
    if (words.every(isWord)) return text
    return `${before}${words.map((flag) => (isWord(flag) ? flag : `"${flag.replace(/["\\]/g, '\\$&')}"`)).join(' ')}${after}`
  }
  return text
}

/** `flag` of RFC 9051 9. */
const isWord = (flag: string): boolean => /^(?:\\?[!#$&'+\-./0-9:;<=>?@A-Z[^_`a-z|}~]+|\\\*)$/.test(flag)
