import { concat } from '../../bytes/concat.js'
import { encodeBase64 } from '../../mime/encodings/base64.js'
import { cleanText } from '../../mime/headers/clean-text.js'
import { isMediaType } from '../../mime/headers/content-fields.js'
import { formatHeaderDate } from '../../mime/headers/date.js'
import type { Envelope, Mailbox } from '../../mime/headers/envelope.js'
import { encodeMailboxes, encodeParameter, encodeText } from '../../mime/headers/header-encode.js'
import { readAddresses } from '../../mime/headers/read-addresses.js'
import type { Draft } from '../port.js'

/** What goes into a mail besides what was written. */
export interface ComposeTerms {
  /** Undefined until it is known who sends from here. */
  readonly from: Mailbox | undefined
  readonly dateMs: number
  readonly zoneMinutes: number
  /** The envelope of the message that it answers. */
  readonly answers?: Envelope | undefined
  /** The message that goes along, or what stands for it. */
  readonly forwarded?: Uint8Array | undefined
}

const fieldBytes = 64 * 1024
/** RFC 5322 2.1.1, less what nobody needs. */
const lineCharacters = 900

/** A draft as a mail with LF line ends. Invalid addresses stay as text: such a draft isn't sent. */
export async function composeMail(draft: Draft, terms: ComposeTerms): Promise<Uint8Array> {
  const { id, text, files } = draft
  const { forwarded } = terms
  const written = await textPart(text)
  const header = headerOf(draft, terms)
  if (files.length === 0 && !forwarded) return concat([utf8(header), ...written])
  const boundary = `=_${id}`
  const parts: Uint8Array[][] = [written]
  for (const file of files) parts.push(await filePart(file))
  if (forwarded)
    parts.push([utf8('Content-Type: message/rfc822\nContent-Disposition: inline\n\n'), forwarded])
  return concat([
    utf8(`${header}Content-Type: multipart/mixed; boundary="${boundary}"\n\n`),
    ...parts.flatMap((part) => [utf8(`--${boundary}\n`), ...part, utf8('\n')]),
    utf8(`--${boundary}--\n`),
  ])
}

function headerOf({ id, to, cc, bcc, subject }: Draft, terms: ComposeTerms): string {
  const { from, answers, dateMs, zoneMinutes } = terms
  const host = from?.address.split('@').at(-1) ?? 'packetboat.invalid'
  const before = [...(answers?.references ?? []), answers?.inReplyTo, answers?.messageId].filter(
    (each) => each !== undefined,
  )
  const fields: readonly (readonly [name: string, value: string])[] = [
    ['From', from ? encodeMailboxes([from]) : ''],
    ['To', addressField('To', to)],
    ['Cc', addressField('Cc', cc)],
    ['Bcc', addressField('Bcc', bcc)],
    ['Subject', encodeText(cleanText(subject, fieldBytes), 'Subject: '.length)],
    ['Date', formatHeaderDate({ dateMs: dateMs - (dateMs % 1000), dateZoneMinutes: zoneMinutes })],
    ['Message-ID', `<${id}@${host}>`],
    ['In-Reply-To', answers?.messageId === undefined ? '' : `<${answers.messageId}>`],
    ['References', before.map((each) => `<${each}>`).join('\n ')],
    ['MIME-Version', '1.0'],
  ]
  return fields.flatMap(([name, value]) => (value === '' ? [] : [`${name}: ${value}\n`])).join('')
}

function addressField(name: string, typed: string): string {
  try {
    return encodeMailboxes(readAddresses(typed))
  } catch {
    return encodeText(cleanText(typed, fieldBytes), name.length + 2)
  }
}

async function textPart(text: string): Promise<Uint8Array[]> {
  const lines = `${text.replace(/\r\n?/g, '\n').replace(/\n*$/, '')}\n`
  const plain =
    /^[\t\n -~]*$/.test(lines) && lines.split('\n').every(({ length }) => length <= lineCharacters)
  if (plain) return [utf8(`Content-Type: text/plain; charset=us-ascii\n\n${lines}`)]
  const head = 'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n'
  return [utf8(head), await base64(utf8(lines))]
}

async function filePart({ name, type, bytes }: Draft['files'][number]): Promise<Uint8Array[]> {
  // A message or multipart may not be in base64 (RFC 2045 6.4).
  const known = isMediaType(type.toLowerCase()) && !/^(?:message|multipart)\//i.test(type)
  const clean = cleanText(name.replace(/[/\\]/g, '_'), 200) || 'file'
  const head = [
    `Content-Type: ${known ? type.toLowerCase() : 'application/octet-stream'}`,
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment${encodeParameter('filename', clean)}`,
  ]
  return [utf8(`${head.join('\n')}\n\n`), await base64(bytes)]
}

async function base64(bytes: Uint8Array): Promise<Uint8Array> {
  const lines: Uint8Array[] = []
  const whole = async function* () {
    yield bytes
  }
  for await (const chunk of encodeBase64(whole(), {
    kind: 'base64',
    lineLength: 76,
    eol: 'lf',
    tail: utf8('\n'),
  }))
    lines.push(chunk)
  return concat(lines)
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
