import { pathText } from '../../replica/model.js'
import type { Reader } from '../../store/database.js'
import { type HitPlace, placeOfHit } from '../../told/found-ashore.js'
import { formatBytes } from '../../told/sizes.js'
import { shortName } from '../../told/waiting-parts.js'
import type { Hit } from '../../wire/response/hits-frame.js'
import { type Column, tableLines } from '../text/table.js'

/** What the endpoint found, as a list shows it, for scripts too. */
export interface HitRow {
  /** The number by which `--take` names it, from 1. */
  readonly hit: number
  /** Undefined for a mailbox that isn't known here. */
  readonly mailbox?: string
  readonly from: string
  readonly subject: string
  readonly arrived: string
  readonly sizeBytes: number
  /** `here`: under this name; `comes` with the next sync; `left out`: of a mailbox that isn't synced. */
  readonly is: HitPlace['is']
  readonly name?: string
}

export async function hitRow(
  reader: Reader,
  hit: Hit,
  at: number,
  select: readonly string[],
): Promise<HitRow> {
  const { from, subject, arrivedMs, sizeBytes } = hit
  const { is, mailbox, message } = await placeOfHit(reader, hit, select)
  return {
    hit: at + 1,
    ...(mailbox && { mailbox: pathText(mailbox.path) }),
    from,
    subject: subject || '(no subject)',
    arrived: new Date(arrivedMs).toISOString(),
    sizeBytes,
    is,
    ...(message && { name: shortName(message) }),
  }
}

const columns: readonly Column[] = [
  { title: '', align: 'right' },
  { title: 'arrived', align: 'left', spare: 3 },
  { title: 'mailbox', align: 'left' },
  { title: 'from', align: 'left' },
  { title: 'subject', align: 'left' },
  { title: 'size', align: 'right', spare: 1 },
  { title: 'here', align: 'left' },
]

export function hitLines(rows: readonly HitRow[], room: number | undefined): string[] {
  const cells = rows.map(({ hit, mailbox = '?', from, subject, arrived, sizeBytes, is, name = '' }) => [
    String(hit),
    arrived.slice(0, 10),
    mailbox,
    from || '(nobody)',
    subject,
    formatBytes(sizeBytes),
    is === 'here' ? name : is === 'ashore' ? '' : is,
  ])
  return tableLines(columns, cells, room)
}
