import { PacketboatError } from '../../errors/packetboat-error.js'
import { listMailboxes } from '../../replica/mailboxes.js'
import type { Reader } from '../../store/database.js'
import { isSelected } from '../../sync/selection.js'
import { nameOf } from '../../sync/settle.js'
import { type LineOptions, openClient, type RunReport, runSync } from '../client-session.js'
import type { CommandContext } from '../command-context.js'
import { deferredTotals } from '../deferred.js'
import { healedWords } from '../healed-words.js'
import { counted, formatBytes, formatSeconds } from '../sizes.js'

export interface SyncCommandOptions extends LineOptions {
  readonly wait?: number
}

/** `packetboat sync [MAILBOX...]`: one exchange, or as many as interruptions make necessary. */
export async function syncCommand(
  context: CommandContext,
  mailboxes: readonly string[],
  options: SyncCommandOptions,
): Promise<void> {
  const session = await openClient(context, { waitMs: (options.wait ?? 0) * 1000 })
  try {
    await syncAndReport(context, session, mailboxes, options)
  } finally {
    await session.close()
  }
}

/** Runs and says in one line what came of it. */
export async function syncAndReport(
  context: CommandContext,
  session: Awaited<ReturnType<typeof openClient>>,
  mailboxes: readonly string[],
  options: LineOptions,
): Promise<void> {
  const { db } = session.account.replica
  const before = await listMailboxes(db)
  const report = await runSync(context, session, mailboxes, options)
  const deferred = await deferredTotals(session.account.replica.db)
  const line = summary(report, deferred)
  const healed = report.healed && healedWords(report.healed)
  context.output.result({ event: 'synced', ...report, deferred, summary: line }, [
    `${healed ? `${healed[0]?.toUpperCase()}${healed.slice(1)}. ` : ''}${line}`,
  ])
  if (report.trouble !== undefined)
    throw new PacketboatError(
      'MAILSTORE_AWAY',
      `At the endpoint: ${report.trouble}`,
      'What the endpoint knew was synced, and what was sent waits there to be written. Sync again later.',
    )
  if (report.heldBack.length > 0) throw await heldBackError(db, report.heldBack)
  // What was just deleted was there before; what only the endpoint had is here by now.
  const known = [...before, ...(await listMailboxes(db))]
  const unknown = [...mailboxes, ...(options.allowExpunge ?? [])].filter(
    (pattern) => !/^[!\\]|[*%]/.test(pattern) && !known.some((mailbox) => isSelected([pattern], mailbox)),
  )
  if (unknown.length > 0)
    throw new PacketboatError(
      'NOT_FOUND',
      `There is no mailbox ${unknown.map((name) => `"${name}"`).join(', ')}, neither here nor at the endpoint.`,
      'packetboat mailboxes lists those that there are.',
    )
}

/** Each side has its own log of what is held back, so each is settled there. */
async function heldBackError(db: Reader, heldBack: RunReport['heldBack']): Promise<PacketboatError> {
  const told = []
  for (const { mailbox, gone, of, at } of heldBack)
    told.push({ name: await nameOf(db, mailbox), figures: `${gone} of ${of} messages`, at })
  const list = told.map(
    ({ name, figures, at }) =>
      `${figures} ${at === 'endpoint' ? 'have gone at the endpoint' : 'would be expunged'} from ${name}`,
  )
  const settling = 'packetboat conflicts, then packetboat settle NUMBER --keep both'
  const here = told.some(({ at }) => at !== 'endpoint')
  const there = told.some(({ at }) => at === 'endpoint')
  return new PacketboatError(
    'GUARD',
    `${list.join('; ')}: nothing of that was done.`,
    [
      `Has a disk gone, or a path changed? To let them go: packetboat sync ${told.map(({ name }) => `--allow-expunge "${name}"`).join(' ')}.`,
      here && `To keep what would be expunged${there ? ' here' : ''}: ${settling}.`,
      there &&
        `To have back at the endpoint what has gone there, say so there, with its --data DIR: ${settling}.`,
    ]
      .filter(Boolean)
      .join(' '),
  )
}

function summary(report: RunReport, deferred: { readonly parts: number; readonly bytes: number }): string {
  const { listed, changed, uploaded, matched, done, down, up, seconds, attempts } = report
  const news = [
    listed > 0 && `${listed} new`,
    changed > 0 && `${changed} changed there`,
    uploaded > 0 && `${uploaded} sent`,
    matched > 0 && `${matched} matched`,
    done > 0 && `${done} changed here`,
  ].filter((text) => text !== false)
  const what = news.length > 0 ? news.join(', ') : 'Nothing new'
  const cost = `${formatBytes(down)} down, ${formatBytes(up)} up in ${formatSeconds(seconds)}`
  const again = attempts > 1 ? ` over ${attempts} connections` : ''
  const waits =
    deferred.parts > 0
      ? ` ${counted(deferred.parts, 'part')} (${formatBytes(deferred.bytes)}) ${deferred.parts === 1 ? 'waits' : 'wait'} for packetboat fetch.`
      : ''
  return `${what}. ${cost}${again}.${waits}`
}
