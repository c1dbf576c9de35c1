import type { CreateHash } from '../../bytes/hash.js'
import { type ByteSource, readRange } from '../../bytes/source.js'
import { byteString } from '../encodings/charset.js'
import { readExactly } from '../lines.js'
import { type ScannedPart, scanEntities } from '../scan-entities.js'

/**
 * The proof that a placeholder was written here, wherever a mail quotes it. It must not get out: whoever has
 * it could put it into mail of their own, and when we send that on, it would bring them what the placeholder
 * stands for.
 */
const proof = /id=[0-9a-f]{32}(?:\/\d{1,6})?;[\s>|]{1,9}(?:sum=[0-9a-f]{16};[\s>|]{1,9})?tag=([0-9a-f]{32})/g
const proofBytes = 200
const tagLength = 32

/** Of what may hold a placeholder in an encoding: it is read at once. Among so few bytes of any type a file of ours may be, renamed by a program. */
const encodedBytes = 4 * 1024 * 1024
const fileBytes = 64 * 1024
const mayHold = /^(?:text\/|message\/|application\/x-packetboat-missing$)/

/** Changed bytes of one mail. Nobody writes so many placeholders: what is quoted of such a mail is somebody's forgery. */
const mostChanges = 1000 * tagLength

/** A byte that stands in a mail in place of another one, by its offset. */
type Changes = Map<number, number>

/** The mail, as long as before, with zeros for these proofs but for those in places where something else is put in. */
export async function withoutTags(
  source: ByteSource,
  createHash: CreateHash,
  replaced: readonly { readonly start: number; readonly length: number }[],
): Promise<ByteSource> {
  const changes: Changes = new Map()
  await blankPlain(source, changes)
  for (const part of (await scanEntities(source, { createHash })).parts)
    await blankEncoded(source, part, changes)
  for (const at of [...changes.keys()])
    if (replaced.some(({ start, length }) => at >= start && at < start + length)) changes.delete(at)
  if (changes.size === 0) return source
  const ascending = [...changes].sort(([a], [b]) => a - b)
  return {
    size: source.size,
    async read(offset, length) {
      const bytes = Uint8Array.from(await source.read(offset, length))
      for (const [at, byte] of ascending)
        if (at >= offset && at < offset + bytes.length) bytes[at - offset] = byte
      return bytes
    },
  }
}

async function blankPlain(source: ByteSource, changes: Changes): Promise<void> {
  let [text, at] = ['', 0]
  for await (const chunk of readRange(source)) {
    if (changes.size > mostChanges) return
    text += byteString(chunk)
    for (const tag of tagsIn(text)) for (let i = 0; i < tagLength; i++) changes.set(at + tag + i, zero)
    const kept = text.slice(-proofBytes)
    at += text.length - kept.length
    text = kept
  }
}

const zero = 48

async function blankEncoded(
  source: ByteSource,
  { fields, start, end }: ScannedPart,
  changes: Changes,
): Promise<void> {
  const { transferEncoding, type } = fields
  const mostBytes = mayHold.test(type) ? encodedBytes : fileBytes
  if (transferEncoding === 'identity' || end - start > mostBytes) return
  if (changes.size > mostChanges) return
  const body = byteString(await readExactly(source, start, end - start))
  const blank = transferEncoding === 'base64' ? blankBase64 : blankQuotedPrintable
  blank(body, (at, character) => changes.set(start + at, character.charCodeAt(0)))
}

/** Where tags begin. */
function tagsIn(text: string): number[] {
  return [...text.matchAll(proof)].map((found) => found.index + found[0].length - tagLength)
}

type Change = (at: number, character: string) => void

function blankBase64(body: string, change: Change): void {
  const characters = body.replace(/[^A-Za-z0-9+/]/g, '')
  // One character alone says nothing.
  const text = atob(characters.length % 4 === 1 ? characters.slice(0, -1) : characters)
  const tags = tagsIn(text)
  if (tags.length === 0) return
  const places = placesOf(body, isBase64)
  for (const tag of tags) {
    const [from, to] = [tag - (tag % 3), Math.ceil((tag + tagLength) / 3) * 3]
    const blanked = `${text.slice(from, tag)}${'0'.repeat(tagLength)}${text.slice(tag + tagLength, to)}`
    for (const [i, character] of [...btoa(blanked)].entries()) {
      const place = places[(from / 3) * 4 + i]
      if (place !== undefined && character !== '=') change(place, character)
    }
  }
}

const isBase64 = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  (code >= 48 && code <= 57) ||
  code === 43 ||
  code === 47

/** Where the characters of an encoding stand, one after the other. */
function placesOf(body: string, counts: (code: number) => boolean): Uint32Array {
  const places = new Uint32Array(body.length)
  let count = 0
  for (let at = 0; at < body.length; at++) if (counts(body.charCodeAt(at))) places[count++] = at
  return places.subarray(0, count)
}

function blankQuotedPrintable(body: string, change: Change): void {
  const places = new Uint32Array(body.length)
  const decoded = new Uint8Array(body.length)
  let count = 0
  for (let at = 0; at < body.length; ) {
    const { code, length } = quotedAt(body, at)
    if (code !== undefined) {
      places[count] = at
      decoded[count++] = code
    }
    at += length
  }
  for (const tag of tagsIn(byteString(decoded.subarray(0, count))))
    for (const at of places.subarray(tag, tag + tagLength)) {
      if (body.charCodeAt(at) !== equals) change(at, '0')
      else for (const [i, digit] of ['3', '0'].entries()) change(at + 1 + i, digit)
    }
}

const equals = 61

/** The byte that stands there, if one does, and how many characters say so. */
function quotedAt(body: string, at: number): { readonly code?: number; readonly length: number } {
  const code = body.charCodeAt(at)
  if (code !== equals) return { code, length: 1 }
  const next = body.charCodeAt(at + 1)
  if (next === 10) return { length: 2 }
  if (next === 13 && body.charCodeAt(at + 2) === 10) return { length: 3 }
  const hex = body.slice(at + 1, at + 3)
  return /^[0-9A-Fa-f]{2}$/.test(hex) ? { code: Number.parseInt(hex, 16), length: 3 } : { code, length: 1 }
}
