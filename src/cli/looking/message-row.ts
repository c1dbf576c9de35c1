import type { Mailbox } from '../../mime/headers/envelope.js'
import { getContent } from '../../replica/content/contents.js'
import { type MailboxPath, pathText } from '../../replica/model.js'
import type { MessageRecord } from '../../replica/records.js'
import type { Reader } from '../../store/database.js'
import { envelopeOf, missingBytes } from '../../told/listed-content.js'
import { formatBytes } from '../../told/sizes.js'
import { shortName } from '../../told/waiting-parts.js'
import { fitText } from '../text/fit-text.js'
import type { Line } from '../text/output.js'
import { plainText } from '../text/plain-text.js'
import { type Column, tableLines } from '../text/table.js'

/** A message as a list shows it, for scripts too. */
export interface MessageRow {
  readonly name: string
  readonly mailbox: string
  readonly from: readonly string[]
  readonly subject: string
  /** The date that its sender gave. */
  readonly date?: string
  readonly arrived: string
  readonly flags: readonly string[]
  readonly sizeBytes: number
  /** Bytes of parts that aren't here. */
  readonly missingBytes: number
}

export async function messageRow(
  reader: Reader,
  message: MessageRecord,
  path: MailboxPath,
): Promise<MessageRow> {
  const content = await getContent(reader, message.content)
  const { from, subject, dateMs } = envelopeOf(content)
  return {
    name: shortName(message),
    mailbox: pathText(path),
    from: from.map(personName),
    subject: subject ?? '(no subject)',
    ...(dateMs !== undefined && { date: new Date(dateMs).toISOString() }),
    arrived: new Date(message.internalDateMs).toISOString(),
    flags: message.flags,
    sizeBytes: content?.sizeBytes ?? 0,
    missingBytes: content ? missingBytes(content) : 0,
  }
}

export const personName = ({ name, address }: Mailbox): string => name || address

const columns: readonly Column[] = [
  { title: 'name', align: 'left' },
  { title: '', align: 'left', spare: 4 },
  { title: 'arrived', align: 'left', spare: 3 },
  { title: 'from', align: 'left' },
  { title: 'subject', align: 'left' },
  { title: 'size', align: 'right', spare: 1 },
  { title: 'missing', align: 'right', spare: 2 },
]

const mailboxColumn: Column = { title: 'mailbox', align: 'left' }

/** Names of senders longer than that leave the subject no room. */
const senderColumns = 20

/** Rows as a table: unread mail stands out. `mailboxes`: with the mailbox of each. */
export function messageLines(
  rows: readonly MessageRow[],
  { room, mailboxes = false }: { readonly room: number | undefined; readonly mailboxes?: boolean },
): Line[] {
  const cells = rows.map((row) => {
    const sender = plainText(row.from[0] ?? '(nobody)')
    return [
      row.name,
      flagLetters(row.flags),
      row.arrived.slice(0, 10),
      ...(mailboxes ? [row.mailbox] : []),
      room === undefined ? sender : fitText(sender, senderColumns),
      row.subject,
      formatBytes(row.sizeBytes),
      row.missingBytes > 0 ? formatBytes(row.missingBytes) : '',
    ]
  })
  const shown = mailboxes ? [...columns.slice(0, 3), mailboxColumn, ...columns.slice(3)] : columns
  return tableLines(shown, cells, room).map((text, at) => {
    if (at === 0) return { text, style: 'faint' }
    return rows[at - 1]?.flags.includes('\\Seen') ? text : { text, style: 'strong' }
  })
}

const flagNames: readonly (readonly [letter: string, word: string, flag: string, set: boolean])[] = [
  ['N', 'not read', '\\Seen', false],
  ['!', 'important', '\\Flagged', true],
  ['r', 'answered', '\\Answered', true],
  ['f', 'forwarded', '$Forwarded', true],
  ['D', 'draft', '\\Draft', true],
  ['x', 'deleted', '\\Deleted', true],
]

const flagsOf = (flags: readonly string[]) =>
  flagNames.filter(([, , flag, set]) => flags.includes(flag) === set)

export const flagsInWords = (flags: readonly string[]): string[] => flagsOf(flags).map(([, word]) => word)

const flagLetters = (flags: readonly string[]): string =>
  flagsOf(flags)
    .map(([letter]) => letter)
    .join('')
