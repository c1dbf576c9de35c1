import { isIndexed, updateIndex } from '../../sync/search/update-index.js'
import type { Lease } from './account-pool.js'

/** Takes what is new into the indexes of words, of accounts in which somebody searches: when its answer is on the line, and nobody waits. */
export interface Indexing {
  look(account: string): void
  /** Ends when what is under way has. */
  close(): Promise<void>
}

export function createIndexing(options: {
  /** Undefined where the account is no longer served. */
  readonly use: (account: string) => Promise<Lease | undefined>
  /** Told of the end of a pass. An undefined error means that it went well. */
  readonly onEnd: (account: string, error: unknown) => void
  readonly signal: AbortSignal
}): Indexing {
  const { use, onEnd, signal } = options
  const running = new Map<string, Promise<void>>()
  /** Asked for again while it was at it. */
  const again = new Set<string>()

  async function indexNow(name: string): Promise<void> {
    const lease = await use(name)
    if (!lease) return
    const { account, retired, release } = lease
    try {
      if (await isIndexed(account.replica.db))
        await updateIndex(account, { signal: AbortSignal.any([signal, retired]) })
    } catch (error) {
      if (!retired.aborted) throw error
    } finally {
      release()
    }
  }

  async function work(name: string): Promise<void> {
    do {
      again.delete(name)
      await indexNow(name).then(
        () => onEnd(name, undefined),
        (error: unknown) => {
          if (!signal.aborted) onEnd(name, error)
        },
      )
    } while (again.has(name) && !signal.aborted)
  }

  return {
    look(name) {
      if (signal.aborted) return
      if (running.has(name)) again.add(name)
      else
        running.set(
          name,
          work(name).finally(() => running.delete(name)),
        )
    },
    async close() {
      await Promise.all(running.values())
    },
  }
}
