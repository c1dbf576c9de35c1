import type { ByteReader, ByteWriter } from '../../bytes/varint.js'
import type { MailboxPath } from '../../replica/model.js'
import type { MessageRecord } from '../../replica/records.js'
import { protocolError, readMany, readPatterns, writeMany } from '../../wire/values.js'
import { isSelected } from './selection.js'

/** How much of a mailbox a device holds: docs/PROTOCOL.md "The window". */
export interface Window {
  /** Patterns as in `selection.ts`; none: any mailbox. */
  readonly mailboxes: readonly string[]
  readonly keep: Keep
}

/** Messages not older than so many days, so many of the newest, or all of them. */
export type Keep = { readonly days: number } | { readonly messages: number } | 'all'

const units = ['all', 'days', 'messages'] as const

export const windowLimits = { windows: 100, patterns: 100 } as const

export function writeWindows(writer: ByteWriter, windows: readonly Window[]): void {
  writeMany(writer, windows, (_, { mailboxes, keep }) => {
    writeMany(writer, mailboxes, (__, pattern) => writer.text(pattern))
    writer.u8(keep === 'all' ? 0 : 'days' in keep ? 1 : 2)
    writer.varint(keep === 'all' ? 0 : 'days' in keep ? keep.days : keep.messages)
  })
}

export function readWindows(reader: ByteReader): Window[] {
  const windows = readMany(reader, (): Window => {
    const mailboxes = readPatterns(reader, windowLimits.patterns)
    const unit = units[reader.u8()]
    const count = reader.varint()
    if (unit === undefined) throw protocolError('a window in an unknown unit')
    return {
      mailboxes,
      keep: unit === 'all' ? unit : unit === 'days' ? { days: count } : { messages: count },
    }
  })
  if (windows.length > windowLimits.windows) throw protocolError('windows without end')
  return windows
}

/** The last one that fits decides; without any, all is kept. */
export function keepIn(
  windows: readonly Window[],
  mailbox: { readonly path: MailboxPath; readonly specialUse?: string },
): Keep {
  return windows.findLast(({ mailboxes }) => isSelected(mailboxes, mailbox))?.keep ?? 'all'
}

const dayMs = 86_400_000

/** A window over one mailbox at one moment. */
export interface WindowEdge {
  /** Messages whose internal date is before it are outside, ms since 1970. */
  readonly beforeMs?: number
  /** Messages with a lower number are outside. */
  readonly belowNumber?: number
}

export function edgeOf(keep: Exclude<Keep, 'all'>, nowMs: number, newest: number): WindowEdge {
  return 'days' in keep ? { beforeMs: nowMs - keep.days * dayMs } : { belowNumber: newest }
}

/** What a person marked as important, hasn't read or is still writing stays inside, however old it is. */
export function isInside(
  { beforeMs = Number.NEGATIVE_INFINITY, belowNumber = 0 }: WindowEdge,
  { flags, internalDateMs, number }: Pick<MessageRecord, 'flags' | 'internalDateMs' | 'number'>,
): boolean {
  if (internalDateMs >= beforeMs && number >= belowNumber) return true
  return flags.includes('\\Flagged') || flags.includes('\\Draft') || !flags.includes('\\Seen')
}
