import { listMailboxes } from '../../replica/mailboxes.js'
import { readReplicaRecord } from '../../replica/replica.js'
import type { Reader } from '../../store/database.js'
import type { Accept } from '../../wire/response/accept-frame.js'
import { protocolError } from '../../wire/values.js'
import { answerLimits } from '../policy/limits.js'

/** Holds an accept, of however many frames, against what it can be about. Throws PROTOCOL where no honest side can have sent it. */
export class AcceptBounds {
  private results = 0
  private uploads = 0
  private heldNumbers = 0

  private constructor(private readonly most: number) {}

  /** Results are of entries that were ever made here, uploads of messages that are. */
  static async over(reader: Reader): Promise<AcceptBounds> {
    const { journal } = await readReplicaRecord(reader)
    const things = (await listMailboxes(reader)).reduce((sum, { messages }) => sum + messages, journal)
    return new AcceptBounds(answerLimits.spareThings + things)
  }

  count({ results, pending }: Accept): void {
    this.results += results.length
    this.uploads += pending.length
    for (const { held } of pending) this.heldNumbers += held.length
    const numbers = this.heldNumbers / answerLimits.heldNumbersPerUpload
    if (Math.max(this.results, this.uploads, numbers) > this.most)
      throw protocolError('an accept that speaks of more than there is')
  }
}
