import { join } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { type Envelope, parseEnvelope } from '../../mime/headers/envelope.js'
import { mimeLimits } from '../../mime/limits.js'
import { type FolderSpool, folderSpool, type SpoolEntry } from '../../outbox/spool.js'
import { noSuchMail } from '../../sync/submission/filled-spool.js'
import type { CommandContext } from '../command-context.js'
import { outboxFolder } from '../sendmail/choose-account.js'
import type { FindNames } from '../session/by-name.js'
import { type ClientSession, openClient } from '../session/client-session.js'
import { oneAccount } from '../session/each-account.js'
import { clientSettingsOf } from '../settings/client-settings.js'
import type { OpenConfig } from '../settings/open-config.js'
import { type OutboxRow, submissionRows } from './outbox-row.js'

/** All mail on its way: what waits in the spool, and what syncs have taken up. */

/** Opens the spool of the account that the command is for. */
export function openSpool(context: CommandContext): FolderSpool {
  return spoolOf(openSending(context))
}

/** The settings of that account. */
export function openSending(context: CommandContext): OpenConfig {
  const open = oneAccount(context).open('client')
  clientSettingsOf(open)
  return open
}

export function spoolOf({ dataRoot }: Pick<OpenConfig, 'dataRoot'>): FolderSpool {
  return folderSpool(join(dataRoot, outboxFolder), Date.now)
}

/** What `packetboat outbox edit` has a person write in: it outlasts an edit whose changes weren't taken. */
export function draftOf({ dataRoot }: Pick<OpenConfig, 'dataRoot'>, name: string): string {
  return join(dataRoot, `outbox-${name}.eml`)
}

/** What is in the spool, and what syncs have taken up. Where that can't be read, a warning says so: what waits can be had in any case. */
export async function allRows(context: CommandContext): Promise<OutboxRow[]> {
  const { rows, failure } = await readableRows(context)
  if (failure) context.output.warning(`Mail that a sync has taken up isn't shown. ${failure.message}`)
  return rows
}

/** The same for who says himself why not all of it can be read. */
export async function readableRows(
  context: CommandContext,
): Promise<{ readonly rows: OutboxRow[]; readonly failure?: PacketboatError }> {
  const waiting = await spoolRows(openSpool(context))
  try {
    return { rows: together(waiting, await takenRows(context)) }
  } catch (failure) {
    if (!(failure instanceof PacketboatError)) throw failure
    return { rows: waiting, failure }
  }
}

/** The same for a command that has opened the account. Where the spool can't be read, `warn` hears why, and the rest is given. */
export async function rowsOf(
  { open, account }: ClientSession,
  warn: (why: string) => void,
): Promise<OutboxRow[]> {
  const taken = await submissionRows(account.replica.db)
  try {
    return together(await spoolRows(spoolOf(open)), taken)
  } catch (error) {
    if (!(error instanceof PacketboatError)) throw error
    warn(`Mail that waits in the outbox isn't counted. ${error.message}`)
    return taken
  }
}

/** What has been taken up stays in the spool until it is ashore. */
function together(waiting: readonly OutboxRow[], taken: readonly OutboxRow[]): OutboxRow[] {
  const names = new Set(taken.map(({ name }) => name))
  return [...taken, ...waiting.filter(({ name }) => !names.has(name))]
}

async function takenRows(context: CommandContext): Promise<OutboxRow[]> {
  const session = await openClient(context, { beside: true })
  try {
    return await submissionRows(session.account.replica.db)
  } finally {
    await session.close()
  }
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

/** Finds a row by its name, or by the end of its name where only one ends so. Throws NOT_FOUND. */
export function findRow(rows: readonly OutboxRow[], name: string): OutboxRow {
  const row = seekRow(rows, name)
  if (!row) throw noSuchMail(name)
  return row
}

function seekRow(rows: readonly OutboxRow[], name: string): OutboxRow | undefined {
  const exact = rows.find((row) => row.name === name)
  if (exact) return exact
  const [only, ...others] = name.length >= 4 ? rows.filter((row) => row.name.endsWith(name)) : []
  return others.length > 0 ? undefined : only
}

/** The names in an account's outbox. */
export const namesInOutbox: FindNames = async (context, names) => {
  const rows = await allRows(context)
  return names.filter((name) => seekRow(rows, name))
}
