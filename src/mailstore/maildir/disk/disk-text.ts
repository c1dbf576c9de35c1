import { isUtf8 } from 'node:buffer'

/**
 * Names on a disk are bytes; everything else here is text. Valid UTF-8 stands for itself; any other byte,
 * 0x80 to 0xFF, becomes one character from U+F780 to U+F7FF, and so does each byte of such a character. So
 * every name has a text of its own, which gives its bytes back and survives a database.
 */
export function textOfBytes(bytes: Buffer): string {
  if (isUtf8(bytes)) {
    const text = bytes.toString('utf8')
    if (!isEscaped(text)) return text
  }
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = lengthOfCharacter(bytes[at] ?? 0)
    const character = bytes.subarray(at, at + length)
    const known = character.length === length && isUtf8(character) ? character.toString('utf8') : undefined
    if (known !== undefined && !isEscaped(known)) text += known
    else for (const byte of character.subarray(0, 1)) text += String.fromCharCode(firstEscape + byte - 0x80)
    at += known !== undefined && !isEscaped(known) ? length : 1
  }
  return text
}

export function bytesOfText(text: string): Buffer {
  if (!isEscaped(text)) return Buffer.from(text, 'utf8')
  return Buffer.concat(
    text.split(escapes).map((run) => {
      const unit = run.charCodeAt(0)
      const escaped = run.length === 1 && unit >= firstEscape && unit < firstEscape + 128
      return escaped ? Buffer.from([unit - firstEscape + 0x80]) : Buffer.from(run, 'utf8')
    }),
  )
}

/** What `node:fs` takes for a path in this text. */
export function onDisk(path: string): string | Buffer {
  return isEscaped(path) ? bytesOfText(path) : path
}

const firstEscape = 0xf780
const escapes = /([\uf780-\uf7ff])/

function isEscaped(text: string): boolean {
  return escapes.test(text)
}

/** Bytes of the UTF-8 character that begins with this byte; 1 where none does. */
function lengthOfCharacter(first: number): number {
  if (first < 0xc2) return 1
  if (first < 0xe0) return 2
  if (first < 0xf0) return 3
  return first < 0xf5 ? 4 : 1
}
