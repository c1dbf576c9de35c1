import { eachMessageOf, liveMessagesOf } from '../../replica/content/messages-of-content.js'
import { fileOf } from '../../replica/files.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { getMessage, isLive, liveMessages } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { MessageRecord } from '../../replica/records.js'
import type { Transaction } from '../../store/database.js'

/** More messages of a content than this are read once in a look at a mailbox, and not anew for each batch of its files. */
const many = 16

interface Waiting {
  /** Those in front have got their files. */
  readonly guids: Guid[]
  /** How many messages were read to find them. */
  readonly read: number
}

/** Messages of a mailbox that have no file, by content, for as long as one look at it takes. */
export class Unfiled {
  readonly #mailbox: Guid
  readonly #waiting = new Map<Guid, Waiting>()
  readonly #goneFrom = new Map<Guid, ReadonlySet<Guid>>()
  /** Messages from this number on aren't among them. */
  #from = 0

  constructor(mailbox: Guid) {
    this.#mailbox = mailbox
  }

  /** Another transaction begins: others may have had theirs in between. */
  async catchUp(tx: Transaction): Promise<void> {
    for (const [content, { read }] of this.#waiting) if (read <= many) this.#waiting.delete(content)
    const next = (await getMailbox(tx, this.#mailbox))?.numberNext ?? 0
    if (this.#waiting.size > 0)
      for await (const { guid, content } of liveMessages(tx, this.#mailbox, { from: this.#from }))
        if (!(await fileOf(tx, guid))) this.#waiting.get(content)?.guids.push(guid)
    this.#from = next
  }

  /** The first one of this content. */
  async first(tx: Transaction, content: Guid): Promise<MessageRecord | undefined> {
    const waiting = this.#waiting.get(content) ?? (await this.#read(tx, content))
    this.#waiting.set(content, waiting)
    const { guids } = waiting
    for (let guid = guids[0]; guid !== undefined; guid = guids[0]) {
      const message = await getMessage(tx, guid)
      if (isLive(message) && !(await fileOf(tx, guid))) return message
      guids.shift()
    }
    return undefined
  }

  /** The other mailboxes from which messages of this content have gone. */
  async goneFrom(tx: Transaction, content: Guid): Promise<ReadonlySet<Guid>> {
    const known = this.#goneFrom.get(content)
    if (known) return known
    const gone = new Set<Guid>()
    for await (const { expunged, mailbox } of eachMessageOf(tx, content))
      if (expunged && mailbox !== this.#mailbox) gone.add(mailbox)
    this.#goneFrom.set(content, gone)
    return gone
  }

  /** The file of one that had one isn't its own any more. */
  forget(): void {
    this.#waiting.clear()
  }

  async #read(tx: Transaction, content: Guid): Promise<Waiting> {
    const guids: Guid[] = []
    let read = 0
    for await (const message of liveMessagesOf(tx, content)) {
      read++
      if (message.mailbox === this.#mailbox && !(await fileOf(tx, message.guid))) guids.push(message.guid)
    }
    return { guids, read }
  }
}
