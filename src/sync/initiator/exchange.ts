import { concat } from '../../bytes/concat.js'
import { PacketboatError } from '../../errors/packetboat-error.js'
import type { Change } from '../../replica/change.js'
import { messageByUpstream } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import { journalLeft } from '../../replica/replica.js'
import { createFrameDecoder, type FrameDecoder } from '../../wire/frame-decoder.js'
import { decodePrimer } from '../../wire/primer-frame.js'
import { responseKinds } from '../../wire/response/kinds.js'
import { refused } from '../../wire/response/refusal-frame.js'
import type { Account } from '../account.js'
import { createMeter, type Meter, withinBudget } from '../frames/budget.js'
import { Inflation } from '../frames/inflation.js'
import { readPiecesAhead } from '../frames/named-ahead.js'
import { bundled, frameWriter, type OutgoingFrame, requestEnd } from '../frames/outgoing.js'
import { readPrimer } from '../frames/primer.js'
import { countDown, countUp, type Weighed, weighed } from '../frames/traffic.js'
import type { Policy } from '../policy/policy.js'
import type { Spool } from '../submission/spool.js'
import { urgentWaits } from '../submission/take-spool.js'
import { writeMailStore } from '../write/write-mail-store.js'
import { type Ask, composeRequest, exchangeBytes, requestFrames } from './compose-request.js'
import { composeUploads, hasUploads } from './compose-uploads.js'
import { receiveFrame, receiveTorn } from './receive.js'
import { nothingReceived, type Received } from './received.js'
import type { SyncOptions } from './sync-options.js'
import { paceWrites } from './write-pace.js'

/** One request, one answer. */
export async function exchange(account: Account, options: SyncOptions, ask: Ask): Promise<Received> {
  const { replica } = account
  const meter = createMeter(frameWriter(account, ask.mix))
  const composed = await composeRequest(account, ask)
  // Content belongs to entries that have gone up.
  const uploading = !ask.probe && (await hasUploads(replica.db)) && !(await journalLeft(replica.db))
  const head = concat(requestFrames(composed, { contentFollows: uploading }).map(meter.encode))
  const received = nothingReceived()
  const { tally } = received
  for (const number of composed.questions) received.unanswered.add(number)
  const { wantedParts } = composed
  if (wantedParts !== undefined) received.wantedParts = wantedParts
  const request = uploading
    ? withUploads(head, account, { ask, meter, received, spool: options.spool })
    : head
  // Law 15: what the request says can't be lost any more.
  await replica.db.store.flush?.()
  const shows = paceWrites(replica.now, options.showEveryMs)
  const answer = await options.link.exchange(request, options.signal)
  const decoder = createFrameDecoder(account)
  const inflation = new Inflation()
  const run = {
    policy: options.policy,
    only: options.only ?? [],
    pairing: options.pairing,
    createHash: account.createHash,
  }
  try {
    for await (const bytes of answer) {
      decoder.push(bytes)
      for await (const frames of decoded(account, decoder, inflation, received, options.policy)) {
        // Thousands of messages come in one piece on a fast line.
        options.signal?.throwIfAborted()
        await replica.db.transact(async (tx) => {
          const change: Change = { tx, replica, origin: { kind: 'upstream' } }
          await readPiecesAhead(
            tx,
            frames.map(({ frame }) => frame),
            received.mailboxes,
          )
          for (const { frame, endsAt } of frames) {
            const { listed, texts } = tally
            await receiveFrame(change, frame, received, run)
            tally.answerBytes = endsAt
            if (tally.listed > listed) tally.listedAt = endsAt
            if (tally.texts > texts) tally.textsAt = endsAt
          }
        })
        for (const { frame } of frames) count(received, frame)
        options.onProgress?.(tally)
      }
      if (received.unprimed) break
      if (shows.isDue(tally)) await shows.during(writeMailStore(account, { ...options, allArrived: false }))
    }
  } catch (error) {
    const torn = decoder.torn()
    // What it was that broke the line matters more than what this may come to.
    if (torn?.kind === responseKinds.chunk)
      await replica.db
        .transact((tx) =>
          receiveTorn({ tx, replica, origin: { kind: 'upstream' } }, torn.payloadPrefix, received, run),
        )
        .catch(() => undefined)
    throw error
  }
  const { accept, refusal, ended, healed, unprimed } = received
  if (refusal && !accept) throw refused(refusal)
  const whole =
    accept && (ended || healed || unprimed || ask.probe || accept.needsPolicy || accept.needsShore)
  // An upstream that was told a budget stops without an end.
  if (accept && !whole && ask.bytesLeft !== undefined) received.paused = true
  else if (!whole)
    throw new PacketboatError(
      'LINK_FAILED',
      'The line was lost before the answer was complete.',
      'Everything that arrived is kept. Sync again to go on from here.',
    )
  return received
}

/** Counts what has come, for the account and for the person who watches. */
function count({ tally, mailboxes }: Received, frame: Weighed): void {
  countDown(tally.traffic, mailboxes, frame)
  const bytes = frame.payload.length
  tally.payloadBytes += bytes
  if (frame.wireBytes >= bytes) tally.storedBytes += bytes
  else tally.textWireBytes += frame.wireBytes
}

/** A transaction holds what it writes in memory: some twenty times the bytes of frames with many small messages. */
const transactionBytes = 256 * 1024

/**
 * Decodes the frames that have arrived, up to the first one whose history is missing. What arrived in one
 * piece is made durable in one transaction, up to a limit. On a slow line that is each frame.
 */
async function* decoded(
  account: Account,
  decoder: FrameDecoder,
  inflation: Inflation,
  received: Received,
  policy: Policy,
): AsyncGenerator<{ readonly frame: Weighed; readonly endsAt: number }[]> {
  let frames: { readonly frame: Weighed; readonly endsAt: number }[] = []
  let bytes = 0
  let endsAt = received.tally.answerBytes
  for (let next = decoder.next(); next; next = received.unprimed ? undefined : decoder.next()) {
    inflation.count(next)
    endsAt += next.wireBytes
    if (next.kind !== responseKinds.primer) for (const frame of weighed(next)) frames.push({ frame, endsAt })
    else if (!(await takePrimer(account, decoder, next.payload, policy))) received.unprimed = true
    bytes += next.payload.length
    if (bytes < transactionBytes) continue
    yield frames
    frames = []
    bytes = 0
  }
  if (frames.length > 0) yield frames
}

/** False when not all of it is here, or not the same: nothing that follows can be read then. */
async function takePrimer(
  account: Account,
  decoder: FrameDecoder,
  payload: Uint8Array,
  { coldBytes }: Policy,
): Promise<boolean> {
  const bytes = await readPrimer(account, decodePrimer(payload), coldBytes, ({ mailbox, number }) =>
    messageByUpstream(account.replica.db, mailbox, number),
  )
  if (bytes) decoder.prime(bytes)
  return bytes !== undefined
}

/** While content goes up, urgent mail is looked for this often, ms. */
const lookForUrgentMs = 2000

async function* withUploads(
  head: Uint8Array,
  account: Account,
  run: {
    readonly ask: Ask
    readonly meter: Meter
    readonly received: Received
    readonly spool: Spool | undefined
  },
): AsyncGenerator<Uint8Array> {
  const { ask, meter, received, spool } = run
  const { now } = account.replica
  yield head
  const payloads = new Map<Guid, number>()
  let mailbox: Guid | undefined
  let lookedMs = now()
  // What is left goes on with the next request, behind what overtakes it.
  const isOvertaken = async (): Promise<boolean> => {
    if (!spool || now() - lookedMs < lookForUrgentMs) return false
    lookedMs = now()
    return urgentWaits(account, spool)
  }
  async function* counted(): AsyncGenerator<OutgoingFrame> {
    const uploads = composeUploads(account, ask, (bearer, lacks) => {
      mailbox = bearer.mailbox
      received.tally.uploaded += Number(lacks)
    })
    for await (const frame of uploads) {
      if (await isOvertaken()) return
      if (mailbox !== undefined)
        payloads.set(mailbox, (payloads.get(mailbox) ?? 0) + frame.payload.length + 1)
      yield frame
    }
  }
  const budget = ask.bytesLeft === undefined ? undefined : ask.bytesLeft - exchangeBytes
  const before = meter.spent
  try {
    if (!(yield* withinBudget(bundled(counted(), ask.frameBytes), meter, budget))) received.paused = true
    yield meter.encode(requestEnd)
  } finally {
    countUp(received.tally.traffic, meter.spent - before, payloads)
  }
}
