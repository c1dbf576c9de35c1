import type { Mailbox } from './envelope.js'

/** Header values out of Unicode text that holds no control characters (RFC 5322, 2047, 2231), folded with LF. */

const textEncoder = new TextEncoder()
const printable = /^[ -~]*$/
/** RFC 5322 3.2.3, with the spaces between atoms. */
const atoms = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+$/
const lineCharacters = 76
const localPart = /^[^\s<>()[\],;:\\"@]+$/
const fullAddress = /^[^\s<>()[\],;:\\"@]+@[^\s<>()\\,;:"@]+$/

/** Unstructured text, as in Subject. */
export function encodeText(text: string, nameLength: number): string {
  const plain =
    printable.test(text) && !text.includes('=?') && text.split(' ').every((word) => word.length < 900)
  return plain ? foldWords(text, nameLength) : encodeWords(text)
}

/** An address list (RFC 5322 3.4), one mailbox a line. What is no address stands as an empty group (RFC 6854), which is allowed anywhere. */
export function encodeMailboxes(mailboxes: readonly Mailbox[]): string {
  return mailboxes
    .map(({ name, address }) => {
      // A name alone on a host (`<postmaster>`) is an address only in angle brackets.
      const valid =
        name === undefined ? fullAddress.test(address) : localPart.test(address) || fullAddress.test(address)
      if (!valid) return `${encodePhrase(name ?? address)}:;`
      return name === undefined ? address : `${encodePhrase(name)} <${address}>`
    })
    .join(',\n ')
}

function encodePhrase(text: string): string {
  if (!printable.test(text) || text.includes('=?')) return encodeWords(text)
  return atoms.test(text) && text.trim() === text ? text : quote(text)
}

/** A parameter with the semicolon and the line end before it; other than plain text by RFC 2231. */
export function encodeParameter(name: string, value: string): string {
  if (printable.test(value) && value.length < 200)
    return `;\n ${name}=${/^[\w.+-]+$/.test(value) ? value : quote(value)}`
  const escaped = Array.from(textEncoder.encode(value), (byte) => {
    const char = String.fromCharCode(byte)
    return /[A-Za-z0-9._-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  })
  return `;\n ${name}*=utf-8''${escaped.join('')}`
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** Breaks lines before words. Only single spaces come here, so that none is lost when a reader unfolds. */
function foldWords(text: string, nameLength: number): string {
  let column = nameLength
  let folded = ''
  for (const [i, word] of text.split(' ').entries()) {
    const breaks = i > 0 && column + 1 + word.length > lineCharacters
    folded += i === 0 ? word : breaks ? `\n ${word}` : ` ${word}`
    column = breaks ? 1 + word.length : column + 1 + word.length
  }
  return folded
}

/** Encoded words of at most 75 characters, none of which cuts a character (RFC 2047 2 and 5). */
function encodeWords(text: string): string {
  const words: string[] = []
  let word: number[] = []
  for (const char of text) {
    const bytes = textEncoder.encode(char)
    if (word.length + bytes.length > 42) {
      words.push(encodedWord(word))
      word = []
    }
    word.push(...bytes)
  }
  if (word.length > 0) words.push(encodedWord(word))
  return words.join('\n ')
}

function encodedWord(bytes: readonly number[]): string {
  return `=?utf-8?B?${btoa(String.fromCharCode(...bytes))}?=`
}
