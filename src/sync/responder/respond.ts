import { declareLost, defaultLostAfterMs } from '../../replica/devices.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { pendingResults } from '../../replica/merge/apply.js'
import type { Guid } from '../../replica/model.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Hello } from '../../wire/request-frames.js'
import { type Accept, encodeAccept } from '../../wire/response/accept-frame.js'
import { encodeForecast } from '../../wire/response/forecast-frame.js'
import { responseKinds } from '../../wire/response/kinds.js'
import { encodeEnd, encodeTotals } from '../../wire/response/progress-frames.js'
import { encodeRefusal, refusalOf } from '../../wire/response/refusal-frame.js'
import type { Shore } from '../../wire/shore-frame.js'
import type { Account } from '../account.js'
import { forgetPast } from '../content/forget-past.js'
import { MessageTiers } from '../content/message-tiers.js'
import { Shapes } from '../content/shapes.js'
import { createPoliteMeter, withinBudget } from '../frames/budget.js'
import { giveNumbers } from '../frames/give-numbers.js'
import { hitsFrames } from '../frames/hits-frames.js'
import {
  bundled,
  encoded,
  frameBytesOf,
  frameWriter,
  type OutgoingFrame,
  politeFrameWriter,
  textFrame,
  untilAborted,
} from '../frames/outgoing.js'
import { sendingToTell } from '../frames/told-outbox.js'
import { problemsToTell } from '../frames/told-problems.js'
import { MixWork, RoomLater } from '../mix-work.js'
import { keptFromDevice } from '../policy/kept-from-device.js'
import type { Policy } from '../policy/policy.js'
import { isSelected, takesPart } from '../policy/selection.js'
import { ShoreAtEnd } from '../shore/shore-at-end.js'
import { nameOfShore, nameOfWindows, rememberShore } from '../shore/shore-there.js'
import { answerVouch } from '../shore/vouch-for.js'
import { type Look, scanIfReachable, writeIfReachable } from '../write/tolerate-outage.js'
import { finishUploads, pendingUploads } from './accept-upload.js'
import { applyEntries } from './apply-entries.js'
import { deviceRecord, giveToken, hasMissed, maySayMore } from './device-handshake.js'
import { forecastOf } from './forecast.js'
import {
  firstPageOf,
  mayReadInSlices,
  newsOf,
  type PageFrom,
  SlicedReading,
  usualSlice,
  whileWorking,
} from './look-for-news.js'
import { makePlan, type PlanRequest } from './plan.js'
import { planTotals, totalsFromBytes } from './plan-totals.js'
import { readRequest } from './read-request.js'
import { policyOf, type Request, sharedBy } from './request.js'
import { streamPlan } from './stream-plan.js'

export interface RespondOptions {
  readonly signal: AbortSignal
  /** The pairing under which the device asks, for the person who looks at the list of devices. */
  readonly pairing?: string
  /** A device that hasn't asked for so long is declared lost. */
  readonly lostAfterMs?: number
  /** Hears of what was wrong with a request that is answered with a refusal. */
  readonly onRefused?: (error: unknown) => void
  /** While big parts are on their way, the mail store is looked at this often. */
  readonly lookEveryMs?: number
  /** Where much is new in the mail store, so many messages are read before the first of them are told. */
  readonly sliceMessages?: number
  /** What a device that is new hears of before all has been looked at. */
  readonly page?: PageFrom
}

/**
 * Answers one exchange: takes in the journal and the content that come up, brings the mail store up to date,
 * and streams what the initiator lacks. While the line is slow it holds nothing but its place in the plan.
 */
export async function* respond(
  account: Account,
  request: AsyncIterable<Uint8Array>,
  options: RespondOptions,
): AsyncGenerator<Uint8Array> {
  const room = new RoomLater(account.mixWork ?? new MixWork())
  try {
    yield* answer(account, request, options, room)
  } finally {
    room.leave()
    account.replica.db.rest()
  }
}

async function* answer(
  account: Account,
  request: AsyncIterable<Uint8Array>,
  options: RespondOptions,
  room: RoomLater,
): AsyncGenerator<Uint8Array> {
  const { signal } = options
  let read: Request
  try {
    read = await readRequest(account, request, options)
  } catch (error) {
    const refused = signal.aborted ? undefined : refusalOf(error)
    if (!refused) throw error
    options.onRefused?.(error)
    yield frameWriter(account).encode(textFrame(responseKinds.refusal, encodeRefusal(refused)))
    return
  }
  const { hello } = read
  const writing = { mix: hello.mix, mayMix: room.mayTake }
  const meter = createPoliteMeter(politeFrameWriter(account, room.work, writing))
  const { encode } = meter
  const { replica } = account
  const { heldBack, trouble, refusal, reading } = yield* takeIn(account, read, options, encode)
  const policy = await policyOf(replica.db, hello)
  const problems = await problemsToTell(account, hello.problems)
  const sending = read.refused || read.needsShore ? {} : await sendingToTell(account, hello)
  const given = await giveNumbers(replica.db, read, policy, sending.outbox)
  const told = {
    heldBack,
    ...sending,
    ...(given?.numbers && { given: given.numbers }),
    ...(trouble !== undefined && { trouble }),
    ...(problems && { problems }),
  }
  const windows = nameOfWindows(policy?.windows ?? [], account.createHash)
  const windowsMoved = !read.shoreWindows.includes(windows)
  const accept = await acceptOf(account, read, { needsPolicy: policy === undefined, windowsMoved }, told)
  for (const payload of encodeAccept(accept)) yield encode(textFrame(responseKinds.accept, payload))
  if (refusal) yield encode(textFrame(responseKinds.refusal, encodeRefusal(refusal)))
  if (read.refused || read.needsShore || hello.probe || !policy) return
  const { head, horizon } = await readReplicaRecord(replica.db)
  // Somebody gave the device up in the middle of its exchange: asking again, it hears that it has to begin anew.
  if (hello.upstream !== undefined && hasMissed(hello.cursor, horizon)) return
  const page = await firstPageOf(replica.db, read, options.page)
  const asked: PlanRequest = {
    device: hello.replica,
    cursor: hello.cursor,
    policy,
    only: hello.only,
    wants: read.wants,
    met: hello.upstream !== undefined,
    // More mail follows, which may be of other senders.
    plain: hello.plain || reading !== undefined,
    frameBytes: frameBytesOf(hello.frameBytes),
    ...(given && { given: given.told }),
    tiers: new MessageTiers(replica.db, policy, new Shapes()),
    window: { nowMs: replica.now(), windowsMoved },
    ...((reading || page) && { unfound: new Set<string>() }),
  }
  const shore = new ShoreAtEnd(hello.cursor)
  const planning = makePlan(replica.db, head, { ...asked, ...(page && { page }) })
  const plan = yield* encoded(whileWorking(planning), encode)
  shore.take(plan.mailboxes)
  if (hello.dry) {
    const forecast = await forecastOf(account, plan, asked, signal)
    yield encode(textFrame(responseKinds.forecast, encodeForecast(forecast)))
    return
  }
  const totals = await planTotals(replica.db, plan, asked)
  const news = newsOf(account, asked, { plan, shore, reading, isPage: page !== undefined }, options)
  let reached = plan.log
  async function* planned(): AsyncGenerator<OutgoingFrame> {
    // How much it will be, where that is worth the telling.
    if (totals.bytes > totalsFromBytes && !page) yield textFrame(responseKinds.totals, encodeTotals(totals))
    yield* hitsFrames(
      account,
      read.questions,
      { ...asked, takesPart: (mailbox) => takesPart(mailbox, asked) },
      signal,
    )
    reached = yield* streamPlan(account, plan, asked, news)
    if (read.vouch) yield await answerVouch(account, read.vouch, asked)
  }
  const frames = untilAborted(bundled(planned(), asked.frameBytes), signal)
  // Where the budget ends, the answer ends, in the middle of what it might have brought.
  if (!(yield* withinBudget(frames, meter, hello.budget))) return
  if (hello.only.length === 0) await noteSent(account, hello.replica, reached)
  await noteShore(account, hello, { shore: shore.shore, policy, was: read.shoreWindows, windows })
  yield encode(textFrame(responseKinds.end, encodeEnd({ log: reached })))
}

interface TakenIn extends Pick<Look, 'heldBack'>, Pick<Request, 'refusal'> {
  readonly trouble: string | undefined
  /** Where not all of the mail store has been read. */
  readonly reading: SlicedReading | undefined
}

/** Looks at the mail store, and does what the request brings. */
async function* takeIn(
  account: Account,
  read: Request,
  options: RespondOptions,
  encode: (frame: OutgoingFrame) => Promise<Uint8Array>,
): AsyncGenerator<Uint8Array, TakenIn> {
  const { hello } = read
  const { replica } = account
  const { signal } = options
  const slice = mayReadInSlices(read) ? (options.sliceMessages ?? usualSlice) : undefined
  const reading = new SlicedReading(account, { signal, allow: hello.allow, slice })
  const { heldBack, ...looked } = yield* encoded(reading.next(scanIfReachable), encode)
  let { trouble } = looked
  let { refusal } = read
  if (!read.refused && !read.needsShore && !hello.dry) {
    refusal = (await applyEntries(account, read, signal)) ?? refusal
    await finishUploads(account, hello.replica, await sharedBy(account.replica.db, hello))
    trouble = (await writeIfReachable(account, signal)) ?? trouble
    const { lostAfterMs = defaultLostAfterMs } = options
    await replica.db.transact((tx) => declareLost(tx, replica.now(), lostAfterMs))
    await forgetPast(account)
  }
  const goesOn = trouble === undefined && !reading.isWhole
  return { heldBack, trouble, refusal, reading: goesOn ? reading : undefined }
}

async function noteSent({ replica }: Account, device: Guid, log: number): Promise<void> {
  await replica.db.transact(async (tx) => {
    const record = await tables.device.get(tx, device)
    if (record) tables.device.put(tx, device, { ...record, sentUpTo: log })
  })
}

/** What is ashore for the device once it has this answer: it needn't say so. */
async function noteShore(
  { replica, createHash }: Account,
  { replica: device, only, shore: said }: Hello,
  found: { readonly shore: Shore; readonly policy: Policy } & {
    readonly was: readonly string[]
    readonly windows: string
  },
): Promise<void> {
  const { shore, policy, was, windows } = found
  const name = nameOfShore(shore, createHash)
  const isAsSaid = name === said
  if (isAsSaid && (name === undefined || was.includes(windows))) return
  await replica.db.transact(async (tx) => {
    let looked = only.length === 0
    for (const guid of shore.keys()) {
      const mailbox = await getMailbox(tx, guid)
      looked &&= mailbox === undefined || isSelected(policy.select, mailbox)
    }
    // What came to it was found by these windows: under others it may be inside.
    const before = isAsSaid ? was : was.filter((other) => other === windows)
    await rememberShore(tx, device, { shore, windows: looked ? [windows, ...before] : before }, createHash)
  })
}

async function acceptOf(
  account: Account,
  { hello, refused, lost, needsShore, vouch }: Request,
  { needsPolicy, windowsMoved }: { readonly needsPolicy: boolean; readonly windowsMoved: boolean },
  told: Pick<Look, 'heldBack' | 'trouble'> &
    Pick<Accept, 'problems' | 'outbox' | 'assembles' | 'numbers' | 'given'>,
): Promise<Accept> {
  const { replica } = account
  return replica.db.transact(async (tx): Promise<Accept> => {
    const { id, head } = await readReplicaRecord(tx)
    const { applied } = await deviceRecord(tx, hello.replica)
    const nothing = { results: [], pending: [], heldBack: [] }
    if (refused)
      return { upstream: id, applied, needsPolicy: false, ...(lost !== undefined && { lost }), ...nothing }
    if (needsShore) return { upstream: id, applied, needsPolicy, needsShore, ...nothing }
    const { pairing } = await deviceRecord(tx, hello.replica)
    const kept = await keptFromDevice(tx, pairing ?? hello.replica, hello)
    const results = await pendingResults(tx, hello.replica, hello.acknowledged)
    const tells = !needsPolicy && !hello.probe && !hello.dry
    const anew = vouch !== undefined || (tells && maySayMore(hello, head, windowsMoved))
    const token = await giveToken(tx, account, hello.replica, { anew })
    return {
      upstream: id,
      applied,
      needsPolicy: needsPolicy && !hello.probe,
      ...(token !== hello.token && { token }),
      results,
      pending: await pendingUploads(tx, account, hello),
      ...told,
      heldBack: [...told.heldBack, ...kept],
    }
  })
}
