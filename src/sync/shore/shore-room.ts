import type { Guid } from '../../replica/model.js'
import type { Cursor } from '../../replica/records.js'

/**
 * How many ranges may be ashore. Those of one mailbox stand in one frame with the rest of its list (some 80
 * kB of 256); those of all mailboxes are remembered, and sent anew if they were forgotten
 * (`requestLimits.shoreBytes`).
 */
export const mostRanges: ShoreBounds = { mailbox: 20_000, account: 200_000 }

export interface ShoreBounds {
  readonly mailbox: number
  readonly account: number
}

/** Divides the ranges that a shore may have among mailboxes. */
export class ShoreRoom {
  private readonly ranges = new Map<Guid, number>()
  private left: number

  constructor(
    { mailboxes }: Cursor,
    private readonly most: ShoreBounds,
  ) {
    this.left = most.account
    for (const [mailbox, { ashore = [] }] of Object.entries(mailboxes)) this.take(mailbox, ashore.length)
  }

  /** Half of what is left, so that something is left for those that follow. */
  of(mailbox: Guid): number {
    const room = (this.ranges.get(mailbox) ?? 0) + Math.floor(this.left / 2)
    return Math.max(1, Math.min(this.most.mailbox, room))
  }

  take(mailbox: Guid, ranges: number): void {
    this.left -= ranges - (this.ranges.get(mailbox) ?? 0)
    this.ranges.set(mailbox, ranges)
  }
}
