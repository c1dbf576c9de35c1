import type { Guid, UidRange } from '../../replica/model.js'
import type { Cursor } from '../../replica/records.js'
import type { Ashore } from '../../wire/response/changes-frame.js'
import type { Shore } from '../../wire/shore-frame.js'

/** What will be ashore for a device when it has all that was planned for it. */
export class ShoreAtEnd {
  private readonly rows = new Map<Guid, readonly UidRange[]>()
  private readonly sums = new Map<Guid, Ashore>()

  constructor({ mailboxes }: Cursor) {
    for (const [mailbox, { ashore = [] }] of Object.entries(mailboxes))
      if (ashore.length > 0) this.rows.set(mailbox, ashore)
  }

  take(planned: readonly { readonly mailbox: { readonly guid: Guid }; readonly ashore?: Ashore }[]): void {
    for (const { mailbox, ashore } of planned) {
      if (!ashore) continue
      this.rows.set(mailbox.guid, ashore.ranges)
      this.sums.set(mailbox.guid, ashore)
    }
  }

  /** What plans of this answer have told, with what it comes to. */
  get told(): ReadonlyMap<Guid, Ashore> {
    return this.sums
  }

  get shore(): Shore {
    return this.rows
  }
}
