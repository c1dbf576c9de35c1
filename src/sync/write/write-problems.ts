import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import { type Guid, pathText } from '../../replica/model.js'
import type { Problem } from '../../replica/problem.js'
import {
  type FoundProblem,
  type KnownProblem,
  listProblems,
  type ProblemPlace,
  placeName,
  problemOf,
  replaceProblems,
} from '../../replica/problems.js'
import type { MailboxRecord } from '../../replica/records.js'
import type { Account } from '../account.js'
import { isDue, isOfWholeMailbox } from '../error-scope.js'

/** What can't be written to the mail store in one go through the to-do list, and what isn't tried again yet. */
export class WriteProblems {
  private readonly found = new Map<string, FoundProblem>()
  /** Names of messages that are not tried this time. */
  private readonly kept = new Set<string>()
  /** Mailboxes in which nothing can be written now. */
  private readonly blocked = new Set<Guid>()
  /** What wasn't as expected for the first time, and is tried again after a look at the mail store. */
  readonly surprises = new Set<string>()

  private constructor(
    private readonly account: Account,
    private readonly known: ReadonlyMap<string, KnownProblem>,
    private readonly before: ReadonlySet<string>,
  ) {}

  /** @param before what wasn't as expected the last time, before the mail store was looked at */
  static async begin(account: Account, before: ReadonlySet<string>): Promise<WriteProblems> {
    const known = await listProblems(account.replica.db, 'write')
    return new WriteProblems(account, new Map(known.map((each) => [placeName(each), each])), before)
  }

  /** Whether this waits: it has failed before and its pause isn't over, or its mailbox can't be written to. `item` '' is the mailbox itself. */
  waits(mailbox: Guid, item: string): boolean {
    if (item !== '' && this.blocked.has(mailbox)) return true
    const name = placeName({ mailbox, item })
    const known = this.known.get(name)
    const { replica, mailStore } = this.account
    if (!known || isDue(known.record, replica.now(), mailStore)) return false
    this.kept.add(name)
    return true
  }

  /** Whether what isn't as expected may be as it should after a look at the mail store: one look has not changed it, or it has been said before. */
  isNew(mailbox: Guid, guid: Guid, error: unknown): boolean {
    const isOfAll = isOfWholeMailbox(error)
    const name = placeName({ mailbox, item: isOfAll ? '' : guid })
    if (this.before.has(name) || this.known.has(name)) return false
    if (isOfAll) this.blocked.add(mailbox)
    this.surprises.add(name)
    return true
  }

  /** What failed before still does, for all that is known: its turn hasn't come. */
  putOff(mailbox: Guid, guid: Guid): void {
    this.kept.add(placeName({ mailbox, item: guid }))
  }

  /** The mailbox itself can't be as it should. */
  hasFailed(mailbox: Guid): boolean {
    const name = placeName({ mailbox, item: '' })
    return this.found.has(name) || this.kept.has(name)
  }

  /** Writing a message has failed. What any other of its mailbox would meet too is told of the mailbox, once. */
  addMessage(mailbox: MailboxRecord | undefined, guid: Guid, name: string, error: unknown): void {
    if (!mailbox) return
    if (isOfWholeMailbox(error)) {
      this.blocked.add(mailbox.guid)
      this.addMailbox(mailbox, hasCode(error, 'MAILBOX_MISSING') ? notBelieved(mailbox) : error)
    } else
      this.put({ mailbox: mailbox.guid, item: guid }, { mailbox: pathText(mailbox.path), item: name }, error)
  }

  /** The mailbox can't be made, renamed, subscribed or removed. Its messages are tried all the same where it stands. */
  addMailbox(mailbox: MailboxRecord, error: unknown): void {
    this.put({ mailbox: mailbox.guid, item: '' }, { mailbox: pathText(mailbox.path) }, error)
  }

  private put(place: ProblemPlace, where: Pick<Problem, 'mailbox' | 'item'>, error: unknown): void {
    this.found.set(placeName(place), { ...place, problem: problemOf(error, where) })
  }

  /** Writes down what stands now, instead of what stood before. */
  async note(): Promise<void> {
    if (this.known.size === 0 && this.found.size === 0) return
    const { replica } = this.account
    const keeps = (known: KnownProblem): boolean => this.kept.has(placeName(known))
    await replica.db.transact((tx) =>
      replaceProblems(tx, 'write', [...this.found.values()], {
        nowMs: replica.now(),
        keeps,
        known: [...this.known.values()],
      }),
    )
  }
}

/** A mailbox that a look at the mail store didn't show, and didn't say to be deleted either. */
function notBelieved({ path }: MailboxRecord): PacketboatError {
  return new PacketboatError(
    'MAILBOX_MISSING',
    `${pathText(path)} is not in the mail store, which can't be seen in full: it may be out of sight, or deleted.`,
    'Solve the other problems of this mail store first. If you did not delete the mailbox, put it back.',
  )
}
