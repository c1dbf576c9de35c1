import { setTimeout } from 'node:timers/promises'
import { type HttpLink, openHttpLink } from '../link/client.js'
import { createRateMeter, type RateMeter, slowBytesPerSecond } from '../link/line-rate.js'
import { lineSettings } from '../link/line-settings.js'
import { parsePairing } from '../link/pairing.js'
import { withRetries } from '../link/retry.js'
import { emptyAside } from '../mailstore/maildir/aside.js'
import { readReplicaRecord, updateReplicaRecord } from '../replica/replica.js'
import { acquireLock } from '../store/kernel-lock.js'
import { type DryRun, dryRun } from '../sync/dry-run.js'
import { type SyncReport, sync } from '../sync/exchange.js'
import { openingOrder } from '../sync/mailbox-order.js'
import type { Policy } from '../sync/policy.js'
import type { Received } from '../sync/receive.js'
import { budgetOf, budgetSettings } from './budget-settings.js'
import { type ClientSettings, clientSettingsOf, policyOf, synchronousOf } from './client-settings.js'
import type { CommandContext } from './command-context.js'
import { guardOf } from './general-settings.js'
import { type OpenAccount, openAccount } from './open-account.js'
import type { OpenConfig } from './open-config.js'
import { createProgress } from './progress.js'
import { readSecret } from './read-secret.js'
import { startBudget, systemClock } from './run-budget.js'

/** The client of a data directory, opened and locked for one command. */
export interface ClientSession {
  readonly account: OpenAccount
  readonly open: OpenConfig
  readonly settings: ClientSettings
  close(): Promise<void>
}

/** Opens the client's account. One command at a time works on it; the lock goes with the process, however it ends. */
export async function openClient(
  context: CommandContext,
  options: { readonly waitMs?: number } = {},
): Promise<ClientSession> {
  const open = context.open('client')
  const settings = clientSettingsOf(open)
  const { waitMs } = options
  const lock = await acquireLock(open.data.path('client.lock'), {
    signal: context.signal,
    ...(waitMs !== undefined && { waitMs }),
  })
  try {
    const account = await openAccount({
      database: open.data.path('replica.db'),
      maildir: settings.maildir,
      names: settings.names,
      hasUpstream: true,
      create: false,
      guard: guardOf(settings),
      synchronous: synchronousOf(settings),
    })
    await emptyAside(settings.maildir, Date.now(), settings.keepExpunged)
    return {
      account,
      open,
      settings,
      close: async () => {
        await account.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

export interface LineOptions {
  /** Patterns of mailboxes from which any number of messages may be expunged in this run. */
  readonly allowExpunge?: readonly string[]
}

/** What a run cost and brought. Bytes are TLS payload and HTTP as they left and entered this program. */
export interface RunReport extends SyncReport {
  readonly up: number
  readonly down: number
  readonly seconds: number
  readonly attempts: number
}

/** Asks what a sync would move, and what asking took of the line. */
export async function runDry(
  context: CommandContext,
  session: ClientSession,
  only: readonly string[],
): Promise<DryRun & { readonly asked: { readonly up: number; readonly down: number } }> {
  const { signal } = context
  const { link } = await openLine(session, signal)
  try {
    const run = await dryRun(session.account, { link, policy: await policyNow(session), only, signal })
    return { ...run, asked: link.stats }
  } finally {
    await link.close()
  }
}

async function policyNow({ account, settings }: ClientSession): Promise<Policy> {
  const first = await openingOrder(account.replica, settings.priority)
  return { ...policyOf(settings, account.replica.now()), first }
}

/** The line to the endpoint, not yet connected. */
async function openLine(
  { open, settings }: ClientSession,
  signal: AbortSignal,
  onBytes?: (up: number, down: number) => void,
): Promise<{ readonly link: HttpLink; readonly pairing: string }> {
  const pairing = parsePairing(await readSecret(settings.endpoint, 'endpoint', signal))
  const { connectTimeout, stallTimeout } = open.config.values(lineSettings)
  const link = openHttpLink(pairing, {
    timeouts: { connectMs: connectTimeout, stallMs: stallTimeout },
    signal,
    ...(onBytes && { onBytes }),
  })
  return { link, pairing: pairing.deviceId }
}

/** For the next run, that begins before it knows its line. */
async function rememberRate({ account }: ClientSession, rate: RateMeter): Promise<void> {
  const lineRate = rate.bytesPerSecond()
  if (lineRate === undefined) return
  await account.replica.db.transact((tx) => updateReplicaRecord(tx, (record) => ({ ...record, lineRate })))
}

/** Syncs, over as many connections as the line needs. */
export async function runSync(
  context: CommandContext,
  session: ClientSession,
  only: readonly string[],
  line: LineOptions,
): Promise<RunReport> {
  const { account } = session
  const budget = startBudget(budgetOf(session.open.config.values(budgetSettings)), systemClock)
  const signal = AbortSignal.any([context.signal, budget.signal])
  const bytes = { up: 0, down: 0 }
  const rate = createRateMeter(() => performance.now())
  const progress = createProgress(context, bytes)
  const { giveUpAfter } = session.open.config.values(lineSettings)
  const { link, pairing } = await openLine(session, signal, (up, down) => {
    bytes.up = up
    bytes.down = down
    rate.moved(down)
    progress.bytesMoved()
  })
  const { bytesLeft: leftAfter } = budget
  const bytesLeft = leftAfter && (() => leftAfter(link.stats.up + link.stats.down))
  const startedMs = Date.now()
  const policy = await policyNow(session)
  const { codec } = session.open.config.values(lineSettings)
  const remembered = (await readReplicaRecord(account.replica.db)).lineRate
  const isSlow = (): boolean =>
    (rate.bytesPerSecond() ?? remembered ?? Number.POSITIVE_INFINITY) < slowBytesPerSecond
  let attempts = 0
  // What earlier attempts of this run have brought counts too.
  const before = { listed: 0, changed: 0, uploaded: 0, matched: 0 }
  let latest: Received | undefined
  try {
    const report = await withRetries(
      async (progressed) => {
        attempts++
        before.listed += latest?.listed ?? 0
        before.changed += latest?.changed ?? 0
        before.uploaded += latest?.uploaded ?? 0
        before.matched += latest?.matched ?? 0
        latest = undefined
        return sync(account, {
          link,
          policy,
          pairing,
          only,
          allow: line.allowExpunge ?? [],
          signal,
          mix: codec === 'mix' || (codec === 'auto' && isSlow()),
          ...(bytesLeft && { bytesLeft }),
          onProgress: (received: Received) => {
            progressed()
            latest = received
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
        giveUpAfterMs: giveUpAfter,
        signal,
        onRetry: ({ error, pauseMs }) => progress.retrying(error, pauseMs),
      },
    )
    const totals = {
      listed: report.listed + before.listed,
      changed: report.changed + before.changed,
      uploaded: report.uploaded + before.uploaded,
      matched: report.matched + before.matched,
    }
    return { ...report, ...totals, ...link.stats, attempts, seconds: (Date.now() - startedMs) / 1000 }
  } catch (error) {
    // A pause that is broken off has no words of its own.
    throw budget.signal.aborted ? budget.signal.reason : error
  } finally {
    budget.close()
    progress.end()
    await rememberRate(session, rate)
    await link.close()
  }
}
