import { liveMessagesOf } from '../../replica/content/messages-of-content.js'
import { fileOf } from '../../replica/files.js'
import type { Guid } from '../../replica/model.js'
import type { MessageRecord } from '../../replica/records.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { KnownTwins } from './known-twins.js'

/** What one run through the to-do list has learned of contents: of ten thousand copies each would be asked the same of all others. */
export class WriteRun {
  readonly twins = new KnownTwins()
  /** At which position of the log a copy of a content was waiting for its file, or none was. */
  readonly #waiting = new Map<Guid, { readonly head: number; readonly waits: boolean }>()
  /** At which position of the log all copies of a content were noted that lie in Trash. */
  readonly #trashed = new Map<Guid, number>()

  /** What was written is noted: whoever had no file may have one. */
  landed(): void {
    this.twins.none.clear()
  }

  /** The bytes of a message that is to go are those of one whose turn hasn't come yet: moved, say, in a mailbox with UIDs in order. */
  async isNeeded(reader: Reader, message: MessageRecord | undefined): Promise<boolean> {
    if (!message || !(await tables.place.has(reader, message.guid))) return false
    const { head } = await readReplicaRecord(reader)
    const known = this.#waiting.get(message.content)
    if (known?.head === head) return known.waits
    let waits = false
    for await (const twin of liveMessagesOf(reader, message.content)) {
      waits = (await fileOf(reader, twin.guid)) === undefined
      if (waits) break
    }
    this.#waiting.set(message.content, { head, waits })
    return waits
  }

  /** Looks for copies in Trash unless that was done, and nothing has changed since. */
  async onceForTrash(reader: Reader, content: Guid, work: () => Promise<void>): Promise<void> {
    const { head } = await readReplicaRecord(reader)
    if (this.#trashed.get(content) === head) return
    await work()
    this.#trashed.set(content, head)
  }
}
