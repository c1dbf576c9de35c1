import type { Transaction } from '../../store/database.js'
import type { Change } from '../change.js'
import type { Conflict } from '../conflict.js'
import { currentName } from '../ids/current-name.js'
import { getMailbox } from '../mailboxes.js'
import { getMessage, isLive } from '../messages.js'
import type { Guid } from '../model.js'
import type { Operation, OperationResult, SubmitOperation } from '../operation.js'
import type { MessageRecord } from '../records.js'
import { tables } from '../tables.js'
import { noteConflict } from './conflict-log.js'
import type { PassedDrafts } from './passed-drafts.js'
import type { PassedTwins } from './passed-twins.js'

/** Watches over what a journal takes away. */
export interface Guardian {
  /** Asked once for each message that would go, just before. */
  mayGo(message: MessageRecord): Promise<boolean>
  /** The message may not be expunged, and lives on as another one. */
  noteKept(message: MessageRecord, kept: MessageRecord): void
}

/** Watches over what a journal adds. */
export interface Gauge {
  /** Applies one entry by `run`, which returns how many results it had, unless the author may add no more. Returns whether it was applied. */
  apply(operation: Operation, run: () => Promise<number>): Promise<boolean>
}

/** Watches over what is sent as the person. */
export interface Mailer {
  /** Why this mail isn't sent, in words for its author; undefined where it may go. */
  refuse(tx: Transaction, operation: SubmitOperation): Promise<string | undefined>
}

/** The device whose journal is being applied. */
export interface Author {
  readonly guardian?: Guardian
  readonly gauge?: Gauge
  readonly mailer?: Mailer
  /** Lets others have their turn, in the middle of an entry that takes long. */
  readonly rest?: () => Promise<void>
  readonly device: string
  /** Of the journal as a whole. */
  readonly passed: PassedTwins
  readonly drafts: PassedDrafts
  /** What it names as its own in this journal, since one of the two has lost its memory. */
  readonly recalls: ReadonlySet<Guid>
  /** Whether the author had seen this message when it wrote its journal. */
  knows(message: MessageRecord): boolean
  /** Whether it knows this replica at all, and so is told of mailboxes that are deleted. */
  readonly met: boolean
  /** The author didn't hear the last answer, has forgotten it, or got it under another name: what seems new in its mail store may have come with that. */
  readonly missedAnswer?: boolean
  /** Whether it may have taken this message off its disk to make room, in what it has forgotten: its expunge says nothing then. */
  mayHaveLetGo?(message: MessageRecord): boolean
  /** How far it had seen the log of mailboxes. */
  readonly structure: number
  /** How far it had seen the log of a mailbox. */
  log(mailbox: Guid): number
}

/** One entry being applied. */
export interface Application {
  readonly change: Change
  readonly author: Author
  /** What the author is told of this entry, beyond that it was applied. */
  readonly results: OperationResult[]
  readonly number: number
}

/** What the author calls by this GUID: another name that it hasn't heard of yet, or that this replica got from its own upstream. */
export async function resolve(
  { change, author }: Pick<Application, 'change' | 'author'>,
  guid: Guid,
): Promise<Guid> {
  const { tx } = change
  const known = await tables.alias.get(tx, author.device, guid)
  // Of two equal messages each may have got the name by which the author once called the other: by now it means what it was told.
  const same = known === undefined ? undefined : await getMessage(tx, guid)
  if (isLive(same) && author.knows(same)) return guid
  // Nor does a mailbox's name mean one that was deleted since, where the author was told of another one by that name.
  const told = known === undefined ? undefined : await getMailbox(tx, guid)
  if (told && !told.deleted && told.created <= author.structure) return guid
  return currentName(tx, known ?? guid)
}

/** The upstream's name for it is the right one: the author is told. */
export function alias({ change, author, number, results }: Application, guid: Guid, known: Guid): void {
  tables.alias.put(change.tx, author.device, guid, known)
  results.push({ kind: 'same-as', number, guid, known })
}

/** Notes a conflict here, and tells its author. */
export async function conflict(application: Application, what: Conflict): Promise<void> {
  await noteConflict(application.change, what)
  application.results.push({ kind: 'conflict', number: application.number, conflict: what })
}
