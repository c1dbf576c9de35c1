import { setTimeout } from 'node:timers/promises'
import { openHttpLink } from '../link/client.js'
import { lineSettings } from '../link/line-settings.js'
import { parsePairing } from '../link/pairing.js'
import { withRetries } from '../link/retry.js'
import { emptyAside } from '../mailstore/maildir/aside.js'
import { acquireLock } from '../store/kernel-lock.js'
import { type SyncReport, sync } from '../sync/exchange.js'
import { openingOrder } from '../sync/mailbox-order.js'
import type { Received } from '../sync/receive.js'
import { type ClientSettings, clientSettingsOf, policyOf, synchronousOf } from './client-settings.js'
import type { CommandContext } from './command-context.js'
import { guardOf } from './general-settings.js'
import { type OpenAccount, openAccount } from './open-account.js'
import type { OpenConfig } from './open-config.js'
import { createProgress } from './progress.js'
import { readSecret } from './read-secret.js'
import { countsOf, type RunCounts, type RunTally } from './run-tally.js'

/** The client of a data directory, opened and locked for one command. */
export interface ClientSession {
  readonly account: OpenAccount
  readonly open: OpenConfig
  readonly settings: ClientSettings
  /** What is to be done when others may work on it again, in this order. */
  readonly afterwards: (() => Promise<void>)[]
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
    const afterwards: ClientSession['afterwards'] = []
    return {
      account,
      open,
      settings,
      afterwards,
      close: async () => {
        await account.close()
        lock.release()
        for (const work of afterwards) await work()
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
  /** Nothing but warnings and errors. */
  readonly quiet?: boolean
  /** What each mailbox had, and a line even where nothing was new and nobody watches. */
  readonly verbose?: boolean
}

/** What a run cost and brought. Bytes are TLS payload and HTTP as they left and entered this program. */
export interface RunReport extends SyncReport, RunCounts {
  readonly up: number
  readonly down: number
  readonly seconds: number
  readonly attempts: number
}

/** Syncs, over as many connections as the line needs, and keeps the tally up to date meanwhile. */
export async function runSync(
  context: CommandContext,
  session: ClientSession,
  only: readonly string[],
  line: LineOptions,
  tally: RunTally,
): Promise<RunReport> {
  const { account, settings } = session
  const { signal } = context
  const pairing = parsePairing(await readSecret(settings.endpoint, 'endpoint', signal))
  const progress = createProgress(context, tally)
  const { connectTimeout, stallTimeout, giveUpAfter } = session.open.config.values(lineSettings)
  const link = openHttpLink(pairing, {
    timeouts: { connectMs: connectTimeout, stallMs: stallTimeout },
    signal,
    onBytes: (up, down) => {
      tally.up = up
      tally.down = down
      progress.bytesMoved()
    },
  })
  const policy = {
    ...policyOf(settings),
    first: await openingOrder(account.replica, settings.priority),
  }
  try {
    const report = await withRetries(
      async (progressed) => {
        tally.attempts++
        return sync(account, {
          link,
          policy,
          pairing: pairing.deviceId,
          only,
          allow: line.allowExpunge ?? [],
          signal,
          onProgress: (received: Received) => {
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
        giveUpAfterMs: giveUpAfter,
        signal,
        onRetry: ({ error, pauseMs }) => progress.retrying(error, pauseMs),
      },
    )
    const { up, down } = link.stats
    const { attempts, startedMs } = tally
    return { ...report, ...countsOf(tally), up, down, attempts, seconds: (Date.now() - startedMs) / 1000 }
  } finally {
    progress.end()
    Object.assign(tally, link.stats)
    await link.close()
  }
}
