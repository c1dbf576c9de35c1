import { costOf } from '../../link/profile/estimate.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { pathText } from '../../replica/model.js'
import { countsOf } from '../../told/run-counts.js'
import { waitingTotals } from '../../told/waiting-parts.js'
import type { CommandContext } from '../command-context.js'
import { exitCodeOf, exitCodes } from '../exit-codes.js'
import { openRunLog } from '../log/run-log.js'
import { RunWatch } from '../log/run-watch.js'
import { countNews, newsOfOutbox, noteTold, type OutboxNews, outboxNews } from '../outbox/outbox-news.js'
import { countPictures, pictureNews } from '../pictures/picture-words.js'
import type { ClientSession } from '../session/client-session.js'
import { allowanceStates, newWarnings } from '../usage/allowance.js'
import type { MailboxUsage, UsageEntry } from '../usage/usage-entry.js'
import { openUsageFile, type UsageFile } from '../usage/usage-file.js'
import { usageOfAll } from '../usage/usage-of-all.js'
import { chosenLink, policyNow } from './chosen-policy.js'
import { hooksAfter, runHook } from './hooks.js'
import { createTally, type RunEnd, type RunTally, trafficOfRun } from './run-tally.js'
import { stoppedWords } from './run-words.js'

/** How often it is written down what a run has cost so far: what a killed one leaves uncounted. */
const markEveryMs = 10_000

/**
 * Does a run's work and enters it into the usage account, whatever comes of it. When it fails, says what had
 * arrived by then, which is kept. An account that can't be written causes a warning and stops nothing.
 */
export async function recordedRun<T>(
  context: CommandContext,
  session: ClientSession,
  work: (tally: RunTally) => Promise<T>,
): Promise<T> {
  await runHook(context, session, 'beforeSync')
  const tally = createTally(Date.now(), await chosenLink(session.open, context.signal))
  const usage = openUsageFile(session.open.data, Date.now)
  tally.watch = await RunWatch.begin(session.account.replica.db, openRunLog(session.open.data))
  const complain = complainOnce(context)
  let marked = -1
  const mark = (): void => {
    if (tally.up + tally.down === marked) return
    marked = tally.up + tally.down
    complain(() => usage.mark(entryOf(tally, { exit: null, mailboxes: {} })))
  }
  mark()
  const marking = setInterval(mark, markEveryMs)
  try {
    const result = await work(tally)
    await writeDown(context, session, usage, tally, exitCodes.done, complain)
    await writeLog(context, tally, exitCodes.done)
    await keepIndexed(context, session, tally)
    return result
  } catch (error) {
    const exit = context.signal.aborted ? exitCodes.interrupted : exitCodeOf(error)
    const news = await writeDown(context, session, usage, tally, exit, complain)
    await writeLog(context, tally, exit)
    const { up, down, pictures } = tally
    if (!tally.told && up + down > 0) {
      const outbox = news && countNews(news)
      const words = [
        stoppedWords(tally, error),
        ...pictureNews(pictures),
        ...(outbox ? newsOfOutbox(outbox) : []),
      ]
      const told = {
        ...(outbox && { outbox }),
        ...(pictures.length > 0 && { pictures: countPictures(pictures) }),
      }
      const event = { event: 'stopped', exit, ...countsOf(tally), ...told, up, down }
      context.output.event(event, words.join(' '))
    }
    throw error
  } finally {
    clearInterval(marking)
  }
}

async function writeDown(
  context: CommandContext,
  session: ClientSession,
  usage: UsageFile,
  tally: RunTally,
  exit: number,
  complain: (work: () => void) => void,
): Promise<OutboxNews | undefined> {
  // A database that can't be read has been complained of: what was spent is counted all the same.
  const { mailboxes, waits, outbox } =
    tally.told ??
    (await (exit === exitCodes.interrupted ? endOfStopped : endOf)(session, tally).catch(() => ({
      mailboxes: {},
      waits: undefined,
      outbox: undefined,
    })))
  const { up, down, dry, left } = tally
  const news = dry || up + down === 0 ? undefined : outbox
  // If it can't be noted that this was told, it is told again next time.
  if (news) await noteTold(session).catch(() => undefined)
  hooksAfter(context, session, { exit, mailboxes, ...countsOf(tally), up, down }, news)
  const entry = entryOf(tally, {
    exit,
    mailboxes,
    ...(left && { left }),
    ...(waits && { waits: waits.deferred }),
  })
  complain(() => {
    const { config } = session.open
    const before = usageOfAll(session.open)
    usage.end(entry)
    const now = Date.now()
    const states = [before, [...before, entry]].map((entries) => allowanceStates(config, entries, now))
    const watched = context.terminal !== undefined
    for (const words of newWarnings(states[0] ?? [], states[1] ?? [], watched)) context.output.warning(words)
  })
  return news
}

/** A log that can't be written is complained of, and stops nothing. */
async function writeLog(
  { output }: CommandContext,
  { startedMs, link, watch }: RunTally,
  exit: number,
): Promise<void> {
  try {
    await watch?.end({ at: new Date(startedMs).toISOString(), link: link.name, exit })
  } catch (error) {
    output.warning(`This run is missing from packetboat log. ${(error as Error).message}`)
  }
}

/** Longer than that nobody waits for the end of a run: the next search takes in what is left. */
const indexMs = 5000

/** Takes what came into the index of words, where somebody searches. */
async function keepIndexed(
  { signal }: CommandContext,
  { account }: ClientSession,
  tally: RunTally,
): Promise<void> {
  if (Object.values(countsOf(tally)).every((count) => count === 0)) return
  const { isIndexed, updateIndex } = await import('../../sync/search/update-index.js')
  const until = performance.now() + indexMs
  try {
    if (await isIndexed(account.replica.db))
      await updateIndex(account, { signal, goOn: () => performance.now() < until })
  } catch {
    // A search beside it does the same work, or the next one will; the sync has done its own.
  }
}

/** What there is to tell of a run. */
export async function endOf(session: ClientSession, tally: RunTally): Promise<RunEnd> {
  const policy = await policyNow(session, tally.link.name)
  const waits = await waitingTotals(session.account.replica.db, policy)
  return { ...(await endOfStopped(session, tally)), waits }
}

/** Of one that somebody stopped: counting what is left takes seconds where there is much, and he waits for the end. */
async function endOfStopped(
  session: ClientSession,
  tally: RunTally,
): Promise<Omit<RunEnd, 'waits'> & { readonly waits?: undefined }> {
  return { mailboxes: await mailboxUsage(session, tally), outbox: await outboxNews(session) }
}

async function mailboxUsage(session: ClientSession, tally: RunTally): Promise<RunEnd['mailboxes']> {
  const usage = new Map<string, MailboxUsage>()
  for (const [guid, { messages, up, down }] of trafficOfRun(tally)) {
    const mailbox = await getMailbox(session.account.replica.db, guid)
    if (mailbox) usage.set(pathText(mailbox.path), { messages, up: Math.round(up), down: Math.round(down) })
  }
  return Object.fromEntries(usage)
}

function entryOf(
  { startedMs, link, up, down, attempts, dry }: RunTally,
  more: Pick<UsageEntry, 'exit' | 'left' | 'mailboxes' | 'waits'>,
): UsageEntry {
  const seconds = Math.max(0, Date.now() - startedMs) / 1000
  const cost = costOf(up + down, seconds, link)
  // What stopped before anything was dialled has cost nothing.
  const dialled = attempts > 0 || up + down > 0
  // A run that its budget ended has done what it was told to do.
  const good = more.exit === exitCodes.done || more.exit === exitCodes.budget
  return {
    at: new Date(startedMs).toISOString(),
    span: 'run',
    link: link.name,
    runs: dialled ? 1 : 0,
    failed: dialled && !good ? 1 : 0,
    up,
    down,
    seconds,
    costs: cost ? { [cost.currency]: cost.amount } : {},
    ...more,
    ...(dry && { dry }),
  }
}

function complainOnce({ output }: CommandContext): (work: () => void) => void {
  let complained = false
  return (work) => {
    try {
      work()
    } catch (error) {
      if (!complained)
        output.warning(`This run is missing from packetboat usage. ${(error as Error).message}`)
      complained = true
    }
  }
}
