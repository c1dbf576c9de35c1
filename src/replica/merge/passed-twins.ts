import type { Reader } from '../../store/database.js'
import { remainingMessagesOf } from '../content/messages-of-content.js'
import type { Guid } from '../model.js'
import type { MessageRecord } from '../records.js'

/**
 * How far the messages of a content have been searched, for one journal. A message that didn't suit one of
 * its entries suits none, so ten thousand entries about copies of one message don't each search all of them.
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
