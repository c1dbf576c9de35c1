import { applyJournal, pendingResults } from '../replica/apply.js'
import type { Change } from '../replica/change.js'
import { getContent } from '../replica/contents.js'
import { getMessage, isLive, messagesOf } from '../replica/messages.js'
import type { JournalEntry, OperationResult } from '../replica/operation.js'
import { type DeviceRecord, keys, type MessageRecord } from '../replica/records.js'
import { readReplicaRecord } from '../replica/replica.js'
import type { Reader } from '../store/database.js'
import { type Bundled, unbundle } from '../wire/bundle.js'
import { decodeChunk, decodeSkeletonFrame } from '../wire/content-frames.js'
import { createFrameDecoder, createFrameEncoder } from '../wire/frame.js'
import {
  decodeHello,
  decodeJournal,
  decodeOffer,
  decodeWants,
  type Hello,
  requestKinds,
  type Wants,
} from '../wire/request-frames.js'
import {
  encodeAccept,
  encodeEnd,
  encodeWorking,
  type PendingUpload,
  responseKinds,
} from '../wire/response-frames.js'
import { protocolError } from '../wire/values.js'
import { acceptUpload, finishUploads, type Upload } from './accept-upload.js'
import type { Account } from './account.js'
import { forgetKept } from './forget-kept.js'
import { heldPieces } from './incoming.js'
import { bundled, type OutgoingFrame, textFrame } from './outgoing.js'
import { knowsMessage, makePlan } from './plan.js'
import { decodePolicy, type Policy, policyName } from './policy.js'
import { pull } from './pull.js'
import { push } from './push.js'
import { streamPlan } from './stream-plan.js'

/** Journal entries kept in memory before they are applied: bounds what a hostile device can pile up. */
const journalLimit = 100_000

/** A torn chunk shorter than this may lack some of its own head, and isn't worth keeping anyway. */
const tornHeadBytes = 64

/** What has been read of a request so far. */
interface Request {
  readonly hello: Hello
  /** Found out before anything of it is applied. */
  readonly stale: boolean
  readonly entries: JournalEntry[]
  readonly wants: Wants[]
  /** Offered messages in order, once the journal that makes them has been applied. */
  readonly uploads: Upload[]
}

/**
 * Answers one exchange: takes the journal and the content that come up, brings the mail store in line, and streams what the
 * initiator lacks. Holds nothing while the line is slow but its place in the plan.
 */
export async function* respond(
  account: Account,
  request: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const encoder = createFrameEncoder(account)
  const encode = ({ kind, payload, mode }: OutgoingFrame): Uint8Array => encoder.encode(kind, payload, mode)
  const read = await readRequest(account, request, signal)
  yield* working(account, signal, encode)
  const { hello } = read
  const { replica } = account
  const strange = hello.upstream !== undefined && hello.upstream !== replica.id
  const { stale } = read
  const device = strange || stale ? undefined : await applyEntries(account, read)
  await finishUploads(account, hello.replica)
  await push(account, { signal })
  await forgetKept(account)
  const policy =
    device?.policy && device.policyDigest === hello.policy ? decodePolicy(device.policy) : undefined
  const accept = await acceptOf(account, hello, device, policy, stale)
  for (const payload of encodeAccept(accept)) yield encode(textFrame(responseKinds.accept, payload))
  if (strange || stale || hello.probe || !policy) return
  const { head } = await readReplicaRecord(replica.db)
  const plan = await makePlan(replica.db, head, {
    device: hello.replica,
    cursor: hello.cursor,
    policy,
    only: hello.only,
    wants: read.wants,
    met: hello.upstream !== undefined,
  })
  for await (const frame of bundled(streamPlan(account, plan, policy))) {
    signal.throwIfAborted()
    yield encode(frame)
  }
  yield encode(textFrame(responseKinds.end, encodeEnd({ log: plan.log })))
}

/** Reads the mail store, saying so on the line now and then when it takes long. */
async function* working(
  account: Account,
  signal: AbortSignal,
  encode: (frame: OutgoingFrame) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  let seen = 0
  let told = 0
  let wake = (): void => {}
  const pulling = pull(account, {
    signal,
    onProgress: (messages) => {
      seen = messages
      wake()
    },
  })
  let done = false
  const finished = pulling.then(
    () => {
      done = true
      wake()
    },
    () => {
      done = true
      wake()
    },
  )
  while (!done) {
    await Promise.race([finished, new Promise<void>((resolve) => (wake = resolve))])
    if (seen - told < 1000) continue
    told = seen
    yield encode(textFrame(responseKinds.working, encodeWorking(seen)))
  }
  await pulling
}

async function readRequest(
  account: Account,
  request: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<Request> {
  const decoder = createFrameDecoder(account)
  let read: Request | undefined
  try {
    for await (const bytes of request) {
      signal.throwIfAborted()
      decoder.push(bytes)
      for (let frame = decoder.next(); frame; frame = decoder.next()) {
        for (const { kind, payload } of unbundle(frame)) {
          if (read) await takeFrame(account, read, { kind, payload })
          else if (kind !== requestKinds.hello)
            throw protocolError('a request that does not begin with a hello')
          else {
            const hello = decodeHello(payload)
            read = { hello, stale: await isStale(account, hello), entries: [], wants: [], uploads: [] }
          }
        }
      }
    }
  } catch (error) {
    const torn = decoder.torn()
    if (read && torn?.kind === requestKinds.chunk) await takeTorn(read, torn.payloadPrefix)
    throw error
  }
  if (!read) throw protocolError('an empty request')
  if (decoder.unfinished()) throw protocolError('a request that ends inside a frame')
  return read
}

async function takeFrame(account: Account, read: Request, frame: Bundled): Promise<void> {
  const { db } = account.replica
  switch (frame.kind) {
    case requestKinds.policy: {
      const name = policyName(frame.payload, account.createHash)
      decodePolicy(frame.payload)
      await db.transact(async (tx) => {
        const device = await deviceRecord(tx, read.hello)
        tx.put(keys.device(read.hello.replica), { ...device, policyDigest: name, policy: frame.payload })
      })
      return
    }
    case requestKinds.journal:
      read.entries.push(...decodeJournal(frame.payload))
      if (read.entries.length > journalLimit) throw protocolError('a journal without end')
      return
    case requestKinds.wants:
      read.wants.push(decodeWants(frame.payload))
      return
    case requestKinds.offer: {
      // Content belongs to messages that the journal makes: it has to be applied first.
      if (read.stale) return
      await pull(account)
      await applyEntries(account, read)
      read.uploads.push(await acceptUpload(account, read.hello.replica, decodeOffer(frame.payload)))
      return
    }
    case requestKinds.skeleton: {
      const { ref, skeleton, structure } = decodeSkeletonFrame(frame.payload)
      await read.uploads[ref.id]?.skeleton(skeleton, structure)
      return
    }
    case requestKinds.chunk: {
      const { ref, part, offset, bytes } = decodeChunk(frame.payload)
      await read.uploads[ref.id]?.chunk(part, offset, bytes)
      return
    }
    default:
      throw protocolError(`a request frame of the unknown kind ${frame.kind}`)
  }
}

/** The line was cut inside a stored chunk: what has arrived of it is kept (law 2). */
async function takeTorn(read: Request, prefix: Uint8Array): Promise<void> {
  if (prefix.length < tornHeadBytes) return
  const { ref, part, offset, bytes } = decodeChunk(prefix)
  await read.uploads[ref.id]?.chunk(part, offset, bytes)
}

async function deviceRecord(reader: Reader, hello: Hello): Promise<DeviceRecord> {
  const known = await reader.get<DeviceRecord>(keys.device(hello.replica))
  return known ?? { applied: 0, acknowledged: 0 }
}

/** The device's database is an old copy: its numbers would be taken for entries that were applied long ago. */
async function isStale(account: Account, hello: Hello): Promise<boolean> {
  return (await deviceRecord(account.replica.db, hello)).applied > hello.sent
}

/** Up to here the device has heard of everything, in the mailboxes that lag too. */
function heardOf({ cursor }: Hello): number {
  return Math.min(cursor.log, ...Object.values(cursor.mailboxes).map(({ log }) => log))
}

/** Applies the journal read so far, once. */
async function applyEntries(account: Account, { hello, entries }: Request): Promise<DeviceRecord> {
  const { replica } = account
  return replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'device', device: hello.replica } }
    const before = await deviceRecord(tx, hello)
    const device = { ...before, acknowledged: Math.max(before.acknowledged, heardOf(hello)) }
    const author = {
      device: hello.replica,
      structure: hello.cursor.structure,
      knows: (message: Parameters<typeof knowsMessage>[2]) =>
        knowsMessage(hello.replica, hello.cursor, message),
    }
    return applyJournal(change, author, device, entries)
  })
}

async function acceptOf(
  account: Account,
  hello: Hello,
  device: DeviceRecord | undefined,
  policy: Policy | undefined,
  stale: boolean,
): Promise<Parameters<typeof encodeAccept>[0]> {
  const { replica } = account
  if (!device)
    return { upstream: replica.id, applied: 0, needsPolicy: false, stale, results: [], pending: [] }
  return replica.db.transact(async (tx) => {
    const results: OperationResult[] = await pendingResults(tx, hello.replica, hello.acknowledged)
    const pending: PendingUpload[] = []
    const ask = async (message: MessageRecord | undefined): Promise<void> => {
      const content = message && (await getContent(tx, message.content))
      if (message && content && !content.whole)
        pending.push({ message: message.guid, held: await heldPieces(tx, content) })
    }
    for await (const { key } of tx.list({ prefix: ['arriving', hello.replica] }))
      await ask(await getMessage(tx, String(key[2])))
    // Messages whose last file was lost here: perhaps this device has them.
    for await (const { key } of tx.list({ prefix: ['partial'] }))
      for (const message of await messagesOf(tx, String(key[1])))
        if (isLive(message) && knowsMessage(hello.replica, hello.cursor, message)) await ask(message)
    return {
      upstream: replica.id,
      applied: device.applied,
      needsPolicy: policy === undefined && !hello.probe,
      stale,
      results,
      pending,
    }
  })
}
