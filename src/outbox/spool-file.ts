import { createHash, type Hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { canGo, mostAddressBytes } from '../sync/submission/can-go.js'
import type { NewMail } from '../sync/submission/filled-spool.js'

/**
 * The format of a file in the spool: a first line with the version, the SHA-256 (hex) of everything after it,
 * and the size of the message; lines `name: value`; a blank line; the message as it was handed in.
 */

/** More is no envelope that could go. */
export const mostEnvelopeBytes = 2 * mostAddressBytes

const sizeDigits = 16

/** Later times are none that a calendar has. */
const lastMs = Date.UTC(9999, 11, 31)
const firstLinePattern = /^packetboat mail 1 ([0-9a-f]{64}) (\d{16})\n$/

export const firstLineBytes = firstLine('0'.repeat(64), 0).length

/** Written over the one that a file begins with, as soon as its values are known. */
export function firstLine(digest: string, sizeBytes: number): Buffer {
  return Buffer.from(`packetboat mail 1 ${digest} ${String(sizeBytes).padStart(sizeDigits, '0')}\n`, 'latin1')
}

/** The lines with the blank one. Addresses have no control characters: whoever read them has made sure. */
export function envelopeLines(mail: NewMail, queuedMs: number): Buffer {
  const { from, recipients, notify, ret, envelopeId } = mail.envelope
  const lines = [
    `queued: ${queuedMs}`,
    `from: ${from}`,
    ...recipients.map((each) => `to: ${each}`),
    ...(notify ? [`notify: ${notify.join(' ')}`] : []),
    ...(ret ? [`ret: ${ret}`] : []),
    ...(envelopeId !== undefined ? [`envid: ${envelopeId}`] : []),
    ...(mail.urgent ? ['urgent: yes'] : []),
    ...(mail.asIs ? ['as-is: yes'] : []),
    ...(mail.notBeforeMs !== undefined ? [`not-before: ${mail.notBeforeMs}`] : []),
  ]
  return Buffer.from(`${lines.join('\n')}\n\n`)
}

/** What a file says of itself. */
export interface SpoolFile {
  readonly digest: string
  readonly sizeBytes: number
  readonly mail: NewMail
  readonly queuedMs: number
  /** The offset at which the message begins. */
  readonly start: number
}

/** Undefined where it isn't a whole file of the spool. Doesn't check the digest. */
export async function readSpoolFile(handle: FileHandle): Promise<SpoolFile | undefined> {
  const { size } = await handle.stat()
  for (const look of [4096, firstLineBytes + mostEnvelopeBytes]) {
    const head = await readAt(handle, 0, Math.min(size, look))
    const [, digest, digits] = firstLinePattern.exec(head.toString('latin1', 0, firstLineBytes)) ?? []
    if (digest === undefined) return undefined
    const blank = head.indexOf('\n\n', firstLineBytes)
    if (blank < 0) continue
    const start = blank + 2
    const sizeBytes = Number(digits)
    const said = parseEnvelope(head.toString('utf8', firstLineBytes, blank))
    if (size !== start + sizeBytes || !said) return undefined
    return { digest, sizeBytes, start, ...said }
  }
  return undefined
}

const notifications = ['never', 'success', 'failure', 'delay'] as const

function parseEnvelope(text: string): { readonly mail: NewMail; readonly queuedMs: number } | undefined {
  const values = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [, name, value] = /^([a-z-]+): ?(.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) return undefined
    values.set(name, [...(values.get(name) ?? []), value])
  }
  const one = (name: string): string | undefined => values.get(name)?.[0]
  const moment = (name: string): number | undefined => {
    const value = Number(one(name) ?? Number.NaN)
    return Number.isSafeInteger(value) ? Math.min(Math.max(value, 0), lastMs) : undefined
  }
  const [queuedMs, from, recipients] = [moment('queued'), one('from'), values.get('to')]
  if (queuedMs === undefined || from === undefined || recipients === undefined) return undefined
  if (!canGo({ from, recipients })) return undefined
  const notify = one('notify')?.split(' ')
  const ret = one('ret')
  const envelopeId = one('envid')
  const notBeforeMs = moment('not-before')
  return {
    queuedMs,
    mail: {
      envelope: {
        from,
        recipients,
        ...(notify && { notify: notifications.filter((each) => notify.includes(each)) }),
        ...((ret === 'full' || ret === 'headers') && { ret }),
        ...(envelopeId !== undefined && { envelopeId }),
      },
      urgent: one('urgent') === 'yes',
      ...(one('as-is') === 'yes' && { asIs: true }),
      ...(notBeforeMs !== undefined && { notBeforeMs }),
    },
  }
}

/** Whether a file has the bytes that were written into it. */
export async function isUndamaged(handle: FileHandle, file: SpoolFile): Promise<boolean> {
  const hash = createHash('sha256')
  const end = file.start + file.sizeBytes
  for (let at = firstLineBytes; at < end; ) {
    const chunk = await readAt(handle, at, Math.min(65536, end - at))
    if (chunk.length === 0) return false
    hash.update(chunk)
    at += chunk.length
  }
  return hash.digest('hex') === file.digest
}

/** Exactly so many bytes, or fewer at the end of the file. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let at = 0
  while (at < length) {
    const { bytesRead } = await handle.read(bytes, at, length - at, offset + at)
    if (bytesRead === 0) break
    at += bytesRead
  }
  return bytes.subarray(0, at)
}

/** Writes a whole file at the beginning of an empty one; durable when it returns. */
export async function writeSpoolFile(
  handle: FileHandle,
  mail: NewMail,
  queuedMs: number,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  const hash: Hash = createHash('sha256')
  const write = async (chunk: Uint8Array): Promise<void> => {
    hash.update(chunk)
    await handle.writeFile(chunk)
  }
  await handle.writeFile(firstLine('0'.repeat(64), 0))
  await write(envelopeLines(mail, queuedMs))
  let sizeBytes = 0
  for await (const chunk of bytes) {
    sizeBytes += chunk.length
    await write(chunk)
  }
  await handle.write(firstLine(hash.digest('hex'), sizeBytes), 0, firstLineBytes, 0)
  await handle.sync()
}
