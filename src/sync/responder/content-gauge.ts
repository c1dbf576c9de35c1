import { getContent } from '../../replica/content/contents.js'
import { getBearer } from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import type { Transaction } from '../../store/database.js'
import type { Refusal } from '../../wire/response/refusal-frame.js'
import type { Account } from '../account.js'
import { heldPieces } from '../content/receive-piece.js'
import { defaultQuota, type Quota, tooMuchPending, usedToday, usedUp } from '../policy/device-quota.js'
import { yieldToOthers } from '../yield-event-loop.js'
import { deviceRecord } from './device-handshake.js'

/** Contents that are looked at before others have their turn. */
const restEvery = 500

/** Counts the content that a device sends up in one exchange, against its quota. */
export class ContentGauge {
  /** What stopped it: no more is stored. */
  refusal: Refusal | undefined

  private constructor(
    private readonly by: string,
    private readonly quota: Quota,
    private readonly now: () => number,
    /** Bytes here of incomplete contents. */
    private pending: number,
  ) {}

  static async begin({ replica, quota = defaultQuota }: Account, device: string): Promise<ContentGauge> {
    const { db } = replica
    const { pairing = device } = await deviceRecord(db, device)
    let [pending, seen] = [0, 0]
    for await (const { key } of tables.arriving.list(db, [device])) {
      if (++seen % restEvery === 0) await yieldToOthers()
      const bearer = await getBearer(db, key[1])
      const content = bearer && (await getContent(db, bearer.content))
      if (content && !content.whole) pending += sum(await heldPieces(db, content))
    }
    return new ContentGauge(pairing, quota, replica.now, pending)
  }

  /** Whether these bytes may be stored in this transaction. They count then. */
  async mayTake(tx: Transaction, bytes: number): Promise<boolean> {
    if (this.refusal) return false
    const used = await usedToday(tx, this.by, this.now())
    if (used.bytes >= this.quota.bytes) this.refusal = usedUp('bytes', this.quota, used)
    else if (this.pending >= this.quota.pendingBytes) this.refusal = tooMuchPending(this.quota)
    if (this.refusal) return false
    tables.quota.put(tx, this.by, { ...used, bytes: used.bytes + bytes })
    this.pending += bytes
    return true
  }

  /** A content has come to its end, of which so many bytes were pending. */
  completed(bytes: number): void {
    this.pending = Math.max(0, this.pending - bytes)
  }
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
