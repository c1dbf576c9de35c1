import type { Guid } from '../../replica/model.js'
import type { KnownProblem } from '../../replica/problems.js'
import { readReplicaRecord } from '../../replica/replica.js'
import type { Account } from '../account.js'
import { findMovedBefore } from '../adopt/moved-before.js'
import type { Movements } from '../adopt/movements.js'
import { type AttachedMailbox, type ScannedMailboxes, scanMailboxes } from './scan-mailboxes.js'
import { TriedMessages } from './tried-messages.js'

/** So long a listing of the mailboxes serves the slices that follow, or so many times as long as it took. */
const servesMs = 20_000
const servesTimes = 10

/**
 * What the slices of one look at a mail store know of each other. The mailboxes are listed by the first of them, by the last, and now and then
 * between them: a listing asks for every mailbox, and there may be many of both. What is done to mailboxes meanwhile is seen by the next one.
 */
export class Slices {
  /** They would be the first of each slice, and none would get beyond them. */
  readonly tried = new TriedMessages()
  /** What couldn't be read when the slice before this one ended. */
  problems: readonly KnownProblem[] | undefined
  #left: readonly AttachedMailbox[] = []
  /** Where the change log ended before the first slice. */
  #beganAt: number | undefined
  /** The same, in another slice. */
  #since: number | undefined
  #listedMs = 0
  #servesMs = 0

  /** What is still to be looked into, as it was listed; all mailboxes, listed anew, when it is time for that or nothing is left. */
  async mailboxes(account: Account, options: { readonly signal?: AbortSignal }): Promise<ScannedMailboxes> {
    const { now } = account.replica
    const beganMs = now()
    const agoMs = beganMs - this.#listedMs
    // A clock that was set back counts as time that has passed.
    if (this.#left.length > 0 && agoMs >= 0 && agoMs < this.#servesMs)
      return { attached: this.#left, vanished: [], unreadable: [], beside: [], areAll: false }
    this.#since = this.#beganAt
    this.#beganAt ??= (await readReplicaRecord(account.replica.db)).head
    const listed = await scanMailboxes(account, options)
    this.#listedMs = now()
    this.#servesMs = Math.max(servesMs, servesTimes * (this.#listedMs - beganMs))
    return listed
  }

  /** Finds what was taken for new where it came to, by an earlier slice than one that could see it missing. */
  async findMoved({ replica }: Account, movements: Movements): Promise<void> {
    if (this.#since !== undefined) await findMovedBefore(replica.db, movements, this.#since)
  }

  /** What the next slice has to look into: what is `unread`, and where messages are missing, which may lie there. */
  leave(
    attached: readonly AttachedMailbox[],
    unread: readonly Guid[],
    missing: readonly { readonly mailbox: Guid }[],
  ): void {
    const left = new Set(unread.length === 0 ? [] : [...unread, ...missing.map(({ mailbox }) => mailbox)])
    this.#left = attached.flatMap((each) => (left.has(each.guid) ? [{ ...each, seenToken: '' }] : []))
  }
}
