import { setTimeout } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import type { Account } from '../../sync/account.js'
import type { Responder } from '../../sync/link.js'
import type { MakeGist } from '../../sync/make-gist.js'
import { MixWork } from '../../sync/mix-work.js'
import { respond } from '../../sync/responder/respond.js'
import { type ScanReport, scanMailStore } from '../../sync/scan/scan-mail-store.js'
import { Slices } from '../../sync/scan/slices.js'
import { nameOf } from '../../sync/write/resolve-conflict.js'
import type { Codec } from '../../wire/compression/codec.js'
import { refuseRootOver } from '../session/not-as-root.js'
import { type OpenAccount, openAccount, startCodec } from '../session/open-account.js'
import type { DataDir } from '../settings/data-dir.js'
import {
  type EndpointSettings,
  endpointGuardOf,
  mailStoreOf,
  quotaOf,
} from '../settings/endpoint-settings.js'
import { asideOf } from '../settings/general-settings.js'
import { createAccountPool } from './account-pool.js'
import { createIndexing } from './indexing.js'
import { keepWarm } from './keep-warm.js'
import { createMailings } from './mailing.js'
import { createOutboxes, type DueTimes } from './outboxes.js'
import type { ServeLog } from './serve-log.js'
import { createTurns } from './turns.js'

/** First looks at accounts at a time, and how long one of them is waited for, ms. */
const looksAtOnce = 2
const lookPatienceMs = 30_000

/** New messages that such a look reads while a device that asks may wait: half a second, about. */
const messagesAtOnce = 1024

/** With more accounts than this, each one's database holds less in memory. */
const fewAccounts = 32
const cacheBytesOfMany = 1024 * 1024

/** The accounts that an endpoint answers for. They may come and go while it runs, and are opened when somebody asks for them. */
export interface ServedAccounts {
  names(): string[]
  /** How many are open. */
  openCount(): number
  readonly respond: Responder
  /** Serves what these settings name. Throws CONFIG where root may not, and what is wrong with an account that is the only one. */
  start(settings: EndpointSettings): Promise<void>
  /**
   * Adopts changed settings. Returns the names of the accounts that are new, and of those whose mail is no
   * longer served or is served from another place. Their exchanges must be ended: they still use the mail
   * store that they began with, and all later ones wait for them.
   */
  change(settings: EndpointSettings): { readonly fresh: string[]; readonly left: string[] }
  /**
   * Scans the mail of as many of these as may stay open, in order, so that the first device of each finds it
   * scanned. The mail of every open account is scanned again when its server reports changes.
   */
  warmUp(names: readonly string[]): Promise<void>
  /** Notes how an exchange of an account ended. For a failure: whether it differs from the one that was last told. */
  isNews(account: string, failure: unknown): boolean
  close(): Promise<void>
}

export function createServedAccounts(options: {
  readonly data: DataDir
  readonly log: ServeLog
  readonly due: DueTimes
  readonly makeGist: MakeGist
  readonly signal: AbortSignal
}): ServedAccounts {
  const { data, log, due, makeGist, signal } = options
  const failures = new Map<string, string>()
  const mixWork = new MixWork()
  const mailings = createMailings(Date.now)
  let codec: Promise<Codec> | undefined
  let current: EndpointSettings

  const pool = createAccountPool({
    most: () => current.openAccounts,
    open: async (name) => {
      codec ??= startCodec()
      return openAccount({
        database: data.path('accounts', name, 'replica.db'),
        mailStore: mailStoreOf(current, name),
        hasUpstream: false,
        codec: await codec,
        mixWork,
        makeGist,
        aside: asideOf(current),
        ...(Object.keys(current.accounts).length > fewAccounts && { cacheBytes: cacheBytesOfMany }),
      })
    },
    beside: async (name, account, retired) => {
      const { watch } = account.mailStore
      const either = AbortSignal.any([signal, retired])
      if (watch && !either.aborted) await keepWarm(watch, () => look(name, account, either), either)
    },
    onError: (name, error) => log.error(error, name),
  })

  /** Under the settings as they are now. */
  const asNow = (account: OpenAccount, name: string): Account => {
    const mailing = mailings.mailingOf(current, name)
    return {
      ...account,
      guard: endpointGuardOf(current),
      quota: quotaOf(current),
      ...(mailing && { mailing: { ...mailing, cameAshore: () => outboxes.look(name) } }),
    }
  }

  const outboxes = createOutboxes({
    settingsOf: (name) => mailings.sendSettingsOf(current, name),
    use: async (name) => {
      if (!isServed(name)) return undefined
      const lease = await pool.use(name)
      return { ...lease, account: asNow(lease.account, name) }
    },
    due,
    now: Date.now,
    onError: (name, error) => log.error(error, name),
    signal,
  })

  const indexing = createIndexing({
    use: async (name) => (isServed(name) ? pool.use(name) : undefined),
    onEnd: (name, error) => {
      const isTold = error !== undefined && !hasCode(error, 'STORE_CONFLICT')
      if (isNews('index', name, error) && isTold) log.error(error, name)
    },
    signal,
  })

  /** The same failure may be met by looks and by exchanges: it is told once, until who met it first finds all well. */
  function isNews(by: 'look' | 'exchange' | 'index', account: string, failure: unknown): boolean {
    const mine = `${by} ${account}`
    if (failure === undefined) {
      failures.delete(mine)
      return false
    }
    const words = failure instanceof Error ? failure.message : String(failure)
    const told = [`look ${account}`, `exchange ${account}`, `index ${account}`].some(
      (each) => failures.get(each) === words,
    )
    failures.set(mine, words)
    return !told
  }

  async function look(name: string, account: OpenAccount, over: AbortSignal): Promise<void> {
    try {
      let messages = 0
      let scanned: ScanReport
      // In slices, so that a device which comes meanwhile has its turn between them.
      const slices = new Slices()
      do {
        scanned = await scanMailStore(asNow(account, name), { signal: over, most: messagesAtOnce, slices })
        messages += scanned.changes
      } while (!scanned.isWhole)
      const { heldBack } = scanned
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
      if (!over.aborted && isNews('look', name, error)) log.error(error, name)
    }
  }

  // Few at a time: an endpoint that starts has better to do than to read all of everybody's mail at once.
  const turns = createTurns(looksAtOnce, (over) =>
    setTimeout(lookPatienceMs, undefined, { signal: over, ref: false }),
  )
  async function warmUpOne(name: string): Promise<void> {
    if (signal.aborted || !isServed(name)) return
    try {
      const { account, retired, release } = await pool.use(name)
      await look(name, account, AbortSignal.any([signal, retired])).finally(release)
    } catch (error) {
      if (!signal.aborted && isNews('look', name, error)) log.error(error, name)
    }
  }

  const isServed = (name: string): boolean => Object.hasOwn(current.accounts, name)

  return {
    names: () => Object.keys(current.accounts),
    openCount: () => pool.size,
    isNews: (account, failure) => isNews('exchange', account, failure),
    async *respond(request, device, exchangeSignal) {
      if (!isServed(device.account))
        throw new PacketboatError(
          'CONFIG',
          `The account ${device.account} is not served.`,
          `Add it (packetboat account add ${device.account} maildir:PATH), or revoke the device.`,
        )
      const { account, release } = await pool.use(device.account)
      try {
        yield* respond(asNow(account, device.account), request, {
          signal: exchangeSignal,
          pairing: device.deviceId,
          lostAfterMs: current.deviceLostAfter,
          onRefused: (error) => log.error(error, device.account),
        })
      } finally {
        release()
        outboxes.look(device.account)
        indexing.look(device.account)
        void mailings.askLimits(current, device.account, signal)
      }
    },
    async start(settings) {
      current = settings
      const names = Object.keys(settings.accounts)
      for (const name of names) refuseRoot(settings, name)
      const [only] = names
      if (names.length === 1 && only !== undefined) (await pool.use(only)).release()
      await outboxes.start()
    },
    change(settings) {
      const before = current
      for (const name of Object.keys(settings.accounts)) refuseRoot(settings, name)
      current = settings
      const left = Object.keys(before.accounts).filter(
        (name) =>
          !isServed(name) || !isDeepStrictEqual(mailStoreOf(settings, name), mailStoreOf(before, name)),
      )
      for (const name of left) {
        pool.retire(name)
        const what = isServed(name)
          ? 'its mail is taken from another place from now on'
          : 'is not served any more'
        log.line('info', `${name}: ${what}.`)
      }
      const fresh = Object.keys(settings.accounts).filter((name) => !Object.hasOwn(before.accounts, name))
      for (const name of fresh) log.line('info', `${name}: is served from now on.`)
      return { fresh, left }
    },
    async warmUp(names) {
      const some = names.filter(isServed).slice(0, current.openAccounts)
      await Promise.all(some.map((name) => turns(() => warmUpOne(name))))
    },
    async close() {
      await Promise.all([outboxes.close(), indexing.close()])
      await pool.close()
    },
  }
}

function refuseRoot(settings: EndpointSettings, name: string): void {
  const place = mailStoreOf(settings, name)
  if (place.kind === 'maildir') refuseRootOver(place.path)
}
