import { hasCode, PacketboatError } from '../../../errors/packetboat-error.js'
import type { MailboxPath } from '../../../replica/model.js'
import type { Sought } from '../../../sync/mail-store.js'
import { printLocator } from '../names/locator.js'
import { ImapConnection } from '../session/imap-connection.js'
import { isRefusal } from '../session/imap-errors.js'
import type { ImapServer } from '../session/imap-server.js'
import { type ImapSession, type Selected, sequence } from '../session/imap-session.js'
import { UidSet } from '../session/uid-set.js'
import { type SearchKeys, searchKeys } from './search-keys.js'
import { uidsFitting } from './search-uids.js'

/** As many of a mailbox are named, and more aren't looked for. */
const mostEach = 200

/** So many messages are looked at first, the newest of the mailbox, then twice as many each time: a server without an index of its own reads them all. */
const firstSlice = 2000

export interface FindOptions {
  readonly server: ImapServer
  readonly now: () => number
  /** A server that takes longer in all has said what it says. */
  readonly findMs: number
}

interface Found {
  readonly path: MailboxPath
  readonly locators: readonly string[]
}

/** Has the server look for words, on a connection of its own, so that nobody else waits for it. What comes of each mailbox are its newest. */
export async function* findMessages(
  { server, now, findMs }: FindOptions,
  paths: readonly MailboxPath[],
  sought: Sought,
  signal: AbortSignal,
): AsyncGenerator<Found> {
  const connection = new ImapConnection(server, now, findMs, findMs)
  const over = AbortSignal.any([signal, AbortSignal.timeout(findMs)])
  const finder = new Finder(sought)
  try {
    for (const path of paths) {
      const uids: number[] = []
      let uidValidity = 0
      let goesOn = true
      try {
        await connection.run(
          async (session) => {
            const selected = await session.select(path)
            uidValidity = selected.uidValidity
            await finder.findIn(session, selected, uids)
          },
          { again: false, signal: over },
        )
      } catch (error) {
        if (!over.aborted && !(error instanceof PacketboatError)) throw error
        goesOn = !over.aborted && !hasCode(error, 'MAILSTORE_AWAY')
      }
      // What it found before it refused or fell silent is good.
      if (uids.length > 0) yield { path, locators: uids.map((uid) => printLocator({ uidValidity, uid })) }
      if (!goesOn || finder.isIdle) return
    }
  } finally {
    await connection.close()
  }
}

class Finder {
  private search: SearchKeys | undefined

  constructor(private readonly sought: Sought) {
    this.search = searchKeys(sought, false)
  }

  /** There is nothing that this server can look for. */
  get isIdle(): boolean {
    return this.search === undefined
  }

  async findIn(session: ImapSession, { exists, uidNext }: Selected, found: number[]): Promise<void> {
    const below = uidNext > 0 ? uidNext : Number.MAX_SAFE_INTEGER
    let size = firstSlice
    for (let last = exists; last > 0 && found.length < mostEach; size *= 2) {
      const some = await this.look(session, `${Math.max(1, last - size + 1)}:${last}`)
      found.push(...some.highest(mostEach - found.length, below))
      last -= size
    }
  }

  private async look(session: ImapSession, slice: string): Promise<UidSet> {
    if (!this.search) return UidSet.empty
    const { charset, keys } = this.search
    try {
      return await uidsFitting(session, [...charset, sequence(slice), ...keys])
    } catch (error) {
      if (charset.length === 0 || !isRefusal(error)) throw error
      // It knows no UTF-8 here: some say [BADCHARSET], others just NO or BAD.
      this.search = searchKeys(this.sought, true)
      return this.look(session, slice)
    }
  }
}
