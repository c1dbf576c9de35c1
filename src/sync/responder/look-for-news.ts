import { listMailboxes } from '../../replica/mailboxes.js'
import type { Guid, UidRange } from '../../replica/model.js'
import { readReplicaRecord } from '../../replica/replica.js'
import type { Reader } from '../../store/database.js'
import { responseKinds } from '../../wire/response/kinds.js'
import { encodeTotals, encodeWorking } from '../../wire/response/progress-frames.js'
import type { Account } from '../account.js'
import { type OutgoingFrame, textFrame } from '../frames/outgoing.js'
import { type ScanOptions, type ScanReport, scanMailStore } from '../scan/scan-mail-store.js'
import { Slices } from '../scan/slices.js'
import type { ShoreAtEnd } from '../shore/shore-at-end.js'
import { cursorWithShore } from '../shore/shore-there.js'
import { scanIfReachable } from '../write/tolerate-outage.js'
import { makePlan, type Plan, type PlanRequest } from './plan.js'
import type { FirstPage } from './plan-changes.js'
import { planTotals, totalsFromBytes } from './plan-totals.js'
import type { Request } from './request.js'

const usuallyEveryMs = 20_000

/** What has happened since the plan of a log position. */
export interface News {
  /** Where the plan is of a first page only: the plan of all that there was beside it, and what it adds up to. */
  readonly rest?: () => AsyncGenerator<OutgoingFrame, Plan>
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
    readonly isPage: boolean
  },
  options: { readonly signal: AbortSignal; readonly lookEveryMs?: number },
): News {
  const { replica } = account
  const { plan: first, shore, reading, isPage } = found
  const { signal, lookEveryMs = usuallyEveryMs } = options
  let lookedMs = replica.now()
  // What couldn't be listed yet is still to come.
  const unlisted = new Map<Guid, readonly UidRange[]>()
  const note = (planned: Plan['mailboxes']): void => {
    for (const each of planned) unlisted.set(each.mailbox.guid, each.unlisted)
  }
  note(first.mailboxes)

  async function planFrom(
    head: number,
    { cursor, ...how }: Pick<PlanRequest, 'cursor' | 'met' | 'named' | 'sent'>,
  ): Promise<Plan> {
    const window = { nowMs: replica.now(), windowsMoved: false, told: shore.told }
    const told = await cursorWithShore(replica.db, cursor, shore.shore)
    const plan = await makePlan(replica.db, head, { ...request, ...how, cursor: told, wants: [], window })
    note(plan.mailboxes)
    shore.take(plan.mailboxes)
    return plan
  }

  async function planSince(log: number): Promise<Plan | undefined> {
    const { head } = await readReplicaRecord(replica.db)
    if (head <= log) return undefined
    const exceptions = [...unlisted].filter(([, missing]) => missing.length > 0)
    const mailboxes = Object.fromEntries(exceptions.map(([guid, missing]) => [guid, { log, missing }]))
    return planFrom(head, { cursor: { log, structure: log, mailboxes }, met: true })
  }

  async function planRest(): Promise<Plan> {
    const { log, structure: named, sent } = first
    const { head } = await readReplicaRecord(replica.db)
    const mailboxes = Object.fromEntries([...unlisted].map(([guid, missing]) => [guid, { log, missing }]))
    const cursor = { log: 0, structure: 0, mailboxes }
    const plan = await planFrom(head, { cursor, met: request.met, named, ...(sent && { sent }) })
    return withPartsOf(first, plan)
  }

  return {
    ...(isPage && {
      async *rest() {
        yield workingFrame(0)
        const plan = yield* whileWorking(planRest(), afterPageMs)
        const totals = await planTotals(replica.db, plan, request)
        if (totals.bytes > totalsFromBytes) yield textFrame(responseKinds.totals, encodeTotals(totals))
        return plan
      },
    }),
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

/** What a page has brought to be read becomes whole with the rest, in whose plan some of its mailboxes may have no place. */
function withPartsOf(page: Plan, rest: Plan): Plan {
  const listed = new Map(page.mailboxes.map((each) => [each.mailbox.guid, each.listed]))
  const others = new Set(rest.mailboxes.map(({ mailbox }) => mailbox.guid))
  const nothing = { links: [], changes: undefined, listed: [], missing: [], unlisted: [] }
  const done = page.mailboxes
    .filter(({ mailbox }) => !others.has(mailbox.guid))
    .map((each) => ({ ...each, ...nothing, wantStructure: each.listed }))
  const more = rest.mailboxes.map((each) => ({
    ...each,
    wantStructure: [...(listed.get(each.mailbox.guid) ?? []), ...each.wantStructure],
  }))
  return { ...rest, mailboxes: [...done, ...more] }
}

/** A page is what a screen shows, or the newest of so many mailboxes: who keeps little of each waits for no more of them. */
const usualPage: PageFrom = { from: 4000, ofEach: 64, messages: 50, mailboxes: 20 }

export interface PageFrom extends FirstPage {
  /** In an account of more messages a device that is new hears of a page before all have been looked at. */
  readonly from: number
}

/** Where the first plan for a device is to be of a page only: it knows nothing, and has brought nothing that stands somewhere below the newest. */
export async function firstPageOf(
  reader: Reader,
  { hello, entries, wants }: Pick<Request, 'hello' | 'entries' | 'wants'>,
  page = usualPage,
): Promise<FirstPage | undefined> {
  const { cursor, acknowledged, dry } = hello
  const knows = cursor.log > 0 || cursor.structure > 0 || Object.keys(cursor.mailboxes).length > 0
  if (dry || knows || acknowledged > 0 || wants.length > 0) return undefined
  if (!entries.every(({ operation: { op } }) => op.startsWith('mailbox-'))) return undefined
  const count = (await listMailboxes(reader)).reduce((sum, { messages }) => sum + messages, 0)
  return count > page.from ? page : undefined
}

/** A device that has a page to show hears so soon that the rest is being looked at: by what comes it sees that there is time to show it. */
const afterPageMs = 1000
/** While it has nothing: often enough for a line not to be taken for dead. */
const usualWorkingMs = 10_000

/** Says now and then that there is work, more and more rarely: each time is a packet. */
export async function* whileWorking<Result>(
  work: Promise<Result>,
  firstMs = usualWorkingMs,
): AsyncGenerator<OutgoingFrame, Result> {
  let isDone = false
  const end = (): void => {
    isDone = true
  }
  const finished = work.then(end, end)
  for (let waitMs = firstMs; !isDone; waitMs = Math.min(2 * waitMs, usualWorkingMs)) {
    let timer: ReturnType<typeof setTimeout> | undefined
    await Promise.race([finished, new Promise<void>((resolve) => (timer = setTimeout(resolve, waitMs)))])
    clearTimeout(timer)
    if (!isDone) yield workingFrame(0)
  }
  return work
}

/** How far the look at the mail store has come. What waits to be sent goes with it. */
const workingFrame = (messages: number): OutgoingFrame => ({
  ...textFrame(responseKinds.working, encodeWorking(messages)),
  flushes: true,
})

/** New messages that are read before the first page goes out; each slice behind it is twice as large as the one before. */
export const usualSlice = 256
/** Up to so many times the first. */
const slicesGrow = 16

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
  private readonly largest: number
  private messages = 0
  private readonly slices = new Slices()

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
    this.largest = slicesGrow * this.size
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
      slices: this.slices,
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
    this.size = Math.min(2 * this.size, this.largest)
    return report
  }

  told(): OutgoingFrame {
    return workingFrame(this.messages)
  }
}
