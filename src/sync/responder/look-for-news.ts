import type { Guid, UidRange } from '../../replica/model.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { responseKinds } from '../../wire/response/kinds.js'
import { encodeWorking } from '../../wire/response/progress-frames.js'
import type { Account } from '../account.js'
import { type OutgoingFrame, textFrame } from '../frames/outgoing.js'
import { type ScanOptions, type ScanReport, scanMailStore } from '../scan/scan-mail-store.js'
import type { ShoreAtEnd } from '../shore/shore-at-end.js'
import { cursorWithShore } from '../shore/shore-there.js'
import { scanIfReachable } from '../write/tolerate-outage.js'
import { makePlan, type Plan, type PlanRequest } from './plan.js'
import type { Request } from './request.js'

const usuallyEveryMs = 20_000

/** What has happened since the plan of a log position. */
export interface News {
  /** Asked between two frames of big parts: gives nothing while it isn't time to look. */
  readonly look?: (log: number) => Promise<Plan | undefined>
  /** Reads on in the mail store, where not all of it has been read: gives nothing when it has. */
  readonly readOn?: (log: number) => AsyncGenerator<OutgoingFrame, Plan | undefined>
}

/** What an answer adds to its plan: for somebody who has heard of everything before a log position. */
export function newsOf(
  account: Account,
  request: PlanRequest,
  found: {
    readonly plan: Plan
    readonly shore: ShoreAtEnd
    /** Where not all of the mail store has been read. */
    readonly reading: SlicedReading | undefined
  },
  options: { readonly signal: AbortSignal; readonly lookEveryMs?: number },
): News {
  const { replica } = account
  const { shore, reading } = found
  const { signal, lookEveryMs = usuallyEveryMs } = options
  let lookedMs = replica.now()
  // What couldn't be listed yet is still to come.
  const unlisted = new Map<Guid, readonly UidRange[]>()
  const note = (planned: Plan['mailboxes']): void => {
    for (const each of planned) unlisted.set(each.mailbox.guid, each.unlisted)
  }
  note(found.plan.mailboxes)

  async function planSince(log: number): Promise<Plan | undefined> {
    const { head } = await readReplicaRecord(replica.db)
    if (head <= log) return undefined
    const exceptions = [...unlisted].filter(([, missing]) => missing.length > 0)
    const listed = {
      log,
      structure: log,
      mailboxes: Object.fromEntries(exceptions.map(([guid, missing]) => [guid, { log, missing }])),
    }
    const cursor = await cursorWithShore(replica.db, listed, shore.shore)
    const window = { nowMs: replica.now(), windowsMoved: false }
    const plan = await makePlan(replica.db, head, { ...request, cursor, wants: [], met: true, window })
    note(plan.mailboxes)
    shore.take(plan.mailboxes)
    return plan
  }

  return {
    async look(log) {
      // A clock that was set back counts as time that has passed.
      if (Math.abs(replica.now() - lookedMs) < lookEveryMs) return undefined
      // A mail server that is away by now is no reason to stop: what is known goes on.
      await scanIfReachable(account, { signal })
      lookedMs = replica.now()
      return planSince(log)
    },
    async *readOn(log): AsyncGenerator<OutgoingFrame, Plan | undefined> {
      while (reading && !reading.isWhole) {
        yield reading.told()
        // One that is away now breaks the answer off: else the device would take for all what has come so far.
        yield* reading.next(scanMailStore)
        const plan = await planSince(log)
        if (plan) return plan
      }
      return undefined
    },
  }
}

/** New messages that are read before the first page goes out; each slice behind it is twice as large as the one before. */
export const usualSlice = 256
const largestSlice = 4096

/** While the mail store is read, the line hears of it each time so many messages have been. */
const toldEvery = 1000

/** Whether a request can be understood while mail is unread that the device may show, too: it would be told twice. */
export function mayReadInSlices({ hello, entries }: Pick<Request, 'hello' | 'entries'>): boolean {
  return !hello.dry && !entries.some(({ operation: { op } }) => op === 'append' || op === 'recall')
}

/** A look at the mail store that takes over what is new slice by slice: docs/DESIGN-NOTES.md "Reading in slices". */
export class SlicedReading {
  isWhole = false
  private size: number
  private messages = 0

  constructor(
    private readonly account: Account,
    private readonly options: {
      readonly signal: AbortSignal
      readonly allow: readonly string[]
      /** Messages in the first slice; undefined: all are read at once. */
      readonly slice: number | undefined
    },
  ) {
    this.size = options.slice ?? Number.POSITIVE_INFINITY
  }

  /** Reads the next slice, saying so on the line now and then when it takes long. */
  async *next<Report extends Pick<ScanReport, 'isWhole'>>(
    scan: (account: Account, options: ScanOptions) => Promise<Report>,
  ): AsyncGenerator<OutgoingFrame, Report> {
    const before = this.messages
    let told = before
    let wake = (): void => {}
    const scanning = scan(this.account, {
      signal: this.options.signal,
      allow: this.options.allow,
      most: this.size,
      onProgress: (messages) => {
        this.messages = before + messages
        wake()
      },
    })
    let done = false
    const end = (): void => {
      done = true
      wake()
    }
    const finished = scanning.then(end, end)
    while (!done) {
      await Promise.race([finished, new Promise<void>((resolve) => (wake = resolve))])
      if (this.messages - told < toldEvery) continue
      told = this.messages
      yield this.told()
    }
    const report = await scanning
    this.isWhole = report.isWhole
    this.size = Math.min(2 * this.size, largestSlice)
    return report
  }

  /** How far it has come. What waits to be sent goes with it. */
  told(): OutgoingFrame {
    return { ...textFrame(responseKinds.working, encodeWorking(this.messages)), flushes: true }
  }
}
