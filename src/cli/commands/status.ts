import { PacketboatError } from '../../errors/packetboat-error.js'
import { endpointName } from '../../link/pairing.js'
import { listMailboxes } from '../../replica/mailboxes.js'
import { pathText } from '../../replica/model.js'
import { makesInbox, type Operation } from '../../replica/operation.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { countEvicted } from '../../sync/evict/leave-ashore.js'
import { countAllProblems } from '../../sync/frames/told-problems.js'
import { type RankedMailbox, rankedMailboxes } from '../../sync/policy/mailbox-order.js'
import { isSelected } from '../../sync/policy/selection.js'
import { countAshore } from '../../sync/shore/shore-here.js'
import { counted, formatAgo, formatBytes } from '../../told/sizes.js'
import { waitingTotals, waitingWords } from '../../told/waiting-parts.js'
import type { CommandContext } from '../command-context.js'
import { exitCodes } from '../exit-codes.js'
import { rowsOf } from '../outbox/all-rows.js'
import { countRows, outboxWords } from '../outbox/outbox-row.js'
import { nextRuns, timeWords } from '../schedule/next-runs.js'
import { type ScheduleRule, scheduleRules } from '../schedule/schedule-settings.js'
import { openClient } from '../session/client-session.js'
import { chosenAccounts, forEachAccount, otherAccounts } from '../session/each-account.js'
import { openToLook } from '../session/open-to-look.js'
import { pairingIn } from '../session/saved-pairing.js'
import { rulesNow } from '../sync-run/chosen-policy.js'
import { type Column, tableLines } from '../text/table.js'
import { allowanceStates, allowanceWords } from '../usage/allowance.js'
import { type FinishedSync, finishedWords, lastFinished, lastGoodMs } from '../usage/last-sync.js'
import { openUsageFile } from '../usage/usage-file.js'
import { usageOfAll } from '../usage/usage-of-all.js'
import { journalWords } from '../waiting/journal-words.js'

export interface StatusOptions {
  /** Exit with 13 when the last good sync is longer ago, ms. */
  readonly maxAge?: number
}

/** `packetboat status`: what is here, how much is not, what waits to go up. Looks at the Maildirs; the line stays untouched. */
export async function status(context: CommandContext, options: StatusOptions = {}): Promise<number> {
  return forEachAccount(context, chosenAccounts(context), async (own) => {
    await statusOf(own, options)
    return exitCodes.done
  })
}

/** Throws STALE. */
async function statusOf(context: CommandContext, { maxAge }: StatusOptions): Promise<void> {
  const { session, sight } = await openToLook(context)
  try {
    const { account } = session
    const { db } = account.replica
    const mailboxes = await listMailboxes(db)
    const messages = mailboxes.reduce((sum, mailbox) => sum + mailbox.messages, 0)
    const { policy } = await rulesNow(context, session)
    const waits = await waitingTotals(db, policy)
    const waiting: Record<string, number> = {}
    for await (const { value } of tables.journal.list(db))
      if (!makesInbox(value)) waiting[value.op] = (waiting[value.op] ?? 0) + 1
    const { firstSyncEnded } = await readReplicaRecord(db)
    const problems = await countAllProblems(db)
    const { ashore, evicted } = await ashoreOf(db)
    const runs = openUsageFile(session.open.data, Date.now).read()
    const last = lastFinished(runs)
    const goodMs = lastGoodMs(runs)
    // A clock that was set back since makes nothing stale.
    const agoMs = goodMs === undefined ? undefined : Math.max(0, Date.now() - goodMs)
    const next = nextRuns(scheduleRules(session.open.config), Date.now(), 1)[0]
    const { endpoint, maildir } = session.settings
    // A command that prints the pairing string may ask for a password.
    const pairing = endpoint.from === 'text' ? pairingIn(endpoint.text) : undefined
    const from = pairing && endpointName(pairing)
    const up = await journalWords(operations(db))
    const outbox = countRows(await rowsOf(session, context.output.warning))
    const allowances = allowanceStates(session.open.config, usageOfAll(session.open), Date.now())
    context.output.result(
      {
        event: 'status',
        settled: firstSyncEnded,
        running: sight === 'beside a sync',
        mailboxes: mailboxes.length,
        messages,
        ashore,
        evicted,
        ...waits,
        waiting,
        problems,
        outbox,
        allowances,
        lastSync: last === undefined ? null : new Date(last.endedMs).toISOString(),
        lastSyncExit: last === undefined ? null : last.exit,
        nextSync: next === undefined ? null : new Date(next.ms).toISOString(),
        maildir,
        ...(from !== undefined && { endpoint: from }),
      },
      [
        whenWords(last, next),
        `${counted(messages, 'message')} in ${mailboxes.length === 1 ? '1 mailbox' : `${mailboxes.length} mailboxes`}${firstSyncEnded ? '' : ' (the first sync has not finished)'}.`,
        ...ashoreWords(ashore, evicted),
        up.length > 0 ? `Waiting to go up: ${up.join(', ')}.` : 'Nothing waits to go up.',
        ...outboxWords(outbox),
        ...(waits.coming.parts + waits.deferred.parts > 0
          ? [...waitingWords(waits), 'packetboat waiting lists them.']
          : ['Nothing is missing.']),
        ...(problems > 0
          ? [`${counted(problems, 'problem')}: packetboat problems lists what can't be synced now, and why.`]
          : []),
        ...allowances.map((state) => `Used: ${allowanceWords(state)}.`),
        ...(sight === 'beside a sync'
          ? ['A sync is running. Changes in the Maildir since it began are not counted.']
          : []),
        placeWords(maildir, from),
      ],
    )
    if (maxAge !== undefined && (agoMs === undefined || agoMs > maxAge))
      throw new PacketboatError(
        'STALE',
        agoMs === undefined
          ? 'No sync has succeeded here yet.'
          : `The last good sync was ${formatAgo(agoMs)}.`,
        'Run packetboat sync to see why. packetboat usage counts the runs since.',
      )
  } finally {
    await session.close()
  }
}

interface Ashore {
  messages: number
  bytes: number
}

/** What is outside of what \`keep\` says, and how many messages of that were here and left this disk. */
async function ashoreOf(reader: Reader): Promise<{ readonly ashore: Ashore; readonly evicted: number }> {
  const ashore: Ashore = { messages: 0, bytes: 0 }
  for (const each of (await countAshore(reader)).values()) {
    ashore.messages += each.messages
    ashore.bytes += each.bytes
  }
  return { ashore, evicted: Math.min(ashore.messages, await countEvicted(reader)) }
}

function ashoreWords({ messages, bytes }: Ashore, evicted: number): string[] {
  if (messages === 0) return []
  const left = evicted > 0 ? ` Of these, ${counted(evicted, 'message')} left this disk.` : ''
  return [
    `${counted(messages, 'message')} more (${formatBytes(bytes)}) ashore, outside of what keep says.${left} packetboat search --ashore finds them.`,
  ]
}

function whenWords(
  finished: FinishedSync | undefined,
  next: { readonly rule: ScheduleRule; readonly ms: number } | undefined,
): string {
  const last = finished ? `Last synced ${finishedWords(finished, Date.now())}.` : 'No sync has finished yet.'
  return next === undefined
    ? last
    : `${last} The schedule has the next one on ${timeWords(next.ms)} (${next.rule.name}).`
}

const placeWords = (maildir: string, from: string | undefined): string =>
  `Mail is in ${maildir}${from === undefined ? '' : `, and comes from ${from}`}.`

async function* operations(db: Reader): AsyncGenerator<Operation> {
  for await (const { value } of tables.journal.list(db)) yield value
}

const mailboxColumns: readonly Column[] = [
  { title: '', align: 'right', spare: 1 },
  { title: 'mailbox', align: 'left' },
  { title: 'messages', align: 'right' },
  { title: 'unseen', align: 'right' },
  { title: 'ashore', align: 'right' },
  { title: 'why', align: 'left', spare: 2 },
]

/** `packetboat mailboxes`: all of them in the order in which they are synced. */
export async function mailboxesCommand(context: CommandContext): Promise<void> {
  const session = await openClient(context, { beside: true })
  try {
    const { settings, account } = session
    const ranked = await rankedMailboxes(account.replica, settings.priority)
    const ashore = await countAshore(account.replica.db)
    const rows = ranked.map(({ mailbox, why, use }, rank) => ({
      name: pathText(mailbox.path),
      rank: rank + 1,
      why,
      ...(use && { acts: use.acts, lastUsedSeconds: Math.round(use.agoMs / 1000) }),
      selected: isSelected(settings.mailboxes, mailbox),
      messages: mailbox.messages,
      unseen: mailbox.unseen,
      ashore: ashore.get(mailbox.guid)?.messages ?? 0,
    }))
    const someAshore = rows.some((row) => row.ashore > 0)
    context.output.result({ event: 'mailboxes', mailboxes: rows }, [
      ...tableLines(
        mailboxColumns.filter(({ title }) => someAshore || title !== 'ashore'),
        rows.map((row) => [
          String(row.rank),
          row.name,
          String(row.messages),
          String(row.unseen),
          ...(someAshore ? [String(row.ashore)] : []),
          row.selected ? reason(row) : 'left out by the settings',
        ]),
        context.output.columns,
      ),
      ...(rows.every(({ selected }) => selected)
        ? []
        : [
            `The setting mailboxes says which are synced: ${settings.mailboxes.join(' ')}. To sync all: packetboat config set mailboxes '*'`,
          ]),
      ...otherAccounts(context),
    ])
  } finally {
    await session.close()
  }
}

const reasons: Readonly<Record<RankedMailbox['why'], string>> = {
  priority: 'named in the settings',
  inbox: 'INBOX',
  'in use': 'in use',
  name: 'by name',
  last: 'Trash and Junk go last',
}

function reason(row: {
  readonly why: RankedMailbox['why']
  readonly acts?: number
  readonly lastUsedSeconds?: number
}): string {
  const { why, acts, lastUsedSeconds } = row
  if (acts === undefined || lastUsedSeconds === undefined || why === 'last') return reasons[why]
  return `${reasons[why]}: ${counted(acts, 'action')}, last ${formatAgo(lastUsedSeconds * 1000)}`
}
