import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { toHex } from '../../bytes/hex.js'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { slowBitsPerSecond } from '../../link/line/line-rate.js'
import { withRetries } from '../../link/line/retry.js'
import { costOf, type Estimate, estimate } from '../../link/profile/estimate.js'
import { lineSettings } from '../../link/profile/line-settings.js'
import { readKnown, writeKnown } from '../../outbox/known.js'
import type { Money } from '../../settings/price.js'
import { standInMarking } from '../../sync/content/stand-in-key.js'
import { letGoBy } from '../../sync/evict/letting-go.js'
import { outboxTerms } from '../../sync/frames/told-outbox.js'
import { exchangeBytes } from '../../sync/initiator/compose-request.js'
import { type DryRun, dryRun } from '../../sync/initiator/dry-run.js'
import type { ExchangeTally } from '../../sync/initiator/exchange-tally.js'
import { sync } from '../../sync/initiator/sync.js'
import type { SyncReport } from '../../sync/initiator/sync-options.js'
import { smallOnly } from '../../sync/policy/small-policy.js'
import { budgetTooSmall, startBudget, systemClock } from '../../told/run-budget.js'
import { countsOf, type RunCounts } from '../../told/run-counts.js'
import type { CommandContext } from '../command-context.js'
import { spoolOf } from '../outbox/all-rows.js'
import { picturesOf } from '../pictures/pictures-of-run.js'
import { outboxFolder } from '../sendmail/choose-account.js'
import type { ClientSession } from '../session/client-session.js'
import { keepHeapSmall, optimizeSeldom } from '../session/v8-flags.js'
import { budgetOf } from '../settings/budget-settings.js'
import { policyNow } from './chosen-policy.js'
import { evictionTerms } from './eviction-terms.js'
import { laterThan } from './later-than.js'
import { createProgress } from './progress.js'
import type { RunTally } from './run-tally.js'
import { openLine } from './session-line.js'
import type { SharedBudget } from './shared-budget.js'

export interface LineOptions {
  /** Patterns of mailboxes from which any number of messages may be expunged in this run. */
  readonly allowExpunge?: readonly string[]
  /** Only lists, texts, small parts and wanted parts come in this run. */
  readonly smallOnly?: boolean
  /** What is wanted waits for another run. */
  readonly withoutWanted?: boolean
  /** What is outside of what `keep` says leaves this disk now. */
  readonly evictNow?: boolean
  /** Prints only warnings and errors. */
  readonly quiet?: boolean
  /** What each mailbox had, and a line even where nothing was new and nobody watches. */
  readonly verbose?: boolean
  /** What the runs of all accounts may cost together. */
  readonly shared?: SharedBudget
}

/** What a run cost and brought. Bytes are TLS payload and HTTP as they left and entered this program. */
export interface RunReport extends SyncReport, RunCounts {
  readonly up: number
  readonly down: number
  readonly seconds: number
  readonly attempts: number
  /** The name of the link's profile. */
  readonly link: string
  /** Present where a price is known. */
  readonly cost?: Money
}

type Down = NonNullable<DryRun['down']>

/** What a sync would move, and cost, each mailbox by itself too; what asking took. */
export interface DryReport extends Omit<DryRun, 'down'> {
  readonly down:
    | (Omit<Down, 'mailboxes'> & { readonly mailboxes: readonly (Down['mailboxes'][number] & Estimate)[] })
    | undefined
  readonly asked: { readonly up: number; readonly down: number }
  readonly link: string
  readonly seconds?: number | undefined
  readonly cost?: Money | undefined
}

/**
 * Asks what a sync would move, and counts what the question itself cost. `select`: as if the settings chose
 * these mailboxes.
 */
export async function runDry(
  context: CommandContext,
  session: ClientSession,
  only: readonly string[],
  tally: RunTally,
  select?: readonly string[],
): Promise<DryReport> {
  const { account } = session
  const { link: profile } = tally
  tally.dry = true
  const budget = startBudget(budgetOf(session.open.config, profile), systemClock, {
    startedMs: tally.startedMs,
    latencyMs: profile.latencyMs,
  })
  const signal = AbortSignal.any([context.signal, budget.signal])
  const { link, measured, close } = await openLine(session, profile, signal)
  try {
    if ((budget.bytesLeft?.(0) ?? exchangeBytes) < exchangeBytes) throw budgetTooSmall()
    const rules = await policyNow(session, profile.name)
    const policy = select ? { ...rules, select } : rules
    const run = await dryRun(account, { link, policy, only, signal })
    const { up, down, first } = run
    const costs = (bytesUp: number, bytesDown: number): Estimate =>
      estimate(bytesUp, bytesDown, profile, measured)
    const mailboxes = down?.mailboxes.map((each) => ({ ...each, ...costs(0, sumOf(each.bytes)) }))
    return {
      up,
      first,
      down: down && { ...down, mailboxes: mailboxes ?? [] },
      asked: link.stats,
      link: profile.name,
      ...(down && costs(up.bytes, down.bytes)),
    }
  } finally {
    budget.close()
    Object.assign(tally, link.stats)
    await close()
  }
}

const sumOf = (bytes: readonly number[]): number => bytes.reduce((sum, each) => sum + each, 0)

/** How long a run that is stopped goes on to write what has arrived, ms. On a slow line that is enough for all of it. */
const writingMs = 2000

/** Syncs, over as many connections as the line needs, and keeps the tally up to date meanwhile. */
export async function runSync(
  context: CommandContext,
  session: ClientSession,
  only: readonly string[],
  options: LineOptions,
  tally: RunTally,
): Promise<RunReport> {
  const { account } = session
  const spool = spoolOf(session.open)
  const { link: profile } = tally
  const rules = await policyNow(session, profile.name)
  const policy = options.smallOnly ? smallOnly(rules) : rules
  const pictures = picturesOf(context, session.open.config, profile.name, (fates) =>
    tally.pictures.push(...fates),
  )
  const { codec } = session.open.config.values(lineSettings)
  const evict = evictionTerms(session.open.config, options.evictNow ?? false)
  const own = budgetOf(session.open.config, profile)
  const budget = startBudget(options.shared?.leftOf(own, profile, tally.startedMs) ?? own, systemClock, {
    startedMs: tally.startedMs,
    latencyMs: profile.latencyMs,
  })
  const signal = AbortSignal.any([context.signal, budget.signal])
  const progress = createProgress(context, tally)
  const line = await openLine(session, profile, signal, (up, down) => {
    tally.up = up
    tally.down = down
    progress.bytesMoved()
  })
  const { link, pairing, measured } = line
  keepHeapSmall()
  optimizeSeldom()
  const slow = (measured?.bitsPerSecond ?? profile.rate ?? Number.POSITIVE_INFINITY) < slowBitsPerSecond
  const { bytesLeft: leftAfter } = budget
  const bytesLeft = leftAfter && (() => leftAfter(link.stats.up + link.stats.down))
  const stopWriting = laterThan(context.signal, writingMs)
  try {
    const report = await withRetries(
      async (progressed) => {
        tally.attempts++
        return sync(account, {
          link,
          policy,
          pairing,
          spool,
          pictures,
          only,
          allow: options.allowExpunge ?? [],
          withoutWanted: options.withoutWanted ?? false,
          ...(evict && { evict: letGoBy(evict) }),
          signal,
          stopWriting: stopWriting.signal,
          mix: codec === 'mix' || (codec === 'auto' && slow),
          ...(bytesLeft && { bytesLeft }),
          onScanned: async () => tally.watch?.scanned(),
          onLeaving: async (guids, work) => tally.watch?.leaving(guids, work) ?? work(),
          onSettled: async () => tally.watch?.settled(),
          onProgress: (received: ExchangeTally) => {
            progressed()
            tally.exchanges.add(received)
            progress.received(received)
          },
        })
      },
      {
        now: () => performance.now(),
        sleep: (ms, abort) => setTimeout(ms, undefined, { ...(abort && { signal: abort }) }),
        random: Math.random,
        firstPauseMs: 1000,
        maxPauseMs: 60_000,
        giveUpAfterMs: profile.giveUpAfterMs,
        signal,
        onRetry: ({ error, pauseMs }) => progress.retrying(error, pauseMs),
      },
    )
    const { up, down } = link.stats
    const { attempts, startedMs } = tally
    const seconds = (Date.now() - startedMs) / 1000
    const cost = costOf(up + down, seconds, profile)
    const spent = { up, down, seconds, attempts, link: profile.name, ...(cost && { cost }) }
    return { ...report, ...countsOf(tally), ...spent }
  } catch (error) {
    // A pause that is broken off has no words of its own.
    throw budget.signal.aborted ? budget.signal.reason : error
  } finally {
    budget.close()
    stopWriting.close()
    progress.end()
    Object.assign(tally, link.stats)
    options.shared?.spend(link.stats.up + link.stats.down)
    await line.close()
    await noteTerms(context, session)
  }
}

/**
 * What the endpoint says of sending is written down beside the outbox: `sendmail` refuses at once what can't be
 * sent. Where that can't be written, it is complained of, and hides nothing of how the run ended.
 */
async function noteTerms({ output }: CommandContext, { open, account }: ClientSession): Promise<void> {
  const there = await outboxTerms(account.replica.db)
  const folder = join(open.dataRoot, outboxFolder)
  const before = await readKnown(folder)
  if (!there) return
  const { assembles, ...said } = there
  const terms = { ...said, ...(assembles && { marking: toHex((await standInMarking(account)).key) }) }
  if (isDeepStrictEqual({ ...terms, asOfMs: before?.asOfMs }, before)) return
  try {
    await writeKnown(folder, { ...terms, asOfMs: Date.now() })
  } catch (error) {
    if (!(error instanceof PacketboatError)) throw error
    output.warning(`What the endpoint says of sending isn't noted. ${error.message}`)
  }
}
