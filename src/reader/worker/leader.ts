import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import { interrupted } from '../../link/line/answer-errors.js'
import type { Guid } from '../../replica/model.js'
import { makesInbox } from '../../replica/operation.js'
import { forgetPauses } from '../../replica/problems.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import { sayWishes } from '../../replica/wishes.js'
import type { Transaction } from '../../store/database.js'
import { createQueue } from '../../store/queue.js'
import type { Store } from '../../store/store.js'
import type { Account } from '../../sync/account.js'
import type { Link } from '../../sync/link.js'
import { scanMailStore } from '../../sync/scan/scan-mail-store.js'
import { failureOf } from '../ask-worker.js'
import type { Acts, ReaderEvent, ReaderPort, ReaderState, SyncBudget, Synced } from '../port.js'
import { markMessages, moveMessages, notFound, removeMessages } from './file-acts.js'
import { keptSpool } from './kept-spool.js'
import { laterActs } from './later.js'
import { looksOf } from './looks.js'
import { openReaderAccount, type Surroundings } from './open-account.js'
import { type OwnRecord, ownTables } from './own-tables.js'
import { type LineOptions, runSync } from './run-sync.js'
import { discardDraft, discardQueued } from './saved-drafts.js'
import { checkedTerms } from './terms.js'

export interface LeaderOptions extends Surroundings {
  readonly store: Store
  readonly openLink: (options: LineOptions) => Link
  /** Pairs by the token of a link, or asks whose mail the cookie leads to. */
  readonly askAccount: (token: string | undefined, signal: AbortSignal) => Promise<string>
  /** Whether the browser has promised to delete nothing by itself. */
  readonly isPersisted: () => Promise<boolean>
  /** Whether the browser was told to save data. */
  readonly savesData: () => boolean
  /** Deletes what the store keeps on the disk, also while it is open. */
  readonly deleteDisk: () => Promise<void>
  readonly onEvent: (event: ReaderEvent) => void
}

/** The worker that has the mail, among those of all tabs. */
export interface Leader {
  readonly account: Account
  readonly port: ReaderPort
  /** Stops what runs, and writes what waits to be written. */
  close(): Promise<void>
}

/** Unsent changes are counted up to this. */
const mostUnsent = 1000
/** Changes are told at most this often, ms. */
const changedEveryMs = 500

export async function lead(options: LeaderOptions): Promise<Leader> {
  const { onEvent, isPersisted } = options
  const account = await openReaderAccount(options.store, options)
  const { replica } = account
  const { db } = replica
  const ended = new AbortController()
  let running: { readonly stop: AbortController; readonly result: Promise<Synced> } | undefined
  const spool = keptSpool(db)

  const own = (): Promise<OwnRecord | undefined> => ownTables.own.get(db)
  const state = async (): Promise<ReaderState> => {
    const record = await own()
    return {
      ...(record && { account: record.account }),
      leads: true,
      syncing: running !== undefined,
      unsent: await countUnsent(account),
      ...(record?.syncedMs !== undefined && { syncedMs: record.syncedMs }),
      persisted: await isPersisted(),
      lost: record?.lost ?? false,
      revoked: record?.revoked ?? false,
    }
  }
  const tellState = async (): Promise<void> => {
    if (!ended.signal.aborted) onEvent({ event: 'state', state: await state() })
  }
  const keepOwn = async (change: (record: OwnRecord | undefined) => OwnRecord | undefined): Promise<void> => {
    await db.transact(async (tx) => {
      const record = change(await ownTables.own.get(tx))
      if (record) ownTables.own.put(tx, record)
    })
    await db.store.flush?.()
  }
  const noteLink = async (note: (tx: Transaction) => void): Promise<void> => {
    await db.transact(async (tx) => note(tx))
    await db.store.flush?.()
  }
  /** Does what a person has done, and tells everybody who looks. */
  const acting = async <T>(work: () => Promise<T>): Promise<T> => {
    const result = await work()
    await db.store.flush?.()
    onEvent({ event: 'changed' })
    await tellState()
    return result
  }
  const inTurn = createQueue()
  /** What is done to drafts is done in the order in which it was asked for, also while the code for it is loaded. */
  const writing = <T>(work: () => Promise<T>): Promise<T> => acting(() => inTurn(work))
  const wish = (message: Guid, parts: readonly number[], word: 'now' | 'later'): Promise<void> =>
    acting(async () => {
      const content = (await tables.message.get(db, message))?.content
      if (content === undefined) throw notFound('This message')
      await sayWishes(db, [{ content, parts, word }])
    })

  /** Finds the account that the cookie leads to. Throws WRONG_ENDPOINT when the mail here is another account's: the two must never meet. */
  async function agreeOnAccount(token: string | undefined, signal: AbortSignal): Promise<string> {
    const isFirst = token !== undefined && !(await own())
    // Noted before the cookie is there: whoever has a cookie of no link that was used here has lost what was here with it.
    if (isFirst) await noteLink((tx) => ownTables.linked.put(tx, {}))
    const name = await options.askAccount(token, signal).catch(async (error: unknown) => {
      if (isFirst && hasCode(error, 'AUTH')) await noteLink((tx) => ownTables.linked.delete(tx))
      throw error
    })
    const record = await own()
    if (record && record.account !== name)
      throw new PacketboatError(
        'WRONG_ENDPOINT',
        `This browser holds the mail of ${record.account}, and was paired with the account ${name} since.`,
        `Open a link for ${record.account} here. For ${name} use another browser, or another profile of this one.`,
      )
    const lost = !record && !(await ownTables.linked.has(db))
    await keepOwn((before) => {
      const { doubted: _, revoked: __, ...rest } = before ?? {}
      return { ...rest, account: name, ...(lost && { lost: true as const }) }
    })
    await tellState()
    return name
  }

  async function runOnce(budget: SyncBudget, stop: AbortSignal): Promise<Synced> {
    const record = await own()
    if (record?.doubted) await agreeOnAccount(undefined, stop)
    let toldMs = 0
    const synced = await runSync(account, {
      openLink: options.openLink,
      budget,
      terms: record?.terms ?? {},
      savesData: options.savesData(),
      spool,
      signal: stop,
      onProgress: (progress) => onEvent({ event: 'progress', progress }),
      onChanged: () => {
        const nowMs = performance.now()
        if (nowMs - toldMs < changedEveryMs) return
        toldMs = nowMs
        onEvent({ event: 'changed' })
      },
    }).catch(async (error: unknown) => {
      // Whatever breaks then, it broke since somebody wanted no more.
      if (stop.aborted) throw interrupted(stop)
      if (hasCode(error, 'AUTH')) await keepOwn((record) => record && { ...record, revoked: true })
      throw error
    })
    if (!synced.paused) await keepOwn((record) => record && withoutLoss(record, replica.now()))
    return synced
  }

  const acts: Acts = {
    state,
    pair: async (token) => {
      const record = await own()
      if (record && token === undefined) return record.account
      await acts.stop()
      // Its cookie takes the place of the one before, whosever mail it leads to, and the browser may be killed before that is known.
      if (record) await keepOwn((before) => before && { ...before, doubted: true })
      return agreeOnAccount(token, ended.signal)
    },
    mark: (messages, delta) => acting(() => markMessages(account, messages, delta)),
    move: (messages, mailbox) => acting(() => moveMessages(account, messages, mailbox)),
    remove: (messages) => acting(() => removeMessages(account, messages)),
    want: (message, parts) => wish(message, parts, 'now'),
    unwant: (message, parts) => wish(message, parts, 'later'),
    settle: (conflict, keep) =>
      acting(async () => {
        await (await laterActs()).resolveConflict(account, conflict, keep)
      }),
    retry: () => acting(() => db.transact(forgetPauses)),
    ask: (words) => acting(async () => (await laterActs()).askAshore(db, words, replica.now())),
    take: (words, hits) => acting(async () => (await laterActs()).takeFound(db, words, hits)),
    setTerms: (terms) =>
      acting(async () => {
        const checked = checkedTerms(terms)
        await keepOwn((record) => record && { ...record, terms: checked })
      }),
    saveDraft: (draft) => writing(async () => (await laterActs()).saveDraft(account, draft)),
    discardDraft: (id) => writing(() => discardDraft(account, id)),
    send: (draft) => writing(async () => (await laterActs()).sendDraft(account, draft)),
    sync: async (budget = {}) => {
      if (!running) {
        const stop = new AbortController()
        const signal = AbortSignal.any([stop.signal, ended.signal])
        const result = runOnce(budget, signal)
        running = { stop, result }
        await tellState()
        const over = async (event: ReaderEvent): Promise<void> => {
          running = undefined
          onEvent({ event: 'changed' })
          onEvent(event)
          await tellState()
        }
        result.then(
          (synced) => over({ event: 'synced', synced }),
          (error: unknown) => over({ event: 'failed', failure: failureOf(error) }),
        )
      }
      return running.result
    },
    stop: async () => {
      running?.stop.abort()
      await running?.result.catch(() => undefined)
    },
    deleteAll: async () => {
      await acts.stop()
      await options.deleteDisk()
      ended.abort()
      onEvent({ event: 'deleted' })
    },
  }

  // Takes over what was done before the browser was killed.
  await scanMailStore(account)
  await discardQueued(account)
  await tellState()
  return {
    account,
    port: { ...looksOf(account, options.savesData), ...acts },
    close: async () => {
      ended.abort()
      await running?.result.catch(() => undefined)
      await options.store.close()
    },
  }
}

function withoutLoss({ lost: _, revoked: __, ...record }: OwnRecord, syncedMs: number): OwnRecord {
  return { ...record, syncedMs }
}

async function countUnsent({ replica: { db } }: Account): Promise<number> {
  let count = 0
  const { acknowledged } = await readReplicaRecord(db)
  for await (const { value } of tables.journal.list(db, [], { start: acknowledged + 1 })) {
    if (!makesInbox(value)) count++
    if (count === mostUnsent) break
  }
  for await (const _ of ownTables.outgoing.list(db)) count++
  return Math.min(count, mostUnsent)
}
