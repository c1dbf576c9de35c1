import type { Change } from '../../replica/change.js'
import { eachMessageOf, liveMessagesOf } from '../../replica/content/messages-of-content.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { type Author, type Guardian, resolve } from '../../replica/merge/application.js'
import { noteConflict, restateConflict } from '../../replica/merge/conflict-log.js'
import { getMessage, isLive, liveMessages } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { JournalEntry } from '../../replica/operation.js'
import type { DeletionsRecord, MessageRecord } from '../../replica/records.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import { exceeds, isAllowed, isDrafts, isForDeletion, looksLikeTrash, mayBeEmptied } from './guard.js'
import { type Allowing, letGoKept } from './kept-from-device.js'

/**
 * The deletion guard on what a device asks to expunge, enforced where the mail is: a stolen or faulty device
 * doesn't consult its own. Counts over a week what a device's journals take out of each mailbox, and out of
 * all together. If a request would exceed what the guard allows, none of its deletions there are carried out:
 * each message lives on as a new one, which every device hears of. docs/CONFLICTS.md says what counts.
 */

const windowMs = 7 * 86_400_000

/** Messages that are judged before others have their turn. */
const restEvery = 500

/** 'new': it has just come; 'trashed': what is left of it stands where it may be emptied. Both count no more when that is emptied. */
type Loss = 'none' | 'new' | 'trashed' | 'gone'

interface Taken {
  readonly message: MessageRecord | undefined
  readonly movedTo?: Guid
}

export interface Asking extends Allowing {
  readonly author: Author
}

/** What watches while a journal is applied. `finish` must follow in each transaction in which some of it is. */
export async function watchDevice(
  asking: Asking,
  entries: readonly JournalEntry[],
): Promise<DeviceGuard | undefined> {
  if (asking.guard.share >= 1) return undefined
  await letGoKept(asking)
  if (!entries.some(({ operation: { op } }) => op === 'expunge' || op === 'mailbox-delete')) return undefined
  const guard = new DeviceGuard(asking, await openWindow(asking.change, asking.by))
  await guard.judge(entries)
  return guard
}

export class DeviceGuard implements Guardian {
  /** Mailboxes from which this request takes too much. */
  readonly #full = new Set<Guid>()
  #allFull = false
  /** Messages that stay, by mailbox. */
  readonly #held = new Map<Guid, number>()
  /** Contents, and whether they were here at this position of the log. */
  readonly #there = new Map<Guid, { readonly head: number; readonly was: boolean }>()

  constructor(
    private asking: Asking,
    private all: DeletionsRecord,
  ) {}

  /** The journal is applied in another transaction from now on. */
  async goOn(change: Change): Promise<void> {
    this.asking = { ...this.asking, change }
    // The device may ask twice at once.
    this.all = (await tables.deletions.get(change.tx, this.asking.by)) ?? this.all
  }

  /** Looks at the whole request first, so that not even a part of what is too much goes. */
  async judge(entries: readonly JournalEntry[]): Promise<void> {
    const asked = new Map<Guid, Loss>()
    const counts = new Map<Guid, number>()
    for await (const { message, movedTo } of this.#takenBy(entries)) {
      if (!isLive(message) || asked.has(message.guid)) continue
      const loss = await this.#lossOf(message, movedTo)
      asked.set(message.guid, loss)
      if (loss === 'gone') counts.set(message.mailbox, (counts.get(message.mailbox) ?? 0) + 1)
    }
    for (const [mailbox, gone] of counts) if (await this.#isTooMuch(mailbox, gone)) this.#full.add(mailbox)
    const gone = [...asked.values()].filter((loss) => loss === 'trashed' || loss === 'gone').length
    this.#allFull = this.#isTooMuchOfAll(gone)
  }

  /** What a request takes, and to which mailbox it moves it. Others have their turn in between. */
  async *#takenBy(entries: readonly JournalEntry[]): AsyncGenerator<Taken> {
    const { change, author } = this.asking
    const made = new Map<Guid, Guid>()
    let looked = 0
    const rest = async (): Promise<void> => {
      if (++looked % restEvery === 0) await author.rest?.()
    }
    for (const { operation } of entries) {
      await rest()
      if (operation.op === 'append' || operation.op === 'copy') made.set(operation.message, operation.mailbox)
      else if (operation.op === 'expunge') {
        const message = await getMessage(change.tx, await resolve(this.asking, operation.message))
        const to = operation.movedTo === undefined ? undefined : made.get(operation.movedTo)
        yield { message, ...(to !== undefined && { movedTo: await resolve(this.asking, to) }) }
      } else if (operation.op === 'mailbox-delete') {
        const mailbox = await resolve(this.asking, operation.mailbox)
        for await (const message of liveMessages(change.tx, mailbox)) {
          await rest()
          if (author.knows(message)) yield { message }
        }
      }
    }
  }

  async mayGo(message: MessageRecord): Promise<boolean> {
    const { change, by } = this.asking
    const loss = await this.#lossOf(message)
    if (loss === 'new' || loss === 'trashed') tables.trashedBy.put(change.tx, by, message.content, true)
    if (loss === 'none' || loss === 'new') return true
    const { mailbox } = message
    const tooMuch =
      this.#allFull ||
      this.#isTooMuchOfAll(1) ||
      (loss === 'gone' && (this.#full.has(mailbox) || (await this.#isTooMuch(mailbox, 1))))
    if (tooMuch) return false
    this.all = { ...this.all, gone: this.all.gone + 1 }
    tables.deletions.put(change.tx, by, this.all)
    if (loss === 'gone') {
      const before = await this.#countsOf(mailbox)
      tables.deletionsIn.put(change.tx, by, mailbox, { ...before, gone: before.gone + 1 })
    }
    return true
  }

  noteKept(message: MessageRecord, kept: MessageRecord): void {
    const { change, by } = this.asking
    tables.keptFrom.delete(change.tx, by, message.mailbox, message.guid)
    tables.keptFrom.put(change.tx, by, kept.mailbox, kept.guid, true)
    this.#held.set(kept.mailbox, (this.#held.get(kept.mailbox) ?? 0) + 1)
  }

  /** Notes what stays, for a person at either side. `number` is the last number of the journal. */
  async finish(number: number): Promise<void> {
    const { change, author, by } = this.asking
    for (const [mailbox, gone] of this.#held) {
      const of = Math.max((await this.#countsOf(mailbox)).of, gone)
      const detail = `${gone} of ${of} expunged by the device ${by}, and kept here`
      const before = await tables.heldFrom.get(change.tx, by, mailbox)
      const open = before && (await tables.conflict.get(change.tx, before.conflict))
      let conflict = before?.conflict
      if (conflict !== undefined && open && open.settled === undefined)
        await restateConflict(change, conflict, detail)
      else conflict = await noteConflict(change, { kind: 'held-back', mailbox, detail })
      tables.heldFrom.put(change.tx, by, mailbox, {
        conflict,
        device: author.device,
        number,
        gone,
        of,
      })
    }
  }

  async #lossOf(message: MessageRecord, movedTo?: Guid): Promise<Loss> {
    const { change, by, guard, allow } = this.asking
    const { tx } = change
    const mailbox = await getMailbox(tx, message.mailbox)
    if (!mailbox || mayBeEmptied(mailbox)) return 'none'
    if (guard.onlyOperatorAllows !== true && isAllowed(mailbox, allow)) return 'none'
    if (looksLikeTrash(mailbox) && (await tables.trashedBy.get(tx, by, message.content))) return 'none'
    // Written since, and replaced. What was moved there was counted when it was moved.
    if (isDrafts(mailbox) && message.created > this.all.head) return 'none'
    if (await this.#isNew(message)) return 'new'
    let loss: Loss = 'gone'
    for await (const place of placesBeside(tx, message, movedTo)) {
      const there = await getMailbox(tx, place)
      if (!there) continue
      if (!isForDeletion(there)) return 'none'
      loss = 'trashed'
    }
    return loss
  }

  /** Whether a message came to this replica's own mail store within the window: mail is there to be read and deleted. */
  async #isNew(message: MessageRecord): Promise<boolean> {
    if (message.origin !== undefined || message.created <= this.all.head) return false
    const { change, by } = this.asking
    if (await this.#wasThere(message.content)) return false
    return !(await tables.keptFrom.has(change.tx, by, message.mailbox, message.guid))
  }

  /** Whether a message with this content was here when the window began: of copies that have come since, the first one asks for all. */
  async #wasThere(content: Guid): Promise<boolean> {
    const { head } = this.all
    const known = this.#there.get(content)
    if (known?.head === head) return known.was
    let was = false
    for await (const other of eachMessageOf(this.asking.change.tx, content)) {
      was = other.created <= head && !other.hidden
      if (was) break
    }
    this.#there.set(content, { head, was })
    return was
  }

  async #countsOf(mailbox: Guid): Promise<{ readonly of: number; readonly gone: number }> {
    const { change, by } = this.asking
    return (await tables.deletionsIn.get(change.tx, by, mailbox)) ?? { of: 0, gone: 0 }
  }

  async #isTooMuch(mailbox: Guid, more: number): Promise<boolean> {
    const { of, gone } = await this.#countsOf(mailbox)
    return exceeds(this.asking.guard, { gone: gone + more, of })
  }

  #isTooMuchOfAll(more: number): boolean {
    return exceeds(this.asking.guard, { gone: this.all.gone + more, of: this.all.of })
  }
}

/**
 * The current window, or a new one with what the mailboxes hold now. A clock that is set back keeps the
 * counts and starts the week again; one that is set ahead ends the week, once.
 */
async function openWindow({ tx, replica }: Change, by: string): Promise<DeletionsRecord> {
  const nowMs = replica.now()
  const running = await tables.deletions.get(tx, by)
  if (running && nowMs - running.sinceMs < windowMs) {
    const kept = nowMs < running.sinceMs ? { ...running, sinceMs: nowMs } : running
    if (kept !== running) tables.deletions.put(tx, by, kept)
    return kept
  }
  await tables.deletionsIn.clear(tx, [by])
  let of = 0
  for await (const { value } of tables.path.list(tx)) {
    const mailbox = await getMailbox(tx, value)
    if (!mailbox || mailbox.messages === 0) continue
    tables.deletionsIn.put(tx, by, mailbox.guid, { of: mailbox.messages, gone: 0 })
    if (!isForDeletion(mailbox)) of += mailbox.messages
  }
  await forgetTrashed(tx, by)
  const { head } = await readReplicaRecord(tx)
  const opened: DeletionsRecord = { sinceMs: nowMs, head, of, gone: 0 }
  tables.deletions.put(tx, by, opened)
  return opened
}

/** Mailboxes that have its content, but for what it stands for itself. */
async function* placesBeside(
  reader: Reader,
  message: MessageRecord,
  movedTo: Guid | undefined,
): AsyncGenerator<Guid> {
  if (movedTo !== undefined) yield movedTo
  for await (const { guid, mailbox } of liveMessagesOf(reader, message.content))
    if (guid !== message.guid) yield mailbox
}

/** What doesn't lie in Trash any more was emptied, or put back. */
async function forgetTrashed(tx: Transaction, by: string): Promise<void> {
  for await (const { key } of tables.trashedBy.list(tx, [by])) {
    let lies = false
    for await (const message of liveMessagesOf(tx, key[1])) {
      const mailbox = await getMailbox(tx, message.mailbox)
      if (mailbox && looksLikeTrash(mailbox)) lies = true
    }
    if (!lies) tables.trashedBy.delete(tx, ...key)
  }
}
