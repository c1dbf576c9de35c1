import { setTimeout } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { PacketboatError } from '../../errors/packetboat-error.js'
import type { Responder } from '../../sync/link.js'
import { MixWork } from '../../sync/mix-work.js'
import { respond } from '../../sync/responder/respond.js'
import { scanMailStore } from '../../sync/scan/scan-mail-store.js'
import { nameOf } from '../../sync/write/resolve-conflict.js'
import type { DataDir } from '../settings/data-dir.js'
import {
  type EndpointSettings,
  endpointGuardOf,
  mailStoreOf,
  quotaOf,
} from '../settings/endpoint-settings.js'
import { asideOf } from '../settings/general-settings.js'
import { keepWarm } from './keep-warm.js'
import type { MailStorePlace } from './mail-store-place.js'
import { type OpenAccount, openAccount } from './open-account.js'
import type { ServeLog } from './serve-log.js'
import { createTurns } from './turns.js'

/** First looks at accounts at a time, and how long one of them is waited for, ms. */
const looksAtOnce = 2
const lookPatienceMs = 30_000

/** The accounts that an endpoint answers for. They may come and go while it runs. */
export interface ServedAccounts {
  names(): string[]
  readonly respond: Responder
  /** Opens what these settings have more. Throws what the first account that can't be opened throws; that one is not served. */
  open(settings: EndpointSettings): Promise<void>
  /** Takes over other settings: opens what is new and lets go what isn't named any more. What fails is logged; all else goes on. */
  change(settings: EndpointSettings): Promise<void>
  /** Reads the mail of those not looked at yet, so that the first client finds the index warm, and looks again when a server tells of changes. */
  keepWarm(): Promise<void>
  /** Notes that an exchange of an account went well, or failed: then true when just that hasn't been told already. */
  isNews(account: string, failure: unknown): boolean
  close(): Promise<void>
}

interface Served {
  account: OpenAccount
  readonly place: MailStorePlace
  /** Exchanges that run. */
  running: number
  readonly retired: AbortController
  warm?: Promise<void>
  closed?: Promise<void>
}

export function createServedAccounts(options: {
  readonly data: DataDir
  readonly log: ServeLog
  readonly signal: AbortSignal
}): ServedAccounts {
  const { data, log, signal } = options
  const served = new Map<string, Served>()
  /** Those that are no longer served and still have an exchange. */
  const leaving = new Set<Served>()
  const failures = new Map<string, string>()
  const mixWork = new MixWork()
  let current: EndpointSettings

  async function openOne(settings: EndpointSettings, name: string): Promise<void> {
    const place = mailStoreOf(settings, name)
    const account = await openAccount({
      database: data.path('accounts', name, 'replica.db'),
      mailStore: place,
      hasUpstream: false,
      exchanges: true,
      guard: endpointGuardOf(settings),
      quota: quotaOf(settings),
      mixWork,
      aside: asideOf(settings),
    })
    served.set(name, { account, place, running: 0, retired: new AbortController() })
  }

  function letGo(name: string, each: Served): void {
    served.delete(name)
    leaving.add(each)
    each.retired.abort()
    if (each.running === 0) void closeOne(each)
  }

  function closeOne(each: Served): Promise<void> {
    each.closed ??= (async () => {
      each.retired.abort()
      await each.warm
      await each.account.close()
      leaving.delete(each)
    })()
    return each.closed
  }

  /** The same failure may be met by looks and by exchanges: it is told once, until who met it first finds all well. */
  function isNews(by: 'look' | 'exchange', account: string, failure: unknown): boolean {
    const mine = `${by} ${account}`
    if (failure === undefined) {
      failures.delete(mine)
      return false
    }
    const words = failure instanceof Error ? failure.message : String(failure)
    const told = [`look ${account}`, `exchange ${account}`].some((each) => failures.get(each) === words)
    failures.set(mine, words)
    return !told
  }

  const look = async (name: string, { account, retired }: Served): Promise<void> => {
    const either = AbortSignal.any([signal, retired.signal])
    try {
      const { changes: messages, heldBack } = await scanMailStore(account, { signal: either })
      for (const held of heldBack)
        log.event(
          'warning',
          { event: 'held-back', account: name, ...held },
          `${name}: ${held.gone} of ${held.of} messages have gone from ${await nameOf(account.replica.db, held.mailbox)}: nobody is told before somebody allows it (packetboat sync --allow-expunge on a device).`,
        )
      log.event(
        'info',
        { event: 'indexed', account: name, messages },
        messages > 0
          ? `${name}: ${messages === 1 ? '1 message is' : `${messages} messages are`} new, changed or gone since the last look.`
          : undefined,
      )
      isNews('look', name, undefined)
    } catch (error) {
      if (!either.aborted && isNews('look', name, error)) log.error(error, name)
    }
  }

  // Few at a time: an endpoint that starts has better to do than to read all of everybody's mail at once.
  const turns = createTurns(looksAtOnce, (over) =>
    setTimeout(lookPatienceMs, undefined, { signal: over, ref: false }),
  )
  const warmUp = async (name: string, each: Served): Promise<void> => {
    await turns(async () => (each.retired.signal.aborted ? undefined : look(name, each)))
    const { watch } = each.account.mailStore
    const either = AbortSignal.any([signal, each.retired.signal])
    if (watch && !either.aborted) await keepWarm(watch, () => look(name, each), either)
  }

  return {
    names: () => [...served.keys()],
    isNews: (account, failure) => isNews('exchange', account, failure),
    async *respond(request, device, exchangeSignal) {
      const each = served.get(device.account)
      if (!each)
        throw new PacketboatError(
          'CONFIG',
          `The account ${device.account} is not served.`,
          'Add it with --account, or revoke the device.',
        )
      each.running++
      try {
        yield* respond(each.account, request, {
          signal: exchangeSignal,
          pairing: device.deviceId,
          lostAfterMs: current.deviceLostAfter,
          onRefused: (error) => log.error(error, device.account),
        })
      } finally {
        each.running--
        if (each.running === 0 && leaving.has(each)) void closeOne(each)
      }
    },
    async open(settings) {
      current = settings
      for (const name of Object.keys(settings.accounts)) if (!served.has(name)) await openOne(settings, name)
    },
    async change(settings) {
      current = settings
      for (const [name, each] of [...served]) {
        if (!(name in settings.accounts)) {
          letGo(name, each)
          log.line('info', `${name}: is not served any more.`)
        } else if (!isDeepStrictEqual(mailStoreOf(settings, name), each.place)) {
          log.line('warning', `${name}: its mail is somewhere else now; that takes a restart.`)
        } else each.account = { ...each.account, guard: endpointGuardOf(settings), quota: quotaOf(settings) }
      }
      for (const name of Object.keys(settings.accounts)) {
        if (served.has(name)) continue
        try {
          await openOne(settings, name)
          log.line('info', `${name}: is served from now on.`)
        } catch (error) {
          log.error(error, name)
        }
      }
    },
    async keepWarm() {
      for (const [name, each] of served) {
        if (each.warm) continue
        each.warm = warmUp(name, each)
      }
      await Promise.all([...served.values()].map(({ warm }) => warm))
    },
    async close() {
      await Promise.all([...served.values(), ...leaving].map(closeOne))
    },
  }
}
