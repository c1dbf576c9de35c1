import { setTimeout } from 'node:timers/promises'
import { chooseLink } from '../link/choose-link.js'
import { openHttpLink } from '../link/client.js'
import { costOf } from '../link/estimate.js'
import type { LinkProfile } from '../link/link-profile.js'
import { parsePairing } from '../link/pairing.js'
import { createRateMeter } from '../link/rate-meter.js'
import { withRetries } from '../link/retry.js'
import { emptyAside } from '../mailstore/maildir/aside.js'
import type { Money } from '../settings/price.js'
import { acquireLock } from '../store/kernel-lock.js'
import { type SyncReport, sync } from '../sync/exchange.js'
import { openingOrder } from '../sync/mailbox-order.js'
import { rememberMeasuredLine } from '../sync/measured-line.js'
import type { Received } from '../sync/receive.js'
import { type ClientSettings, clientSettingsOf, policyOf, synchronousOf } from './client-settings.js'
import type { CommandContext } from './command-context.js'
import { guardOf } from './general-settings.js'
import { networkState } from './network-state.js'
import { type OpenAccount, openAccount } from './open-account.js'
import type { OpenConfig } from './open-config.js'
import { createProgress } from './progress.js'
import { readSecret } from './read-secret.js'
import { runCommand } from './run-command.js'
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
  /** The name of the link's profile. */
  readonly link: string
  /** Where a price is known. */
  readonly cost?: Money
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
  const { link: profile } = tally
  const progress = createProgress(context, tally)
  const meter = createRateMeter(() => performance.now())
  let latencyMs: number | undefined
  const link = openHttpLink(pairing, {
    timeouts: { connectMs: profile.connectTimeoutMs, stallMs: profile.stallTimeoutMs },
    limitRate: profile.limitRate,
    signal,
    onRoundTrip: (ms) => {
      latencyMs = Math.min(ms, latencyMs ?? ms)
    },
    onBytes: (up, down) => {
      meter.came(down)
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
  } finally {
    progress.end()
    Object.assign(tally, link.stats)
    await link.close()
    await rememberLine(account, profile, meter.bitsPerSecond(), latencyMs)
  }
}
