import { join } from 'node:path'
import { readRange } from '../../../bytes/source.js'
import { PacketboatError } from '../../../errors/packetboat-error.js'
import { type Envelope, parseEnvelope } from '../../../mime/headers/envelope.js'
import { mimeLimits } from '../../../mime/limits.js'
import { type FolderSpool, folderSpool, type SpoolEntry } from '../../../outbox/spool.js'
import type { CommandContext } from '../../command-context.js'
import { outboxFolder } from '../../sendmail/choose-account.js'
import { oneAccount, otherAccounts } from '../../session/each-account.js'
import { clientSettingsOf } from '../../settings/client-settings.js'
import { counted, formatBytes } from '../../text/sizes.js'
import { type Column, tableLines } from '../../text/table.js'

export interface OutboxOptions {
  readonly account?: string
}

/** A mail on its way, as `packetboat outbox` shows it, for scripts too. */
export interface OutboxRow {
  readonly name: string
  readonly state: 'queued' | 'held' | 'damaged'
  readonly queued: string
  readonly from: string
  readonly recipients: readonly string[]
  readonly subject: string
  readonly sizeBytes: number
  readonly urgent: boolean
  /** When it goes on at the earliest. */
  readonly notBefore?: string
  /** Until then it can be taken back; absent where it stays until it is released. */
  readonly heldUntil?: string
  /** What is wrong. */
  readonly reason?: string
}

/** `packetboat outbox`: what waits to be sent. */
export async function outboxCommand(context: CommandContext, { account }: OutboxOptions): Promise<void> {
  const rows = await spoolRows(openSpool(context))
  context.output.result({ event: 'outbox', mail: rows }, [
    ...(rows.length === 0 ? ['No mail waits to be sent.'] : rowLines(rows, context.output.columns)),
    ...otherAccounts(context, account),
  ])
}

/** `packetboat outbox show NAME`: whose it is, to whom it goes, and its bytes with `--raw`. */
export async function showOutbox(
  context: CommandContext,
  name: string,
  { raw }: OutboxOptions & { readonly raw?: boolean },
): Promise<void> {
  const spool = openSpool(context)
  const row = find(await spoolRows(spool), name)
  if (!raw) {
    context.output.result({ event: 'outbox-mail', ...row }, detailLines(row))
    return
  }
  const content = await spool.read(row.name)
  if (!content) throw gone(name)
  await context.output.bytes(readRange(content)).finally(() => content.close())
}

/** `packetboat outbox hold NAME...`: it stays here until it is released. */
export const holdOutbox = changing('held', 'stays here until packetboat outbox release', (spool, name) =>
  spool.hold(name),
)

/** `packetboat outbox release NAME...`: it goes with the next sync. */
export const releaseOutbox = changing('released', 'goes with the next sync', (spool, name) =>
  spool.release(name),
)

/** `packetboat outbox cancel NAME...`: it isn't sent, and is deleted. */
export const cancelOutbox = changing('cancelled', "was deleted and won't be sent", (spool, name) =>
  spool.takeBack(name),
)

/** All names are looked up before anything is done to one of them. */
function changing(
  event: string,
  words: string,
  change: (spool: FolderSpool, name: string) => Promise<void>,
): (context: CommandContext, names: readonly string[]) => Promise<void> {
  return async (context, names) => {
    const spool = openSpool(context)
    const rows = await spoolRows(spool)
    const chosen = names.map((name) => find(rows, name))
    for (const { name, state, reason } of chosen) {
      if (state === 'damaged')
        throw new PacketboatError('MESSAGE_UNREADABLE', `${name}: ${reason}.`, 'Look at it, or delete it.')
      await change(spool, name)
      context.output.result({ event, name }, [`${name} ${words}.`])
    }
  }
}

function openSpool(context: CommandContext): FolderSpool {
  const open = oneAccount(context).open('client')
  clientSettingsOf(open)
  return folderSpool(join(open.dataRoot, outboxFolder), Date.now)
}

/** What is in the spool, as rows. */
async function spoolRows(spool: FolderSpool): Promise<OutboxRow[]> {
  const rows: OutboxRow[] = []
  for (const entry of await spool.look()) rows.push(await rowOf(spool, entry))
  return rows
}

async function rowOf(spool: FolderSpool, entry: SpoolEntry): Promise<OutboxRow> {
  if (entry.kind === 'stray') return strayRow(entry.file, entry.why)
  const { name, envelope, sizeBytes, queuedMs, urgent, notBeforeMs } = entry.mail
  const head = await headOf(spool, name)
  if (head instanceof PacketboatError) return strayRow(name, head.message)
  return {
    name,
    state: entry.state === 'held' ? 'held' : 'queued',
    queued: new Date(queuedMs).toISOString(),
    from: envelope.from,
    recipients: envelope.recipients,
    subject: head.subject ?? '(no subject)',
    sizeBytes,
    urgent,
    ...(notBeforeMs !== undefined && { notBefore: new Date(notBeforeMs).toISOString() }),
    ...(entry.state === 'held' &&
      entry.untilMs !== undefined && { heldUntil: new Date(entry.untilMs).toISOString() }),
  }
}

const strayRow = (name: string, reason: string): OutboxRow => ({
  name,
  state: 'damaged',
  queued: '',
  from: '',
  recipients: [],
  subject: '',
  sizeBytes: 0,
  urgent: false,
  reason,
})

async function headOf(spool: FolderSpool, name: string): Promise<Envelope | PacketboatError> {
  try {
    const content = await spool.read(name)
    if (!content) return { from: [], to: [], cc: [] }
    const head = await content.read(0, mimeLimits.headerBytes).finally(() => content.close())
    return parseEnvelope(head)
  } catch (error) {
    if (error instanceof PacketboatError) return error
    throw error
  }
}

/** By its name, or by the end of it where only one ends so. Throws NOT_FOUND. */
function find(rows: readonly OutboxRow[], name: string): OutboxRow {
  const exact = rows.find((row) => row.name === name)
  if (exact) return exact
  const ending = name.length >= 4 ? rows.filter((row) => row.name.endsWith(name)) : []
  const [only, ...others] = ending
  if (!only || others.length > 0) throw gone(name)
  return only
}

const gone = (name: string): PacketboatError =>
  new PacketboatError(
    'NOT_FOUND',
    `No mail ${name} waits here to be sent.`,
    'packetboat outbox lists what does.',
  )

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
        row.reason ?? row.subject,
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

/** By the clock of this machine. */
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
    `Subject: ${row.subject}`,
    `Size: ${formatBytes(row.sizeBytes)}`,
  ]
}
