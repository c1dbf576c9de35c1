import { createHash } from 'node:crypto'
import type { Random } from '../../fixtures/random.js'

/** Raw messages as bytes in a string (latin1): header and body are edited as text without touching any charset. */
export type Raw = string

const words =
  'thanks for the note I will look at it tomorrow and get back to you the link here is slow so please keep the attachment small we agreed that the meeting moves to next week could you send me the figures again before noon the ship leaves on Friday with the new antenna on board yes that works for me no objection from our side see below my comments inline regards'.split(
    ' ',
  )

/** Plain prose, wrapped at 70. */
export function blurb(random: Random, least: number, most: number): string {
  const lines: string[] = []
  let line = ''
  for (let left = random.int(least, most); left > 0; left--) {
    const word = random.pick(words)
    if (line.length + word.length > 70) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return `${[...lines, line].join('\n')}.\n`
}

const fold = '(?:\\n[ \\t].*)*'

export function headerOf(message: Raw, name: string): string {
  const head = message.slice(0, headEnd(message))
  const found = new RegExp(`^${name}:[ \\t]*(.*${fold})`, 'im').exec(head)
  return (found?.[1] ?? '').replaceAll('\n', ' ').trim()
}

export function withHeader(message: Raw, name: string, value: string): Raw {
  const end = headEnd(message)
  const head = withoutHeaders(message.slice(0, end), [name])
  return `${head}\n${name}: ${value}${message.slice(end)}`
}

function headEnd(message: Raw): number {
  const end = message.indexOf('\n\n')
  return end < 0 ? message.length : end
}

const withoutHeaders = (head: string, names: readonly string[]): string =>
  `${head}\n`.replace(new RegExp(`^(?:${names.join('|')}):.*${fold}\\n?`, 'gim'), '').replace(/\n+$/, '')

export const dateOf = (seconds: number): string =>
  new Date(seconds * 1000).toUTCString().replace('GMT', '+0000')

/** Roughly, for quoting: the first plain text of a multipart, or the body. */
function textOf(message: Raw): string {
  const body = message.slice(headEnd(message) + 2)
  const boundary = /boundary="?([^";\n]+)/i.exec(headerOf(message, 'Content-Type'))?.[1]
  if (boundary === undefined) return body.slice(0, 20_000)
  const part = body
    .split(`--${boundary}`)
    .find((each) => /content-type: *text\/plain/i.test(each.slice(0, 300)))
  return (part ?? '').slice((part ?? '').indexOf('\n\n') + 2).slice(0, 20_000)
}

export interface Composed {
  readonly kind: 'reply' | 'forward'
  readonly seconds: number
  readonly words: readonly [least: number, most: number]
}

/** A new message of one of the account's correspondents, that quotes or forwards `original`. */
export function compose(
  random: Random,
  original: Raw,
  { kind, seconds, words: [least, most] }: Composed,
): Raw {
  const subject = headerOf(original, 'Subject').replace(/^((re|fwd?):\s*)+/i, '') || '(none)'
  const to = headerOf(original, 'From') || 'someone@example.org'
  const text = textOf(original)
  const parent = headerOf(original, 'Message-ID') || '<none@example.org>'
  const own = blurb(random, least, most)
  const quote =
    kind === 'reply'
      ? `On ${headerOf(original, 'Date') || 'an earlier day'}, ${to} wrote:\n${text.trimEnd().replace(/^/gm, '> ')}\n`
      : `----- Forwarded message from ${to} -----\n\n${text}\n----- End forwarded message -----\n`
  const id = random.text(10, '0123456789abcdef')
  return [
    'Return-Path: <deck@ship.example.org>',
    'Delivered-To: u@example.org',
    'Received: from ship.example.org (ship.example.org [192.0.2.7])',
    `\tby mx.example.org (Postfix) with ESMTPS id ${id.toUpperCase()}`,
    `\tfor <u@example.org>; ${dateOf(seconds)}`,
    'From: Deck Officer <deck@ship.example.org>',
    `To: ${to}`,
    `Subject: ${kind === 'reply' ? 'Re' : 'Fwd'}: ${subject}`,
    `Date: ${dateOf(seconds)}`,
    `Message-ID: <${seconds.toString(16)}.${id}@ship.example.org>`,
    `In-Reply-To: ${parent}`,
    `References: ${parent}`,
    'User-Agent: Mutt/2.2.9',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    `${own}\n${quote}`,
  ].join('\n')
}

export interface Attachment {
  readonly name: string
  readonly type: string
  readonly bytes: Uint8Array
}

type AttachmentKind = 'pdf' | 'office' | 'jpeg'

/** PDF-like and JPEG-like files don't compress, office-like ones do. */
export function makeAttachment(random: Random, size: number, kind?: AttachmentKind): Attachment {
  const number = random.int(0, 999_999)
  const chosen = kind ?? (random.chance(0.6) ? 'pdf' : random.chance(0.625) ? 'office' : 'jpeg')
  if (chosen === 'pdf')
    return { name: `report-${number}.pdf`, type: 'application/pdf', bytes: pdf(random, size) }
  if (chosen === 'jpeg') {
    const bytes = random.bytes(size)
    bytes.set([0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 0x4a, 0x46, 0x49, 0x46])
    return { name: `photo-${number}.jpg`, type: 'image/jpeg', bytes }
  }
  const pieces = [Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(504)]
  for (let length = 512; length < size; ) {
    const text = Array.from({ length: 40 }, () => `${random.pick(words)} ${random.int(0, 9999)}`).join(' ')
    const sector = [
      Buffer.from(text, 'utf16le'),
      Buffer.alloc(random.pick([0, 0, 64, 256])),
      random.bytes(40),
    ]
    pieces.push(Buffer.concat(sector))
    length += pieces.at(-1)?.length ?? size
  }
  return {
    name: `minutes-${number}.doc`,
    type: 'application/msword',
    bytes: Buffer.concat(pieces).subarray(0, size),
  }
}

function pdf(random: Random, size: number): Uint8Array {
  const pieces = [Buffer.from('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n', 'latin1')]
  let length = 15
  for (let number = 1; length < size - 300; number++) {
    const stream = random.bytes(Math.min(size - 200 - length, random.int(3000, 30_000)))
    const object = `${number} 0 obj\n<</Length ${stream.length}/Filter/FlateDecode>>\nstream\n`
    pieces.push(Buffer.from(object), Buffer.from(stream), Buffer.from('\nendstream\nendobj\n'))
    length += object.length + stream.length + 18
  }
  pieces.push(Buffer.from('trailer<</Size 9/Root 1 0 R>>\n%%EOF\n'))
  return Buffer.concat(pieces)
}

/** `message` with one base64 attachment: its body becomes the first part. */
export function attach(random: Random, message: Raw, { name, type, bytes }: Attachment): Raw {
  const end = headEnd(message)
  const transfer = headerOf(message, 'Content-Transfer-Encoding')
  const boundary = `=_bench_${random.text(16, '0123456789abcdef')}`
  const mime = ['content-type', 'content-transfer-encoding', 'mime-version', 'content-length', 'lines']
  const base64 = Buffer.from(bytes)
    .toString('base64')
    .replace(/.{76}(?!$)/g, '$&\n')
  return [
    withoutHeaders(message.slice(0, end), mime),
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    'This is a multi-part message in MIME format.',
    `--${boundary}`,
    `Content-Type: ${headerOf(message, 'Content-Type') || 'text/plain; charset=us-ascii'}`,
    ...(transfer === '' ? [] : [`Content-Transfer-Encoding: ${transfer}`]),
    '',
    message.slice(end + 2),
    `--${boundary}`,
    `Content-Type: ${type}; name="${name}"`,
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment; filename="${name}"`,
    '',
    `${base64}\n`,
    `--${boundary}--\n`,
  ].join('\n')
}

export const digestOf = (message: Raw): string => createHash('sha256').update(message, 'latin1').digest('hex')
