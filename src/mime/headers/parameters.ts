import { decodeWords } from 'postal-mime'
import { decodeCharset, decodeHeaderBytes, stringBytes } from '../encodings/charset.js'
import { mimeLimits } from '../limits.js'

/** A structured field such as `text/plain; charset=utf-8`. */
export interface StructuredField {
  /** What stands before the first semicolon, without comments, lower-case. */
  readonly value: string
  /** A parameter's raw value as a byte string, undefined when there is none. The first of equal names counts. */
  raw(name: string): string | undefined
  /** A parameter as text: RFC 2231 sections and charsets, else RFC 2047 words, which many programs put there. */
  text(name: string): string | undefined
}

interface Section {
  readonly value: string
  readonly percentEncoded: boolean
}

/** Parses a field value that is given as an unfolded byte string (RFC 2045 5.1, RFC 2231). Odd syntax gives what can be had. */
export function parseStructured(field: string): StructuredField {
  const input = field.slice(0, mimeLimits.parameterBytes)
  const first = endOfValue(input, 0)
  const plain = new Map<string, string>()
  const sections = new Map<string, Map<number, Section>>()
  let at = first
  for (let count = 0; at < input.length && count < mimeLimits.parameters; count++) {
    const parameter = readParameter(input, at + 1)
    at = parameter.end
    const sectioned = /^([^*]+)\*(?:(\d{1,3})(\*)?)?$/.exec(parameter.name)
    const base = sectioned?.[1]
    if (base === undefined) {
      if (parameter.name !== '' && !plain.has(parameter.name)) plain.set(parameter.name, parameter.value)
      continue
    }
    const percentEncoded = sectioned?.[2] === undefined || sectioned[3] !== undefined
    const number = Number(sectioned?.[2] ?? 0)
    const list = sections.get(base) ?? new Map<number, Section>()
    sections.set(base, list)
    if (!list.has(number)) list.set(number, { value: parameter.value, percentEncoded })
  }
  return {
    value: withoutComments(input.slice(0, first)).trim().toLowerCase(),
    raw: (name) => plain.get(name),
    text: (name) => {
      const list = sections.get(name)
      if (list?.has(0)) return joinSections(list)
      const value = plain.get(name)
      return value === undefined ? undefined : decodeWords(decodeHeaderBytes(stringBytes(value)))
    },
  }
}

/** Index of the semicolon that ends what begins at `start`, or the length. Quoted strings and comments hide semicolons. */
function endOfValue(input: string, start: number): number {
  let quoted = false
  let depth = 0
  for (let i = start; i < input.length; i++) {
    const char = input[i]
    if (char === '\\') i++
    else if (char === '"' && depth === 0) quoted = !quoted
    else if (quoted) continue
    else if (char === '(') depth++
    else if (char === ')' && depth > 0) depth--
    else if (char === ';' && depth === 0) return i
  }
  // A quote or comment that never ends hides nothing.
  if (quoted || depth > 0) {
    const at = input.indexOf(';', start)
    return at < 0 ? input.length : at
  }
  return input.length
}

function readParameter(input: string, start: number): { name: string; value: string; end: number } {
  const end = endOfValue(input, start)
  const text = input.slice(start, end)
  const equals = text.indexOf('=')
  if (equals < 0) return { name: '', value: '', end }
  const name = withoutComments(text.slice(0, equals)).trim().toLowerCase()
  const value = text.slice(equals + 1).trim()
  return { name, value: value.startsWith('"') ? unquote(value) : bareValue(name, value), end }
}

function unquote(value: string): string {
  let text = ''
  for (let i = 1; i < value.length && value[i] !== '"'; i++) {
    // A backslash before a letter is no escape but a Windows path.
    if (value[i] === '\\' && /["\\]/.test(value[i + 1] ?? '')) i++
    text += value[i]
  }
  return text
}

/** File names are often written with spaces and no quotes; elsewhere a space ends the value. */
function bareValue(name: string, value: string): string {
  const comment = value.search(/\s\(/)
  const text = comment < 0 ? value : value.slice(0, comment)
  return /^(?:file)?name/.test(name) ? text.trimEnd() : (/^\S*/.exec(text)?.[0] ?? '')
}

function withoutComments(text: string): string {
  if (!text.includes('(')) return text
  let depth = 0
  let rest = ''
  for (const char of text) {
    if (char === '(') depth++
    else if (char === ')' && depth > 0) depth--
    else if (depth === 0) rest += char
  }
  return rest
}

/** Sections are joined as bytes, since a character may be cut by a section's end (RFC 2231 4.1). */
function joinSections(list: Map<number, Section>): string {
  let charset: string | undefined
  let joined = ''
  for (let number = 0; ; number++) {
    const section = list.get(number)
    if (!section) break
    let value = section.value
    if (section.percentEncoded) {
      const prefix = number === 0 ? /^([^']*)'[^']*'/.exec(value) : null
      if (prefix) {
        charset = prefix[1]
        value = value.slice(prefix[0].length)
      }
      value = value.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      )
    }
    joined += value
  }
  const bytes = stringBytes(joined)
  return charset ? decodeCharset(bytes, charset) : decodeHeaderBytes(bytes)
}
