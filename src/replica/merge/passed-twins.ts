import type { Reader } from '../../store/database.js'
import { remainingMessagesOf } from '../messages.js'
import type { Guid } from '../model.js'
import type { MessageRecord } from '../records.js'

/**
 * How far the messages of a content were looked through, for one journal: what didn't do for one of its entries does for none, so that ten
 * thousand entries about copies of one message aren't to look through all of them each.
 */
export class PassedTwins {
  readonly #from = new Map<string, Guid>()

  /** The first one that isn't expunged and that will do. `what` names the search; what it says no to, it says no to for good. */
  async first(
    reader: Reader,
    content: Guid,
    what: string,
    willDo: (twin: MessageRecord) => Promise<boolean>,
  ): Promise<MessageRecord | undefined> {
    const search = `${content} ${what}`
    const from = this.#from.get(search)
    for await (const twin of remainingMessagesOf(reader, content, from)) {
      this.#from.set(search, twin.guid)
      if (await willDo(twin)) return twin
    }
    return undefined
  }
}
