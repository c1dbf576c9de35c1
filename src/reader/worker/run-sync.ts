import { slowBitsPerSecond } from '../../link/line/line-rate.js'
import { createRateMeter } from '../../link/line/rate-meter.js'
import { withRetries } from '../../link/line/retry.js'
import { costOf } from '../../link/profile/estimate.js'
import type { Money } from '../../settings/price.js'
import type { Account } from '../../sync/account.js'
import type { ExchangeTally } from '../../sync/initiator/exchange-tally.js'
import { sync } from '../../sync/initiator/sync.js'
import type { SyncReport } from '../../sync/initiator/sync-options.js'
import type { Link } from '../../sync/link.js'
import { getMeasuredLine, rememberMeasuredLine } from '../../sync/measured-line.js'
import { openingOrder } from '../../sync/policy/mailbox-order.js'
import type { Spool } from '../../sync/submission/spool.js'
import { createProgressMeter, type ProgressView } from '../../told/progress-view.js'
import { lineBytes, startBudget, systemClock } from '../../told/run-budget.js'
import { countsOf } from '../../told/run-counts.js'
import { loadMachine } from '../../wire/compression/mix/machine-later.js'
import type { FetchLinkOptions } from '../line/fetch-link.js'
import type { Progress, SyncBudget, Synced, SyncTerms } from '../port.js'
import { budgetOf, lineOf, policyOf } from './terms.js'

/** The name of the line that a browser syncs over, among measured ones. It has no other. */
export const lineName = 'browser'

/** How often progress is told, ms. */
const tellEveryMs = 250

const retries = { firstPauseMs: 1000, maxPauseMs: 30_000, giveUpAfterMs: 120_000 }

export type LineOptions = Pick<FetchLinkOptions, 'known' | 'onBytes'>

export interface RunOptions {
  readonly openLink: (options: LineOptions) => Link
  readonly budget: SyncBudget
  readonly terms: SyncTerms
  /** Fewer bytes count more than a quick sync. */
  readonly savesData: boolean
  readonly spool: Spool
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress) => void
  /** Called when something that can be shown has become durable. */
  readonly onChanged: () => void
}

/** Syncs, over as many connections as the line needs, and says meanwhile how far it is. Throws what `sync` throws. */
export async function runSync(account: Account, options: RunOptions): Promise<Synced> {
  const { replica } = account
  const startedMs = replica.now()
  const meter = createRateMeter(() => performance.now())
  const measured = await getMeasuredLine(replica.db, lineName)
  const tally = { up: 0, down: 0, exchanges: new Set<ExchangeTally>() }
  let isDown = false
  const link = options.openLink({
    ...(measured?.bitsPerSecond !== undefined &&
      measured.latencyMs !== undefined && {
        known: { bytesPerSecond: measured.bitsPerSecond / 8, roundTripMs: measured.latencyMs },
      }),
    onBytes: (up, down) => {
      meter.came(down)
      if (down > tally.down) isDown = false
      Object.assign(tally, { up, down })
    },
  })
  const budget = startBudget(budgetOf(options.budget, options.terms), systemClock, { startedMs })
  const { bytesLeft } = budget
  const signal = AbortSignal.any([options.signal, budget.signal])
  const view = createProgressMeter(tally)
  const line = lineOf(options.terms)
  const seconds = (): number => (replica.now() - startedMs) / 1000
  const spent = (): { cost?: Money } => {
    const cost = costOf(lineBytes(tally.up + tally.down), seconds(), line)
    return cost ? { cost } : {}
  }
  const tell = (): void =>
    options.onProgress({
      ...{ ...progressOf(view(performance.now())), ...spent() },
      ...(isDown && { isDown }),
    })
  const isSlow = (measured?.bitsPerSecond ?? Number.POSITIVE_INFINITY) < slowBitsPerSecond
  const telling = setInterval(tell, tellEveryMs)
  try {
    const policy = { ...policyOf(options.terms, options.savesData), first: await openingOrder(replica, []) }
    // Without it, more bytes come, and as surely.
    const mix =
      (options.savesData || isSlow) &&
      (await loadMachine().then(
        () => true,
        () => false,
      ))
    const report = await withRetries(
      (progressed) =>
        sync(account, {
          link,
          policy,
          spool: options.spool,
          signal,
          mix,
          ...(bytesLeft && { bytesLeft: () => bytesLeft(tally.up + tally.down) }),
          onProgress: (received) => {
            progressed()
            tally.exchanges.add(received)
            options.onChanged()
          },
        }),
      {
        ...{ ...retries, now: () => performance.now(), sleep, random: Math.random, signal },
        onRetry: () => {
          isDown = true
          tell()
        },
      },
    )
    return { ...syncedBy(report, { ...tally, seconds: seconds() }), ...spent() }
  } catch (error) {
    if (options.signal.aborted || !budget.signal.aborted) throw error
    throw budget.signal.reason
  } finally {
    clearInterval(telling)
    budget.close()
    await link.close()
    const bitsPerSecond = meter.bitsPerSecond()
    if (bitsPerSecond !== undefined)
      await replica.db.transact((tx) =>
        rememberMeasuredLine(tx, lineName, { atMs: replica.now(), bitsPerSecond }),
      )
    // The worker stays: what it has read of all these messages is of no use any more.
    replica.db.rest()
  }
}

function syncedBy(
  report: SyncReport,
  spent: { up: number; down: number; seconds: number; exchanges: Set<ExchangeTally> },
): Synced {
  const { texts, contents } = countsOf(spent)
  const { listed, changed, paused, heldBack, problems, trouble, refusal } = report
  const { up, down, seconds } = spent
  const words = trouble ?? refusal?.reason
  return {
    ...{ up, down, seconds, listed, texts, contents, changed, paused, problems },
    healed: report.healed !== undefined,
    heldBack: heldBack.map(({ mailbox }) => mailbox),
    ...(words !== undefined && { trouble: words }),
  }
}

function progressOf({ counts, item, ...view }: ProgressView): Progress {
  const { up, down, rate, share, totalBytes, secondsLeft } = view
  const { listed, texts, contents } = counts
  return {
    ...{ up, down, rate, listed, texts, contents },
    ...(share !== undefined && { share }),
    ...(totalBytes !== undefined && { totalBytes }),
    ...(secondsLeft !== undefined && { secondsLeft }),
    ...(item && { subject: item.subject }),
  }
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
  })
}
