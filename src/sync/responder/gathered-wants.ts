import { normalizeRanges } from '../../replica/ids/uid-ranges.js'
import type { Guid, UidRange } from '../../replica/model.js'
import { protocolError } from '../../wire/values.js'
import type { WantedGist, WantedPart, Wants } from '../../wire/wants-frame.js'
import { requestLimits } from '../policy/limits.js'

interface OfMailbox {
  readonly tiers: Map<number, { ranges: UidRange[]; tidy: number }>
  readonly parts: WantedPart[]
  readonly gists: WantedGist[]
}

/** Ranges that are put in order together: less often costs memory, more often time. */
const untidyRanges = 4096

/** The wishes of one request, put together as their frames come. Throws PROTOCOL at more than any device has. */
export class GatheredWants {
  private readonly byMailbox = new Map<Guid, OfMailbox>()
  private frames = 0
  private parts = 0
  private ranges = 0

  add({ mailbox, tiers, parts, gists = [] }: Wants): void {
    this.frames++
    this.parts += parts.length + gists.length
    for (const { messages } of tiers) this.ranges += messages.length
    const { wants, wantedParts, wantedRanges } = requestLimits
    if (this.frames > wants || this.parts > wantedParts || this.ranges > wantedRanges)
      throw protocolError('more wishes than one request may hold')
    const before: OfMailbox = this.byMailbox.get(mailbox) ?? { tiers: new Map(), parts: [], gists: [] }
    this.byMailbox.set(mailbox, before)
    for (const part of parts) before.parts.push(part)
    for (const gist of gists) before.gists.push(gist)
    for (const { tier, messages } of tiers) {
      const list = before.tiers.get(tier) ?? { ranges: [], tidy: 0 }
      before.tiers.set(tier, list)
      for (const range of messages) list.ranges.push(range)
      if (list.ranges.length < 2 * list.tidy + untidyRanges) continue
      list.ranges = normalizeRanges(list.ranges)
      list.tidy = list.ranges.length
    }
  }

  /** One for each mailbox: no message is in two ranges of a tier. */
  all(): Wants[] {
    return [...this.byMailbox].map(([mailbox, { tiers, parts, gists }]) => ({
      mailbox,
      tiers: [...tiers].map(([tier, { ranges }]) => ({ tier, messages: normalizeRanges(ranges) })),
      parts,
      ...(gists.length > 0 && { gists }),
    }))
  }
}
