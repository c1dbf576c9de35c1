import type { Reader } from '../../store/database.js'
import { getMailbox } from '../mailboxes.js'
import { liveMessages } from '../messages.js'
import type { Guid } from '../model.js'
import type { MessageRecord } from '../records.js'

/** Numbers of a mailbox of which nothing from `at` on will do, up to the next one below `end`; what stands at `at` may. */
interface Passed {
  end: number
  at: number
}

/**
 * How far a mailbox was looked through for drafts, from the newest on, for one journal: of ten thousand drafts that were revised on both sides, none
 * is to be looked at for each.
 */
export class PassedDrafts {
  /** By mailbox and search, the newest last. */
  readonly #passed = new Map<string, Passed[]>()

  /**
   * The newest message that will do, of those that `isBehind` doesn't say are of no more interest, as is then all that is older. What `willDo` says
   * no to, it says no to for good.
   */
  async newest(
    reader: Reader,
    mailbox: Guid,
    search: {
      readonly what: string
      readonly willDo: (message: MessageRecord) => boolean
      readonly isBehind: (message: MessageRecord) => boolean
    },
  ): Promise<MessageRecord | undefined> {
    const name = `${mailbox} ${search.what}`
    const all = this.#passed.get(name) ?? []
    this.#passed.set(name, all)
    const end = (await getMailbox(reader, mailbox))?.numberNext ?? 1
    if (end > (all.at(-1)?.end ?? 0)) all.push({ end, at: end })
    for (let passed = all.at(-1); passed; passed = all.at(-1)) {
      const below = all.at(-2)
      const range = { from: below?.end ?? 0, to: passed.at + 1, reverse: true }
      for await (const message of liveMessages(reader, mailbox, range)) {
        passed.at = message.number
        if (search.isBehind(message)) return undefined
        if (search.willDo(message)) return message
      }
      if (!below) {
        passed.at = 0
        return undefined
      }
      all.pop()
      below.end = passed.end
    }
    return undefined
  }
}
