/**
 * The names of mailboxes that their server doesn't write in modified UTF-7: `R&D`, raw UTF-8, bytes that are no text, a tab. They are shown as they are
 * meant, with signs that hardly anybody uses in place of what would make them another name, so that each has one path, and the path gives
 * the name back byte for byte:
 *
 * | in the name | in the path |
 * |---|---|
 * | `&` | U+FE60, a small ampersand |
 * | a control character | U+2400 and following, its picture |
 * | a slash, a byte that is no UTF-8, one of these signs | U+FE6A, a small percent sign, and two hex digits for each byte |
 * | none of these | U+FE6A at the end |
 */
const ampersand = '\uFE60'
const percent = '\uFE6A'

const signs = /[\uFE60\uFE6A\u2400-\u2421\u2024\u2215\u2216]/u
const sign = /[\uFE60\uFE6A\u2400-\u241F\u2421]/u

/** @param level one character for each byte. */
export function rawText(level: string): string {
  const bytes = Buffer.from(level, 'latin1')
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = lengthAt(bytes, at)
    const read = length === 0 ? '' : bytes.toString('utf8', at, at + length)
    if (read === '&') text += ampersand
    else if (read !== '' && (read < ' ' || read === '\x7f')) text += pictureOf(read)
    else if (read === '' || read === '/' || read === '\uFFFD' || /\p{Cc}/u.test(read) || signs.test(read))
      for (const byte of bytes.subarray(at, at + Math.max(1, length))) text += hex(byte)
    else text += read
    at += Math.max(1, length)
  }
  return sign.test(text) ? text : text + percent
}

/** The bytes of a level that `rawText` has shown, one character for each. Undefined when it is none of these. */
export function rawLevel(text: string): string | undefined {
  if (!sign.test(text)) return undefined
  const inner = text.endsWith(percent) ? text.slice(0, -1) : text
  let level = ''
  for (const each of inner.matchAll(/\uFE6A([0-9A-F]{2})|[\s\S]/gu)) {
    const [read = '', byte] = each
    if (byte !== undefined) level += String.fromCharCode(Number.parseInt(byte, 16))
    else if (read === ampersand) level += '&'
    else if (/[\u2400-\u241F]/.test(read)) level += String.fromCharCode(read.charCodeAt(0) - 0x2400)
    else if (read === '\u2421') level += '\x7f'
    else level += Buffer.from(read).toString('latin1')
  }
  return level
}

const hex = (byte: number): string => percent + byte.toString(16).toUpperCase().padStart(2, '0')

const pictureOf = (control: string): string =>
  control === '\x7f' ? '\u2421' : String.fromCharCode(0x2400 + control.charCodeAt(0))

/** How many bytes the character there has in UTF-8; 0 when it is none. */
function lengthAt(bytes: Buffer, at: number): number {
  for (const length of [1, 2, 3, 4]) {
    const some = bytes.subarray(at, at + length)
    const text = some.toString('utf8')
    if (some.length === length && [...text].length === 1 && Buffer.from(text).equals(some)) return length
  }
  return 0
}
