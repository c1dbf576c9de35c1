import { setTimeout } from 'node:timers/promises'
import { estimate } from '../link/estimate.js'
import type { LinkProfile } from '../link/link-profile.js'
import { withRetries } from '../link/retry.js'
import { emptyAside } from '../mailstore/maildir/aside.js'
import type { Money } from '../settings/price.js'
import { acquireLock } from '../store/kernel-lock.js'
import { type DryRun, dryRun } from '../sync/dry-run.js'
import { type SyncReport, sync } from '../sync/exchange.js'
import { openingOrder } from '../sync/mailbox-order.js'
import { getMeasuredLine } from '../sync/measured-line.js'
import type { Policy } from '../sync/policy.js'
import type { Received } from '../sync/receive.js'
import { smallOnly } from '../sync/small-policy.js'
import { budgetOf } from './budget-settings.js'
import { type ClientSettings, clientSettingsOf, policyOf, synchronousOf } from './client-settings.js'
import type { CommandContext } from './command-context.js'
import { guardOf } from './general-settings.js'
import { type OpenAccount, openAccount } from './open-account.js'
import type { OpenConfig } from './open-config.js'
import { createProgress } from './progress.js'
import { startBudget, systemClock } from './run-budget.js'
import { chosenLink, openLine } from './session-line.js'

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
  /** Nothing comes in this run but lists, texts, small parts and what is wanted. */
  readonly smallOnly?: boolean
  /** What is wanted waits for another run. */
  readonly withoutWanted?: boolean
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
  const { account } = session
  const { profile, policy } = await rulesNow(context, session)
  const line = await openLine(session, profile, signal)
  try {
    const { link } = line
    const run = await dryRun(account, { link, policy, only, signal })
    const measured = await getMeasuredLine(account.replica.db, profile.name)
    const costs = estimate(run.up.bytes, run.down?.bytes ?? 0, profile, measured)
    return { ...run, asked: link.stats, link: profile.name, ...(run.down && costs) }
  } finally {
    await line.close()
  }
}

/** The link that is up by now, and the policy that a run on it would go by. Throws CONFIG. */
export async function rulesNow(
  { signal }: Pick<CommandContext, 'signal'>,
  session: ClientSession,
): Promise<{ readonly profile: LinkProfile; readonly policy: Policy }> {
  const profile = await chosenLink(session.open, signal)
  return { profile, policy: await policyNow(session, profile.name) }
}

async function policyNow({ account, open, settings }: ClientSession, link: string): Promise<Policy> {
  const first = await openingOrder(account.replica, settings.priority)
  return { ...policyOf(open, { link, nowMs: account.replica.now() }), first }
}

/** Syncs, over as many connections as the line needs. */
export async function runSync(
  context: CommandContext,
  session: ClientSession,
  only: readonly string[],
  options: LineOptions,
): Promise<RunReport> {
  const { account } = session
  const { profile, policy: rules } = await rulesNow(context, session)
  const budget = startBudget(budgetOf(session.open.config, profile), systemClock)
  const signal = AbortSignal.any([context.signal, budget.signal])
  const bytes = { up: 0, down: 0 }
  const progress = createProgress(context, bytes)
  const line = await openLine(session, profile, signal, (up, down) => {
    bytes.up = up
    bytes.down = down
    progress.bytesMoved()
  })
  const { link, pairing } = line
  const { bytesLeft: leftAfter } = budget
  const bytesLeft = leftAfter && (() => leftAfter(link.stats.up + link.stats.down))
  const startedMs = Date.now()
  const policy = options.smallOnly ? smallOnly(rules) : rules
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
          allow: options.allowExpunge ?? [],
          withoutWanted: options.withoutWanted ?? false,
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
    const seconds = (Date.now() - startedMs) / 1000
    return { ...report, ...totals, ...link.stats, link: profile.name, attempts, seconds }
  } catch (error) {
    // A pause that is broken off has no words of its own.
    throw budget.signal.aborted ? budget.signal.reason : error
  } finally {
    budget.close()
    progress.end()
    await line.close()
  }
}
