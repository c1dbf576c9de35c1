import { setTimeout } from 'node:timers/promises'
import { openHttpLink } from '../link/client.js'
import { parsePairing } from '../link/pairing.js'
import { withRetries } from '../link/retry.js'
import { emptyAside } from '../mailstore/maildir/aside.js'
import { acquireLock } from '../store/kernel-lock.js'
import { type SyncReport, sync } from '../sync/exchange.js'
import { openingOrder } from '../sync/mailbox-order.js'
import type { Received } from '../sync/receive.js'
import {
  type ClientSettings,
  guardOf,
  policyOf,
  readClientSettings,
  synchronousOf,
} from './client-settings.js'
import type { CommandContext } from './command-context.js'
import { type OpenAccount, openAccount } from './open-account.js'
import { createProgress } from './progress.js'

const dayMs = 86_400_000
/** Days for which messages that were expunged on suspicion can be had back. */
const keepExpungedDays = 30

/** The client of a data directory, opened and locked for one command. */
export interface ClientSession {
  readonly account: OpenAccount
  readonly settings: ClientSettings
  close(): Promise<void>
}

/** Opens the client's account. One command at a time works on it; the lock goes with the process, however it ends. */
export async function openClient(
  context: CommandContext,
  options: { readonly waitMs?: number } = {},
): Promise<ClientSession> {
  const settings = readClientSettings(context.data)
  const { waitMs } = options
  const lock = await acquireLock(context.data.path('client.lock'), {
    signal: context.signal,
    ...(waitMs !== undefined && { waitMs }),
  })
  try {
    const account = await openAccount({
      database: context.data.path('replica.db'),
      mailStore: { kind: 'maildir', path: settings.maildir, names: settings.names ?? 'mutf7', create: false },
      hasUpstream: true,
      guard: guardOf(settings),
      synchronous: synchronousOf(settings),
    })
    await emptyAside(settings.maildir, Date.now(), (settings.keepExpunged ?? keepExpungedDays) * dayMs)
    return {
      account,
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
  /** Seconds without progress after which a run gives up. */
  readonly giveUpAfter?: number
  /** Seconds without a byte after which the line counts as dead and is dialled again. */
  readonly stall?: number
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

/** Syncs, over as many connections as the line needs. */
export async function runSync(
  context: CommandContext,
  session: ClientSession,
  only: readonly string[],
  line: LineOptions,
): Promise<RunReport> {
  const { account, settings } = session
  const { signal } = context
  const bytes = { up: 0, down: 0 }
  const progress = createProgress(context, bytes)
  const pairing = parsePairing(settings.endpoint)
  const link = openHttpLink(pairing, {
    timeouts: { stallMs: (line.stall ?? 120) * 1000 },
    signal,
    onBytes: (up, down) => {
      bytes.up = up
      bytes.down = down
      progress.bytesMoved()
    },
  })
  const startedMs = Date.now()
  const policy = {
    ...policyOf(settings),
    first: await openingOrder(account.replica, settings.priority ?? []),
  }
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
          pairing: pairing.deviceId,
          only,
          allow: line.allowExpunge ?? [],
          signal,
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
        giveUpAfterMs: (line.giveUpAfter ?? settings.giveUpAfter ?? 120) * 1000,
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
  } finally {
    progress.end()
    await link.close()
  }
}
