import { setTimeout } from 'node:timers/promises'
import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import { estimate } from '../../link/profile/estimate.js'
import { listMailboxes } from '../../replica/mailboxes.js'
import { listProblems, seriousProblems } from '../../replica/problems.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { getMeasuredLine } from '../../sync/measured-line.js'
import { isSelected } from '../../sync/policy/selection.js'
import { nameOf } from '../../sync/write/resolve-conflict.js'
import { budgetReached, budgetTooSmall } from '../../told/run-budget.js'
import { counted } from '../../told/sizes.js'
import { waitingInOrder } from '../../told/waiting-parts.js'
import { refused } from '../../wire/response/refusal-frame.js'
import type { CommandContext } from '../command-context.js'
import { exitCodeOfError, exitCodes, extendedExit } from '../exit-codes.js'
import { nextMailbox } from '../looking/chosen-mailboxes.js'
import { countNews, newsOfOutbox } from '../outbox/outbox-news.js'
import { countPictures, pictureNews } from '../pictures/picture-words.js'
import { type ClientSession, openClient } from '../session/client-session.js'
import { chosenAccounts, forEachAccount } from '../session/each-account.js'
import { forecastSync } from '../setting-up/forecast-sync.js'
import { pickForRun } from '../setting-up/pick-mailboxes.js'
import { checkSomeLeave } from '../settings/check-settings.js'
import { rulesNow } from '../sync-run/chosen-policy.js'
import { dryRunWords } from '../sync-run/dry-run-words.js'
import { foundAshore, foundWords } from '../sync-run/found-ashore.js'
import { endOf, recordedRun } from '../sync-run/recorded-run.js'
import { healedWords } from '../sync-run/recovery-words.js'
import { type LineOptions, type RunReport, runDry, runSync } from '../sync-run/run-sync.js'
import { doneWords, hasChanged, mailboxWords } from '../sync-run/run-words.js'
import { SharedBudget } from '../sync-run/shared-budget.js'
import { stayLines } from '../sync-run/stay-words.js'
import { untilClosed } from '../text/until-closed.js'
import { takePicked } from '../waiting/choosing.js'
import { type Asked, askedOn, pickParts } from '../waiting/pick-parts.js'

export interface SyncCommandOptions extends LineOptions {
  readonly wait?: number
  /** Seconds: a random time up to this goes by first, so that many machines don't dial at once. */
  readonly jitter?: number
  /** Another exit code when something has changed. */
  readonly extExit?: boolean
  /** Only says what would move. */
  readonly dryRun?: boolean
}

export interface ChooseOptions extends SyncCommandOptions {
  /** Ask, before anything big comes. */
  readonly choose?: boolean
}

/** `packetboat sync [MAILBOX...]`: one exchange, or as many as interruptions make necessary. */
export async function syncCommand(
  context: CommandContext,
  mailboxes: readonly string[],
  options: ChooseOptions,
): Promise<number> {
  const asked = options.choose ? askedOn(context) : undefined
  if (options.jitter !== undefined)
    await setTimeout(Math.random() * options.jitter * 1000, undefined, { signal: context.signal })
  const names = chosenAccounts(context)
  const several = names.length > 1
  if (several && options.allowExpunge && options.allowExpunge.length > 0)
    throw new PacketboatError(
      'USAGE',
      '--allow-expunge is for one account.',
      `Add -a with one of ${names.join(', ')}.`,
    )
  const shared = several && { shared: new SharedBudget(context.load('client').config, Date.now()) }
  return forEachAccount(
    context,
    several ? await urgentFirst(context, names) : names,
    (own) => syncAccount(own, mailboxes, { ...options, ...shared }, asked),
    (error) => hasCode(error, 'BUDGET'),
  )
}

/** The accounts of which something waits to go up or is wanted, then the others, each in the order of the file. */
async function urgentFirst(context: CommandContext, names: readonly string[]): Promise<string[]> {
  const urgent: string[] = []
  for (const name of names) {
    // What is wrong with it is told when its turn comes.
    const isUrgent = await looksUrgent(context.forAccount(name)).catch(() => false)
    if (isUrgent) urgent.push(name)
  }
  return [...urgent, ...names.filter((name) => !urgent.includes(name))]
}

async function looksUrgent(context: CommandContext): Promise<boolean> {
  const session = await openClient(context, { beside: true })
  try {
    const { db } = session.account.replica
    const { upload, journal, wanted, wish } = tables
    for (const table of [upload, journal, wanted, wish]) if (await table.any(db)) return true
    return false
  } finally {
    await session.close()
  }
}

/** How long a command that only looks keeps an account to itself, at most, ms: no run fails for that. */
const lookMs = 3000

/** Patterns for a full disk: no mail comes, only the endpoint's word on what may leave. */
const noMailbox = ['!*']

async function syncAccount(
  context: CommandContext,
  mailboxes: readonly string[],
  options: SyncCommandOptions,
  asked: Asked | undefined,
): Promise<number> {
  const waitMs = Math.max((options.wait ?? 0) * 1000, lookMs)
  const session = await openClient(context, {
    waitMs,
    exchanges: true,
    makesRoom: options.evictNow === true,
  })
  try {
    if (options.evictNow) checkSomeLeave(session.open.config)
    if (asked) return await syncAndChoose(context, session, mailboxes, options, asked)
    if (session.isDiskFull)
      context.output.warning('This disk is nearly full: nothing is fetched in this run.')
    const only = session.isDiskFull ? noMailbox : mailboxes
    if (!options.dryRun) return await syncAndReport(context, session, only, options)
    return await recordedRun(context, session, async (tally) => {
      const run = await runDry(context, session, mailboxes, tally)
      context.output.result({ event: 'dry-run', ...run }, dryRunWords(run))
      return exitCodes.done
    })
  } finally {
    await session.close()
  }
}

/** A person picks mailboxes by what they would take, where there are several; their lists, texts and small parts come, and then what is picked of the rest. */
async function syncAndChoose(
  context: CommandContext,
  session: ClientSession,
  among: readonly string[],
  options: SyncCommandOptions,
  asked: Asked,
): Promise<number> {
  const { account, settings } = session
  const { keyboard: input, terminal: output } = asked
  const signal = untilClosed(context.signal, input)
  const forecast = await forecastSync(context, session, among)
  const mailboxes = await pickForRun(forecast, among, { input, output, signal })
  const first = { ...options, smallOnly: true, withoutWanted: true }
  const exit = await syncAndReport(context, session, mailboxes, first)
  const { policy, profile } = await rulesNow(context, session)
  const all = await waitingInOrder(account.replica, policy, settings.priority)
  const waiting = all
    .map((message) => ({
      ...message,
      parts: message.parts.filter(({ state, cold }) => state !== 'never' && !cold),
    }))
    .filter(({ mailbox, parts }) => parts.length > 0 && isSelected(mailboxes, mailbox))
  if (waiting.length === 0) return exit
  const measured = await getMeasuredLine(account.replica.db, profile.name)
  const picked = await pickParts(waiting, asked, signal, (bytes) => estimate(0, bytes, profile, measured))
  if ((await takePicked(account, waiting, picked)) === 0) return exit
  return syncAndReport(context, session, mailboxes, { ...options, smallOnly: true })
}

/** Runs, says in one line what came of it, and gives the exit code. Where nobody watches, nothing new is nothing to tell. */
export async function syncAndReport(
  context: CommandContext,
  session: ClientSession,
  mailboxes: readonly string[],
  options: SyncCommandOptions,
): Promise<number> {
  return recordedRun(context, session, async (tally) => {
    const { db } = session.account.replica
    const before = await listMailboxes(db)
    const report = await runSync(context, session, mailboxes, options, tally)
    const end = await endOf(session, tally)
    const { mailboxes: byMailbox, waits } = end
    const outbox = countNews(end.outbox)
    const { pictures } = tally
    const answers = await foundAshore(db, tally.startedMs)
    const summary = doneWords(report, waits)
    const healed = report.healed && healedWords(report.healed)
    const changed = hasChanged(report)
    const watched = context.terminal !== undefined || options.verbose
    const stays = report.stays ? stayLines(report.stays) : []
    context.output.result(
      {
        event: 'synced',
        ...report,
        ...waits,
        outbox,
        pictures: countPictures(pictures),
        answers,
        mailboxes: byMailbox,
        summary,
      },
      [pictures, answers, stays].some(({ length }) => length > 0) ||
        outbox.sent + outbox.failed + report.evicted > 0 ||
        changed.here ||
        changed.there ||
        watched
        ? [
            `${healed ? `${healed[0]?.toUpperCase()}${healed.slice(1)}. ` : ''}${summary}`,
            ...pictureNews(pictures),
            ...newsOfOutbox(outbox),
            ...foundWords(answers),
            ...stays,
            ...(options.verbose ? mailboxWords(byMailbox) : []),
          ]
        : [],
    )
    tally.told = end
    const shortfall = await shortfallOf(db, report)
    if (shortfall) {
      tally.left = shortfall.code
      throw shortfall
    }
    // What was just deleted was there before; what only the endpoint had is here by now.
    const known = [...before, ...(await listMailboxes(db))]
    const unknown = [...mailboxes, ...(options.allowExpunge ?? [])].filter(
      (pattern) => !/^[!\\]|[*%]/.test(pattern) && !known.some((mailbox) => isSelected([pattern], mailbox)),
    )
    if (unknown.length > 0)
      throw new PacketboatError(
        'NOT_FOUND',
        `There is no mailbox ${unknown.map((name) => `"${name}"`).join(', ')}, neither here nor at the endpoint.`,
        nextMailbox(unknown[0] ?? '', known),
      )
    return options.extExit ? extendedExit(changed) : exitCodes.done
  })
}

/** Why not all was done, if it wasn't: of several reasons the one that keeps the most from being done. */
async function shortfallOf(db: Reader, report: RunReport): Promise<PacketboatError | undefined> {
  if (report.trouble !== undefined)
    return new PacketboatError(
      'MAILSTORE_AWAY',
      `At the endpoint: ${report.trouble}`,
      'Everything that the endpoint knew was synced. What you sent waits there until the mail store is back. Sync again later.',
    )
  if (report.refusal) return refused(report.refusal)
  if (report.paused)
    return report.exchanges === 0
      ? budgetTooSmall()
      : budgetReached('The bytes that this run may take are used up.')
  if (report.heldBack.length > 0) return heldBackError(db, report.heldBack)
  return report.problems > 0 ? problemsError(db, report.problems) : undefined
}

/** The error of a run that did everything else. Its exit code is that of a mail store that can't be written, where one can't. */
async function problemsError(db: Reader, total: number): Promise<PacketboatError> {
  const problems = seriousProblems(await listProblems(db))
  const told = problems.slice(0, 3).map(({ side, record: { mailbox, item, reason } }) => {
    const where = [mailbox, item].filter(Boolean).join(': ')
    return `${side === 'upstream' ? 'at the endpoint, ' : ''}${where}: ${reason}`
  })
  const refused = problems.find(({ record }) => exitCodeOfError(record.code) === exitCodes.mailStore)
  return new PacketboatError(
    refused?.record.code ?? 'PROBLEMS',
    `${counted(total, 'problem')}: ${told.join(' ')}`,
    'Everything else was synced. packetboat problems lists all of them and says what to do; packetboat tries each again by itself.',
  )
}

/** Each side has its own log of what is held back, so each is settled there. */
async function heldBackError(db: Reader, heldBack: RunReport['heldBack']): Promise<PacketboatError> {
  const told = []
  for (const { mailbox, gone, of, at, kept } of heldBack)
    told.push({
      name: await nameOf(db, mailbox),
      figures: `${gone} of ${of} messages`,
      at: kept ? ('kept' as const) : at,
    })
  const list = told.map(
    ({ name, figures, at }) =>
      `${figures} ${at === 'kept' ? 'were expunged here in a week and come back' : at === 'endpoint' ? 'have gone at the endpoint' : 'would be expunged'} from ${name}`,
  )
  const settling = 'packetboat conflicts, then packetboat settle NUMBER --keep both'
  const here = told.some(({ at }) => at === undefined)
  const there = told.some(({ at }) => at === 'endpoint')
  return new PacketboatError(
    'GUARD',
    `${list.join('; ')}. Nothing was deleted.`,
    [
      `Is a disk missing, or has a path changed? To delete them: packetboat sync ${told.map(({ name }) => `--allow-expunge "${name}"`).join(' ')}.`,
      here && `To keep what would be expunged${there ? ' here' : ''}: ${settling}.`,
      there && `To bring back what has gone at the endpoint, say so there, with its --data DIR: ${settling}.`,
    ]
      .filter(Boolean)
      .join(' '),
  )
}
