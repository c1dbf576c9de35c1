import type { OpenAccount } from '../session/open-account.js'

/** An account, open for as long as somebody uses it. */
export interface Lease {
  readonly account: OpenAccount
  /** Fires when it is to be let go: whoever can end what it does with it then ends it. */
  readonly retired: AbortSignal
  release(): void
}

/**
 * An endpoint's open accounts. Each is opened when first asked for; when more are open than allowed, the
 * least recently used one that is not in use is closed. Accounts in use stay open, however many they are.
 */
export interface AccountPool {
  /** How many are open, or are being opened or closed. */
  readonly size: number
  /** Throws what opening it throws; the next who asks tries again. Waits for one of the same name that is leaving. */
  use(name: string): Promise<Lease>
  /** Lets it go as soon as nobody uses it; whoever asks from now on has it opened anew. */
  retire(name: string): void
  close(): Promise<void>
}

interface Entry {
  readonly opened: Promise<OpenAccount>
  readonly retired: AbortController
  users: number
  /** What goes on beside it until it is retired. */
  beside?: Promise<void>
  leaving?: Leaving
}

interface Leaving {
  readonly closed: Promise<void>
  readonly done: () => void
  begun: boolean
}

export function createAccountPool(options: {
  readonly open: (name: string) => Promise<OpenAccount>
  /** How many may be open while nobody uses them. */
  readonly most: () => number
  /** What goes on with an open account until the signal fires: it must end then. */
  readonly beside: (name: string, account: OpenAccount, retired: AbortSignal) => Promise<void>
  /** Told of an error while an account is closed. */
  readonly onError: (name: string, error: unknown) => void
}): AccountPool {
  /** The least recently used first. */
  const entries = new Map<string, Entry>()

  function begin(name: string): Entry {
    const entry: Entry = { opened: options.open(name), retired: new AbortController(), users: 0 }
    entries.set(name, entry)
    entry.opened.then(
      (account) => {
        entry.beside = options.beside(name, account, entry.retired.signal)
      },
      () => undefined,
    )
    return entry
  }

  function leave(name: string, entry: Entry): void {
    if (!entry.leaving) {
      let done = (): void => undefined
      const closed = new Promise<void>((resolve) => {
        done = resolve
      })
      entry.leaving = { closed, done, begun: false }
      entry.retired.abort()
    }
    if (entry.users > 0 || entry.leaving.begun) return
    entry.leaving.begun = true
    void shut(name, entry, entry.leaving)
  }

  async function shut(name: string, entry: Entry, { done }: Leaving): Promise<void> {
    try {
      const account = await entry.opened.catch(() => undefined)
      await entry.beside
      await account?.close()
    } catch (error) {
      options.onError(name, error)
    } finally {
      entries.delete(name)
      done()
    }
  }

  /** Closes what is open beyond the bound and isn't used. */
  function trim(): void {
    const staying = [...entries].filter(([, { leaving }]) => !leaving)
    let over = staying.length - options.most()
    for (const [name, entry] of staying) {
      if (over <= 0) return
      if (entry.users > 0) continue
      leave(name, entry)
      over--
    }
  }

  return {
    get size() {
      return entries.size
    },
    async use(name) {
      for (let old = entries.get(name); old?.leaving; old = entries.get(name)) await old.leaving.closed
      const entry = entries.get(name) ?? begin(name)
      entry.users++
      entries.delete(name)
      entries.set(name, entry)
      let released = false
      const release = (): void => {
        if (released) return
        released = true
        entry.users--
        if (entry.leaving) leave(name, entry)
        else trim()
      }
      try {
        const account = await entry.opened
        trim()
        return { account, retired: entry.retired.signal, release }
      } catch (error) {
        entry.users--
        if (entry.leaving) leave(name, entry)
        // The next one tries again.
        else if (entries.get(name) === entry) entries.delete(name)
        throw error
      }
    },
    retire(name) {
      const entry = entries.get(name)
      if (entry) leave(name, entry)
    },
    async close() {
      for (const [name, entry] of entries) leave(name, entry)
      await Promise.all([...entries.values()].map(({ leaving }) => leaving?.closed))
    },
  }
}
