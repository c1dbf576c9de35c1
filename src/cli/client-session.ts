import { setTimeout } from 'node:timers/promises'
import { chooseLink } from '../link/choose-link.js'
import { type HttpLink, type HttpLinkOptions, openHttpLink } from '../link/client.js'
import { estimate } from '../link/estimate.js'
import type { LinkProfile } from '../link/link-profile.js'
import { parsePairing } from '../link/pairing.js'
import { createRateMeter } from '../link/rate-meter.js'
import { withRetries } from '../link/retry.js'
import { emptyAside } from '../mailstore/maildir/aside.js'
import type { Money } from '../settings/price.js'
import { acquireLock } from '../store/kernel-lock.js'
import { type DryRun, dryRun } from '../sync/dry-run.js'
import { type SyncReport, sync } from '../sync/exchange.js'
import { openingOrder } from '../sync/mailbox-order.js'
import { getMeasuredLine, rememberMeasuredLine } from '../sync/measured-line.js'
import type { Policy } from '../sync/policy.js'
import type { Received } from '../sync/receive.js'
import { budgetOf } from './budget-settings.js'
import { type ClientSettings, clientSettingsOf, policyOf, synchronousOf } from './client-settings.js'
import type { CommandContext } from './command-context.js'
import { guardOf } from './general-settings.js'
import { networkState } from './network-state.js'
import { type OpenAccount, openAccount } from './open-account.js'
import type { OpenConfig } from './open-config.js'
import { createProgress } from './progress.js'
import { readSecret } from './read-secret.js'
import { startBudget, systemClock } from './run-budget.js'
import { runCommand } from './run-command.js'

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
  /** The name of the link's profile. */
  readonly link: string
}

/** The profile of the link that a run goes over. Throws CONFIG. */
export function chosenLink(
  context: Pick<CommandContext, 'signal'>,
  { config }: OpenConfig,
): Promise<LinkProfile> {
  const { signal } = context
  return chooseLink(config, {
    run: (command) => runCommand(command, { what: 'linkCommand', signal }),
    network: networkState,
  })
}

/** What comes as fast as the cap lets it says nothing of the line. */
const underCap = 0.7

async function rememberLine(
  { replica }: OpenAccount,
  { name, limitRate = Number.POSITIVE_INFINITY }: LinkProfile,
  measured: number | undefined,
  latencyMs: number | undefined,
): Promise<void> {
  const bitsPerSecond = measured !== undefined && measured < underCap * limitRate ? measured : undefined
  await replica.db.transact((tx) =>
    rememberMeasuredLine(tx, name, {
      atMs: replica.now(),
      ...(bitsPerSecond !== undefined && { bitsPerSecond }),
      ...(latencyMs !== undefined && { latencyMs }),
    }),
  )
}

/** What a sync would move, and cost; what asking took. */
export interface DryReport extends DryRun {
  readonly asked: { readonly up: number; readonly down: number }
  readonly link: string
  readonly seconds?: number | undefined
  readonly cost?: Money | undefined
}

/** Asks what a sync would move, and what asking took of the line. */
export async function runDry(
  context: CommandContext,
  session: ClientSession,
  only: readonly string[],
): Promise<DryReport> {
  const { signal } = context
  const profile = await chosenLink(context, session.open)
  const { link } = await openLine(session, profile, signal)
  try {
    const run = await dryRun(session.account, {
      link,
      policy: await policyNow(session, profile),
      only,
      signal,
    })
    const measured = await getMeasuredLine(session.account.replica.db, profile.name)
    const costs = estimate(run.up.bytes, run.down?.bytes ?? 0, profile, measured)
    return { ...run, asked: link.stats, link: profile.name, ...(run.down && costs) }
  } finally {
    await link.close()
  }
}

async function policyNow({ account, open, settings }: ClientSession, { name }: LinkProfile): Promise<Policy> {
  const first = await openingOrder(account.replica, settings.priority)
  return { ...policyOf(open, { link: name, nowMs: account.replica.now() }), first }
}

/** The line to the endpoint, not yet connected. */
async function openLine(
  { settings }: ClientSession,
  { connectTimeoutMs, stallTimeoutMs, limitRate }: LinkProfile,
  signal: AbortSignal,
  hooks: Pick<HttpLinkOptions, 'onBytes' | 'onRoundTrip'> = {},
): Promise<{ readonly link: HttpLink; readonly pairing: string }> {
  const pairing = parsePairing(await readSecret(settings.endpoint, 'endpoint', signal))
  const link = openHttpLink(pairing, {
    timeouts: { connectMs: connectTimeoutMs, stallMs: stallTimeoutMs },
    limitRate,
    signal,
    ...hooks,
  })
  return { link, pairing: pairing.deviceId }
}

/** Syncs, over as many connections as the line needs. */
export async function runSync(
  context: CommandContext,
  session: ClientSession,
  only: readonly string[],
  line: LineOptions,
): Promise<RunReport> {
  const { account } = session
  const profile = await chosenLink(context, session.open)
  const budget = startBudget(budgetOf(session.open.config, profile), systemClock)
  const signal = AbortSignal.any([context.signal, budget.signal])
  const bytes = { up: 0, down: 0 }
  const progress = createProgress(context, bytes)
  const meter = createRateMeter(() => performance.now())
  let latencyMs: number | undefined
  const { link, pairing } = await openLine(session, profile, signal, {
    onRoundTrip: (ms) => {
      latencyMs = Math.min(ms, latencyMs ?? ms)
    },
    onBytes: (up, down) => {
      meter.came(down)
      bytes.up = up
      bytes.down = down
      progress.bytesMoved()
    },
  })
  const { bytesLeft: leftAfter } = budget
  const bytesLeft = leftAfter && (() => leftAfter(link.stats.up + link.stats.down))
  const startedMs = Date.now()
  const policy = await policyNow(session, profile)
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
        giveUpAfterMs: profile.giveUpAfterMs,
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
    return {
      ...report,
      ...totals,
      ...link.stats,
      link: profile.name,
      attempts,
      seconds: (Date.now() - startedMs) / 1000,
    }
  } catch (error) {
    // A pause that is broken off has no words of its own.
    throw budget.signal.aborted ? budget.signal.reason : error
  } finally {
    budget.close()
    progress.end()
    await link.close()
    await rememberLine(account, profile, meter.bitsPerSecond(), latencyMs)
  }
}
