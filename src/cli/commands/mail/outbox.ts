import { readRange } from '../../../bytes/source.js'
import { noSuchMail } from '../../../sync/submission/filled-spool.js'
import { counted, formatBytes } from '../../../told/sizes.js'
import type { CommandContext } from '../../command-context.js'
import { exitCodes } from '../../exit-codes.js'
import { allRows, findRow, namesInOutbox, openSpool, readableRows } from '../../outbox/all-rows.js'
import type { OutboxRow } from '../../outbox/outbox-row.js'
import { pictureLines } from '../../pictures/picture-words.js'
import { forOwnersOf } from '../../session/by-name.js'
import { chosenAccounts, forEachAccount } from '../../session/each-account.js'
import { type Column, tableLines } from '../../text/table.js'

/** `packetboat outbox`: what is to be sent, and what became of what was sent lately. */
export async function outboxCommand(context: CommandContext): Promise<number> {
  return forEachAccount(context, chosenAccounts(context), async (own) => {
    const { rows, failure } = await readableRows(own)
    // Without the database, nobody knows what syncs have taken up.
    if (rows.length > 0 || !failure)
      own.output.result(
        { event: 'outbox', mail: rows },
        rows.length === 0 ? ['No mail waits to be sent.'] : rowLines(rows, own.output.columns),
      )
    if (failure) throw failure
    return exitCodes.done
  })
}

interface ShowOptions {
  readonly raw?: boolean
  readonly original?: boolean
}

/** `packetboat outbox show NAME`: whose it is, to whom it goes, and its bytes with `--raw`. */
export async function showOutbox(
  context: CommandContext,
  name: string,
  options: ShowOptions,
): Promise<number> {
  return forOwnersOf(context, [name], namesInOutbox, async (own) => {
    await showIn(own, name, options)
    return exitCodes.done
  })
}

async function showIn(context: CommandContext, name: string, { raw, original }: ShowOptions): Promise<void> {
  const spool = openSpool(context)
  const row = findRow(await allRows(context), name)
  if (!raw && !original) {
    context.output.result({ event: 'outbox-mail', ...row }, detailLines(row))
    return
  }
  const content = (original && (await spool.readOriginal(row.name))) || (await spool.read(row.name))
  if (!content) throw noSuchMail(name)
  await context.output.bytes(readRange(content)).finally(() => content.close())
}

const columns: readonly Column[] = [
  { title: 'name', align: 'left' },
  { title: 'queued', align: 'left', spare: 2 },
  { title: 'state', align: 'left' },
  { title: 'to', align: 'left' },
  { title: 'size', align: 'right', spare: 1 },
  { title: 'subject', align: 'left' },
]

function rowLines(rows: readonly OutboxRow[], room: number | undefined): string[] {
  return tableLines(
    columns,
    rows.map((row) => {
      const [first = '', ...others] = row.recipients
      return [
        row.name,
        shortTime(row.queued),
        stateWords(row),
        others.length === 0 ? first : `${first} and ${counted(others.length, 'other')}`,
        row.state === 'damaged' ? '' : formatBytes(row.sizeBytes),
        row.state === 'damaged' ? (row.reason ?? '') : row.subject,
      ]
    }),
    room,
  )
}

function stateWords({ state, urgent, notBefore, heldUntil }: OutboxRow): string {
  const words = [
    state === 'held' && heldUntil !== undefined ? `held until ${shortTime(heldUntil)}` : state,
    ...(urgent ? ['urgent'] : []),
    ...(notBefore === undefined ? [] : [`not before ${shortTime(notBefore)}`]),
  ]
  return words.join(', ')
}

/** The time by this machine's clock. */
function shortTime(iso: string): string {
  if (iso === '') return ''
  const moment = new Date(iso)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())} ${two(moment.getHours())}:${two(moment.getMinutes())}`
}

function detailLines(row: OutboxRow): string[] {
  if (row.state === 'damaged') return [`${row.name}: ${row.reason}. It is not sent.`]
  return [
    `Name: ${row.name}`,
    `State: ${stateWords(row)}`,
    `Queued: ${shortTime(row.queued)}`,
    `From: ${row.from === '' ? '(nobody: no reports come back)' : row.from}`,
    ...row.recipients.map((each) => `To: ${each}`),
    ...(row.reason === undefined ? [] : [`Because: ${row.reason}`]),
    ...(row.outcomes ?? []).map(({ recipient, outcome, reply }) => `${recipient}: ${outcome}: ${reply}`),
    `Subject: ${row.subject}`,
    `Size: ${formatBytes(row.sizeBytes)}`,
    ...pictureLines(row.pictures ?? []),
  ]
}
