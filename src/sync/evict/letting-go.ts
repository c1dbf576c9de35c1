import { rangesOf } from '../../replica/ids/uid-ranges.js'
import { tables } from '../../replica/tables.js'
import type { Shore } from '../../wire/shore-frame.js'
import type { Account } from '../account.js'
import { type Chosen, chooseEvictable, type EvictionTerms, mostEvicted } from './choose-evictable.js'
import { evict } from './evict.js'

const dayMs = 86_400_000

/** What a run lets go of: it asks in one of its exchanges, and acts on what that one says. */
export class LettingGo {
  private chosen: Chosen = new Map()
  private isAnswered = false
  private isFull = false

  constructor(
    private readonly account: Account,
    private readonly options: {
      readonly evict?: EvictionTerms
      readonly policy: { readonly select: readonly string[] }
    },
  ) {}

  /** What the next exchange asks. Under a budget there is something better to ask. */
  async choose(bytesLeft: number | undefined): Promise<{ readonly vouch?: Shore }> {
    const { account, options } = this
    this.chosen = new Map()
    if (!options.evict || !account.mailStore.evictions || this.isAnswered) return {}
    if (bytesLeft !== undefined || !(await this.isTime())) return {}
    this.chosen = await chooseEvictable(account, options.evict, options.policy.select)
    if (this.chosen.size === 0) return {}
    const rows = [...this.chosen].map(
      ([mailbox, messages]) => [mailbox, rangesOf([...messages.keys()])] as const,
    )
    return { vouch: new Map(rows) }
  }

  /** Returns how many messages went. */
  async evict({ ended, vouched }: { readonly ended: boolean; readonly vouched?: Shore }): Promise<number> {
    const { account, chosen, options } = this
    if (!ended || chosen.size === 0 || !options.evict) return 0
    const gone = vouched ? await evict(account, { chosen, vouched }, options.evict) : 0
    await this.noteAsked(gone)
    this.isFull = gone > 0 && options.evict.byHand === true && countOf(chosen) === mostEvicted
    this.isAnswered = !this.isFull
    return gone
  }

  /** By hand all of it goes, as much as an exchange takes at a time. */
  goesOn(roundsLeft: number): boolean {
    return this.isFull && roundsLeft > 0
  }

  private async isTime(): Promise<boolean> {
    const { db, now } = this.account.replica
    const asked = (await tables.evictionState.get(db))?.asked
    if (!asked || this.options.evict?.byHand) return true
    const nowMs = now()
    return nowMs < asked.atMs || nowMs >= asked.atMs + asked.pauseMs
  }

  /** What wasn't answered for today isn't tomorrow, as a rule; and a mailbox that is full of it goes run by run. */
  private async noteAsked(gone: number): Promise<void> {
    const { db, now } = this.account.replica
    const pauseMs = gone > 0 && countOf(this.chosen) === mostEvicted ? 0 : gone > 0 ? dayMs : 7 * dayMs
    await db.transact(async (tx) =>
      tables.evictionState.put(tx, {
        ...(await tables.evictionState.get(tx)),
        asked: { atMs: now(), pauseMs },
      }),
    )
  }
}

const countOf = (chosen: Chosen): number => [...chosen.values()].reduce((sum, { size }) => sum + size, 0)
