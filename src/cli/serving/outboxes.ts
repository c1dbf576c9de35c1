import type { Account } from '../../sync/account.js'
import { sendDue } from '../../sync/submission/send-due.js'
import type { SendSettings } from '../../sync/submission/send-settings.js'
import type { Lease } from './account-pool.js'

/** When each account has something to send: kept beside the accounts, so that those that nobody asks for are opened in time. */
export interface DueTimes {
  all(): Promise<ReadonlyMap<string, number>>
  /** Notes when an account next has something due; undefined for nothing. */
  set(account: string, dueMs: number | undefined): Promise<void>
}

/** Hands over what devices have brought ashore, an account at a time by itself, whether its devices are there or not. */
export interface Outboxes {
  /** Something may have come ashore. */
  look(account: string): void
  /** Goes on with what waited when the endpoint stopped. */
  start(): Promise<void>
  /** Ends when what is under way has. */
  close(): Promise<void>
}

/** A longer wait than a timer holds is cut. */
const longestWaitMs = 24 * 3_600_000
/** After something that went wrong here, before another look. */
const afterErrorMs = 60_000

export function createOutboxes(options: {
  /** Undefined where no mail is sent from that account. */
  readonly settingsOf: (account: string) => SendSettings | undefined
  readonly use: (
    account: string,
  ) => Promise<(Omit<Lease, 'account'> & { readonly account: Account }) | undefined>
  readonly due: DueTimes
  readonly now: () => number
  readonly onError: (account: string, error: unknown) => void
  readonly signal: AbortSignal
}): Outboxes {
  const { settingsOf, use, due, now, onError, signal } = options
  const timers = new Map<string, NodeJS.Timeout>()
  const running = new Map<string, Promise<void>>()
  /** Asked for again while it was at it. */
  const again = new Set<string>()

  async function sendNow(name: string): Promise<number | undefined> {
    const settings = settingsOf(name)
    const lease = settings && (await use(name))
    if (!settings || !lease) return undefined
    try {
      return await sendDue(lease.account, settings, signal, lease.retired)
    } finally {
      lease.release()
    }
  }

  async function work(name: string): Promise<void> {
    do {
      again.delete(name)
      const next = await sendNow(name).catch((error: unknown) => {
        if (!signal.aborted) onError(name, error)
        return now() + afterErrorMs
      })
      await due.set(name, next).catch((error: unknown) => onError(name, error))
      if (next !== undefined) wait(name, next)
    } while (again.has(name) && !signal.aborted)
  }

  function wait(name: string, untilMs: number): void {
    clearTimeout(timers.get(name))
    if (signal.aborted) return
    const timer = setTimeout(() => look(name), Math.min(longestWaitMs, Math.max(0, untilMs - now())))
    timer.unref()
    timers.set(name, timer)
  }

  function look(name: string): void {
    if (signal.aborted) return
    clearTimeout(timers.get(name))
    timers.delete(name)
    if (running.has(name)) {
      again.add(name)
      return
    }
    running.set(
      name,
      work(name).finally(() => running.delete(name)),
    )
  }

  return {
    look,
    async start() {
      for (const [name, dueMs] of await due.all()) wait(name, dueMs)
    },
    async close() {
      for (const timer of timers.values()) clearTimeout(timer)
      await Promise.all(running.values())
    },
  }
}
