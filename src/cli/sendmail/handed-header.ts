import type { Mailbox } from '../../mime/headers/envelope.js'
import {
  fieldText,
  type HeaderField,
  headerFields,
  isBlankLine,
  lineEnd,
  lineEndOf,
} from '../../mime/headers/header-fields.js'
import { readAddresses } from '../../mime/headers/read-addresses.js'

/** What the beginning of a message says, as a program has handed it in. */
export interface HandedHeader {
  /** Fields as they stand, without an mbox separator before them. May be none. */
  readonly fields: Uint8Array
  /** What follows them, with its blank line if it has one. */
  readonly rest: Uint8Array
  readonly eol: string
  /** Lower-case names of the fields that are there. */
  readonly names: ReadonlySet<string>
  /** Whether the mail was resent (RFC 5322 3.6.6): then the fields are those of the last time. */
  readonly resent: boolean
  /** The sender: Resent-From or From; with several of them, Sender. */
  readonly sender: Mailbox | undefined
  /** The addresses of To, Cc and Bcc, or of Resent-To, Resent-Cc and Resent-Bcc. */
  readonly recipients: () => readonly string[]
  readonly urgent: boolean
  readonly isReply: boolean
}

/**
 * Reads the beginning of a message, whose header the caller has bounded. A line that isn't a field ends the
 * header, as for every sendmail: `echo hello | sendmail ann@example.org` hands in a body alone.
 */
export function readHandedHeader(bytes: Uint8Array): HandedHeader {
  const eol = lineEndOf(bytes)
  const start = separatorEnd(bytes)
  const message = bytes.subarray(start)
  const fields: HeaderField[] = []
  let end = 0
  for (const field of headerFields(message)) {
    if (field.name === '') break
    fields.push(field)
    end = field.end
  }
  const header = message.subarray(0, end)
  const texts = (wanted: readonly HeaderField[], name: string): string[] =>
    wanted
      .filter((field) => field.name === name)
      .map((field) => fieldText(header, { ...field, end: withoutLineEnd(header, field) }, header.length))
  const text = (name: string): string => texts(fields, name)[0]?.toLowerCase() ?? ''
  const block = lastResent(fields)
  const resent = block.length > 0
  const [own, prefix] = resent ? [block, 'resent-'] : [fields, '']
  const people = (name: string): Mailbox[] => texts(own, `${prefix}${name}`).flatMap(readAddresses)
  const from = people('from')
  return {
    fields: header,
    rest: message.subarray(end),
    eol,
    names: new Set(fields.map(({ name }) => name)),
    resent,
    sender: from.length > 1 ? (people('sender')[0] ?? from[0]) : from[0],
    recipients: () => ['to', 'cc', 'bcc'].flatMap(people).map(({ address }) => address),
    urgent: text('priority') === 'urgent' || /^1\b/.test(text('x-priority')) || text('importance') === 'high',
    isReply: text('in-reply-to') !== '',
  }
}

/** A header with more fields before its own ones, and the blank line that ends it. */
export function withFields({ fields, rest, eol }: HandedHeader, more: readonly string[]): Uint8Array {
  const added = Buffer.from(more.map((line) => `${line}${eol}`).join(''))
  const unended = fields.length > 0 && fields.at(-1) !== 10
  const between = `${unended ? eol : ''}${rest.length === 0 || !isBlankLine(rest, 0) ? eol : ''}`
  return Buffer.concat([added, fields, Buffer.from(between), rest])
}

/** A header without the fields of a name. */
export function withoutField(handed: HandedHeader, name: string): HandedHeader {
  const kept = [...headerFields(handed.fields)].filter((field) => field.name !== name)
  return {
    ...handed,
    fields: Buffer.concat(kept.map(({ start, end }) => handed.fields.subarray(start, end))),
    names: new Set([...handed.names].filter((each) => each !== name)),
  }
}

/** Whether the header ends within these bytes: then no more of the message is needed to read it. */
export function holdsHeader(bytes: Uint8Array): boolean {
  const start = separatorEnd(bytes)
  let end = start
  for (const field of headerFields(bytes.subarray(start))) {
    // A last line that isn't whole may become a field yet.
    if (field.name === '' && start + field.end < bytes.length) return true
    end = start + field.end
  }
  return end < bytes.length && isBlankLine(bytes, end)
}

/** Programs that send from an mbox leave its separator before the header. */
function separatorEnd(bytes: Uint8Array): number {
  const begins = Buffer.from(bytes.subarray(0, 6)).toString('latin1')
  return /^>?From /.test(begins) ? lineEnd(bytes, 0) : 0
}

function withoutLineEnd(header: Uint8Array, { end }: HeaderField): number {
  return header[end - 1] === 10 ? end - 1 : end
}

/** The fields of the last time that a message was sent on: those stand first, together, each once. */
function lastResent(fields: readonly HeaderField[]): HeaderField[] {
  const first = fields.findIndex(({ name }) => name.startsWith('resent-'))
  const block: HeaderField[] = []
  for (const field of first < 0 ? [] : fields.slice(first)) {
    if (!field.name.startsWith('resent-') || block.some(({ name }) => name === field.name)) break
    block.push(field)
  }
  return block
}
