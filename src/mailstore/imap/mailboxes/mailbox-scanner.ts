import { hasCode } from '../../../errors/packetboat-error.js'
import { type MailboxPath, pathText } from '../../../replica/model.js'
import type { MailStore, StoreListing, StoreMailbox } from '../../../sync/mail-store.js'
import { parseLocator, printLocator } from '../names/locator.js'
import { parseToken, printToken } from '../names/mailbox-token.js'
import { generationOf, scanMailbox } from '../read/mailbox-scan.js'
import type { ImapConnection, RunOptions } from '../session/imap-connection.js'
import { listWithStates, storeMailbox } from './list-with-states.js'
import { askState, type ListedMailbox } from './mailbox-list.js'

export interface ScannerOptions {
  readonly leaveOut: readonly string[]
  readonly now: () => number
  /** How long flags of which the server tells no changes aren't read again while its counts stay the same, ms. */
  readonly flagsFreshMs: number
}

/** Scans the mailboxes of an account and the messages in one, and remembers what the next scan needs. */
export class MailboxScanner {
  /** Complete listings that were made to tell the state of a mailbox, kept for the scan that follows. */
  private readonly scanned = new Map<string, StoreListing>()
  /** When the flags of mailboxes without mod-sequences were last read, and how the mailbox stood. */
  private readonly flagsRead = new Map<string, { counts: string; token: string; atMs: number }>()
  /** MAILBOXIDs, which only a mailbox that is selected tells of, by name and UIDVALIDITY. */
  private readonly mailboxIds = new Map<string, string | undefined>()
  /** How often the server gave the UIDs of a mailbox anew under one UIDVALIDITY, by its name. */
  private readonly generations = new Map<string, number>()

  constructor(
    private readonly connection: ImapConnection,
    private readonly options: ScannerOptions,
  ) {}

  async scanAll(signal: AbortSignal | undefined): Promise<StoreMailbox[]> {
    const listed = await listWithStates(this.connection, this.options.leaveOut, signal)
    this.scanned.clear()
    const mailboxes: StoreMailbox[] = []
    for (const { mailbox, unreadable } of listed) {
      const all = listed.map((each) => each.mailbox)
      try {
        if (unreadable) throw unreadable
        const token = await this.tokenOf(mailbox, signal)
        if (token === undefined) continue
        const id = await this.idOf(mailbox, signal)
        mailboxes.push(storeMailbox({ ...mailbox, ...(id !== undefined && { id }) }, all, token))
      } catch (error) {
        if (!hasCode(error, 'MAILBOX_UNREADABLE')) throw error
        mailboxes.push({ ...storeMailbox(mailbox, all, ''), unreadable: error })
      }
    }
    return mailboxes
  }

  /** The state of a mailbox that was just made. Its token is that of an empty one, so that the first scan looks at everything. */
  async scanNew(made: ListedMailbox): Promise<StoreMailbox> {
    const mailbox = (await askState(this.connection, made)) ?? made
    const id = await this.idOf(mailbox, undefined)
    const all = (await listWithStates(this.connection, [])).map((each) => each.mailbox)
    return storeMailbox({ ...mailbox, ...(id !== undefined && { id }) }, all, '')
  }

  scanOne: MailStore['messages'] = async (path, { since, known, signal } = {}) => {
    const name = pathText(path)
    const seen = Math.max(generationOf(known), parseToken(since ?? '')?.generation ?? 0)
    const found = this.generations.get(name) ?? 0
    const generation = Math.max(seen, found)
    if (generation > 0) this.generations.set(name, generation)
    const scanned = this.scanned.get(name)
    this.scanned.delete(name)
    if (scanned && found === generation) return scanned
    return this.connection.run(
      (session) => scanMailbox(session, path, { since, known, generation }),
      opening(path, signal),
    )
  }

  /** Undefined while none is known. */
  generationOf(path: MailboxPath): number | undefined {
    return this.generations.get(pathText(path))
  }

  /** A locator there, of whichever generation its UIDs are. */
  placeIn(path: MailboxPath, locator: string): string {
    return printLocator({ ...parseLocator(locator), generation: this.generationOf(path) ?? 0 })
  }

  /** The UID of this locator has turned out to be another message's: the mailbox is listed anew. */
  noteReuse(path: MailboxPath, locator: string): void {
    const { generation = 0 } = parseLocator(locator)
    const known = this.generationOf(path) ?? 0
    this.generations.set(pathText(path), Math.max(known, generation + 1))
    this.flagsRead.delete(pathText(path))
  }

  private async idOf(
    { path, name, id, state }: ListedMailbox,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    const key = `${name}\n${state?.uidValidity}`
    if (id !== undefined || this.mailboxIds.has(key)) return id ?? this.mailboxIds.get(key)
    return this.connection.run(
      async (session) => {
        if (!session.offers('OBJECTID')) return undefined
        const { mailboxId, uidValidity } = await session.select(path)
        if (uidValidity !== state?.uidValidity) return undefined
        this.mailboxIds.set(key, mailboxId)
        return mailboxId
      },
      opening(path, signal),
    )
  }

  /** Undefined when the mailbox has just gone. */
  private async tokenOf(
    mailbox: ListedMailbox,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    const { path, state, unseen } = mailbox
    if (!state) return undefined
    const name = pathText(path)
    const generation = this.generations.get(name) ?? 0
    const stands = printToken({ ...state, ...(generation > 0 && { generation }) })
    if (state.modseq !== undefined) return stands
    const now = this.options.now()
    const before = this.flagsRead.get(name)
    const counts = `${stands} ${unseen}`
    const fresh = before !== undefined && Math.abs(now - before.atMs) < this.options.flagsFreshMs
    if (fresh && before.counts === counts) return before.token
    try {
      const listing = await this.connection.run(
        (session) => scanMailbox(session, path, { generation }),
        opening(path, signal),
      )
      this.scanned.set(name, listing)
      this.flagsRead.set(name, { counts, token: listing.token, atMs: now })
      return listing.token
    } catch (error) {
      if (hasCode(error, 'MAILBOX_MISSING')) return undefined
      throw error
    }
  }
}

export const opening = (path: MailboxPath, signal?: AbortSignal): RunOptions => ({
  signal,
  about: { what: `opening ${pathText(path)}`, concern: 'mailbox' },
})
