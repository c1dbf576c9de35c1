import type { Outline } from '../../mime/outline.js'
import type { Skeleton } from '../../mime/skeleton.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord, MessageRecord } from '../../replica/records.js'
import type { Reader } from '../../store/database.js'
import type { Policy, Tiers } from '../policy/policy.js'
import { gistFilesOfMessage, gistHere, gistPartOfMessage, tiersOfMessage } from '../policy/tiers.js'
import { restNowAndThen } from '../yield-event-loop.js'
import type { Shapes } from './shapes.js'

interface Known {
  readonly message: Guid
  readonly mailbox: Guid
  readonly progress: number
  readonly gist: number | undefined
  readonly skeleton: Skeleton | undefined
  readonly tiers: Tiers
}

/**
 * Which pieces of a message come by themselves in one exchange. Worked out once a message, and again only
 * when more has become known of it or its outline has been dropped.
 */
export class MessageTiers {
  /** By outline, so that nothing outlives the outline. */
  readonly #known = new WeakMap<Outline, Known>()
  /** A policy may have thousands of patterns to compare a message with. */
  readonly #rest = restNowAndThen()

  constructor(
    private readonly reader: Reader,
    private readonly policy: Policy,
    readonly shapes: Shapes,
  ) {}

  /** A message's tiers; undefined while no list entry of it is here. */
  async of(message: MessageRecord, content: ContentRecord): Promise<Tiers | undefined> {
    const outline = this.shapes.outline(content)
    if (!outline) return undefined
    const skeleton = this.shapes.skeleton(content)
    const { guid, mailbox } = message
    const { progress } = content
    const gist = gistHere(content)
    const known = this.#known.get(outline)
    const same = known?.message === guid && known.mailbox === mailbox && known.progress === progress
    if (same && known.skeleton === skeleton && known.gist === gist) return known.tiers
    await this.#rest()
    const tiers = await tiersOfMessage(this.reader, content, message, this.policy, this.shapes)
    if (tiers) this.#known.set(outline, { message: guid, mailbox, progress, gist, skeleton, tiers })
    return tiers
  }

  /** The part of which the text is wanted in its place. */
  gistPart(message: MessageRecord, content: ContentRecord): Promise<number | undefined> {
    return gistPartOfMessage(this.reader, content, message, this.policy, this.shapes)
  }

  /** The files of which a gist is wanted in their place. */
  gistFiles(message: MessageRecord, content: ContentRecord): Promise<number[]> {
    return gistFilesOfMessage(this.reader, content, message, this.policy, this.shapes)
  }
}
