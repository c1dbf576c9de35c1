import { isInRanges, rangesOf } from '../../replica/ids/uid-ranges.js'
import type { Guid } from '../../replica/model.js'
import { tables } from '../../replica/tables.js'
import { encodeShore, type Shore } from '../../wire/shore-frame.js'
import type { Account } from '../account.js'
import { EvictableMail, type EvictionTerms, mostEvicted, nothingChosen } from './choose-evictable.js'
import { type Evicted, evict } from './evict.js'
import { addStays, type Stays } from './stays.js'

const dayMs = 86_400_000
/** The share of a run's bytes that asking may take; the rest is for mail. */
const mostOfBudget = 0.25

export interface LettingGoOptions {
  readonly policy: { readonly select: readonly string[] }
  readonly onLeaving?: (guids: readonly Guid[], work: () => Promise<Evicted>) => Promise<Evicted>
}

export type BeginLettingGo = (account: Account, options: LettingGoOptions) => LettingGo

/** How a run lets mail go by these terms. */
export const letGoBy =
  (terms: EvictionTerms): BeginLettingGo =>
  (account, options) =>
    new LettingGo(account, terms, options)

/** What a run lets go of: it asks in one of its exchanges, and acts on what that one says. */
export class LettingGo {
  private chosen = nothingChosen
  private isAnswered = false
  private isFull = false
  private staying: Stays = {}
  private readonly mail: EvictableMail

  constructor(
    private readonly account: Account,
    private readonly terms: EvictionTerms,
    private readonly options: LettingGoOptions,
  ) {
    this.mail = new EvictableMail(account, terms, options.policy.select)
  }

  /** What is outside of the window and hasn't gone, where somebody has asked for it by hand: nobody else waits to hear that. */
  get stays(): { readonly stays?: Stays } {
    return this.terms.byHand ? { stays: this.staying } : {}
  }

  /** What the next exchange asks. Where a budget is nearly used up there is something better to ask. */
  async choose(bytesLeft: number | undefined): Promise<{ readonly vouch?: Shore }> {
    const { account } = this
    this.chosen = nothingChosen
    if (!account.mailStore.evictions || this.isAnswered) return {}
    if (!(await this.isTime())) return {}
    this.chosen = await this.mail.choose()
    this.staying = this.chosen.stays
    if (this.chosen.count === 0) {
      await this.noteAsked(dayMs)
      return {}
    }
    const rows = [...this.chosen.messages].map(
      ([mailbox, messages]) => [mailbox, rangesOf([...messages.keys()])] as const,
    )
    const vouch = new Map(rows)
    // The answer is about as long.
    const bytes = 2 * encodeShore(vouch).length
    if (bytesLeft === undefined || bytes <= bytesLeft * mostOfBudget) return { vouch }
    this.chosen = nothingChosen
    this.mail.forget()
    return {}
  }

  /** Returns how many messages went. */
  async evict({ ended, vouched }: { readonly ended: boolean; readonly vouched?: Shore }): Promise<number> {
    const { chosen, terms } = this
    if (!ended) this.mail.forget()
    if (!ended || chosen.count === 0) return 0
    const { gone, stays } = await this.takeOff(vouched ?? new Map())
    this.mail.noteStayed(stays)
    this.staying = addStays(chosen.stays, stays)
    // What wasn't answered for today isn't tomorrow, as a rule; and a mailbox that is full of it goes run by run.
    const isFull = chosen.count === mostEvicted
    await this.noteAsked(gone === 0 ? 7 * dayMs : isFull ? 0 : dayMs)
    this.isFull = gone > 0 && terms.byHand === true && isFull
    this.isAnswered = !this.isFull
    return gone
  }

  private async takeOff(vouched: Shore): Promise<Evicted> {
    const { account, chosen, options, terms } = this
    const guids = [...chosen.messages].flatMap(([mailbox, messages]) => {
      const ranges = vouched.get(mailbox) ?? []
      return [...messages].flatMap(([number, guid]) => (isInRanges(ranges, number) ? [guid] : []))
    })
    const work = (): Promise<Evicted> => evict(account, { chosen, vouched }, terms)
    return options.onLeaving ? options.onLeaving(guids, work) : work()
  }

  /** Started by hand, eviction goes on until all has left, as much in each exchange as it can take. */
  goesOn(roundsLeft: number): boolean {
    return this.isFull && roundsLeft > 0
  }

  private async isTime(): Promise<boolean> {
    const { db, now } = this.account.replica
    const asked = (await tables.evictionState.get(db))?.asked
    if (!asked || this.terms.byHand) return true
    const nowMs = now()
    return nowMs < asked.atMs || nowMs >= asked.atMs + asked.pauseMs
  }

  /** Choosing looks at all mail here, so it isn't done with each sync. */
  private async noteAsked(pauseMs: number): Promise<void> {
    const { db, now } = this.account.replica
    await db.transact(async (tx) =>
      tables.evictionState.put(tx, {
        ...(await tables.evictionState.get(tx)),
        asked: { atMs: now(), pauseMs },
      }),
    )
  }
}
