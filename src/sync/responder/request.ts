import { digestName } from '../../bytes/digest-name.js'
import { currentName } from '../../replica/ids/current-name.js'
import { messageByNumber } from '../../replica/messages.js'
import type { JournalEntry } from '../../replica/operation.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { Bundled } from '../../wire/bundle.js'
import { type ContentRef, decodeChunk, decodeSkeletonFrame } from '../../wire/content-frames.js'
import { passOver } from '../../wire/growth.js'
import { decodePrimer } from '../../wire/primer-frame.js'
import { type AskedQuestion, decodeQuestion, questionLimits } from '../../wire/question-frame.js'
import { decodeJournal, decodeOffer, type Hello, requestKinds } from '../../wire/request-frames.js'
import type { Lost } from '../../wire/response/accept-frame.js'
import type { Refusal } from '../../wire/response/refusal-frame.js'
import { decodeShore, decodeShoreFrame, type Shore } from '../../wire/shore-frame.js'
import { protocolError } from '../../wire/values.js'
import { decodeWants, type Wants } from '../../wire/wants-frame.js'
import type { Account } from '../account.js'
import { readPrimer } from '../frames/primer.js'
import { requestLimits } from '../policy/limits.js'
import { decodePolicy, defaultPolicy, type Policy, rememberedPolicies } from '../policy/policy.js'
import type { SharedHistory } from '../policy/shared-history.js'
import { cursorWithShore, hearShore, shoreNamed } from '../shore/shore-there.js'
import { scanIfReachable } from '../write/tolerate-outage.js'
import { acceptUpload, type Upload } from './accept-upload.js'
import { applyEntries } from './apply-entries.js'
import { ContentGauge } from './content-gauge.js'
import { deviceRecord, findLoss, meetAgain, translateCursor } from './device-handshake.js'
import { GatheredWants } from './gathered-wants.js'

/** A torn chunk shorter than this may lack some of its own head, and isn't worth keeping anyway. */
const tornHeadBytes = 64

/** What has been read of a request so far. */
export interface Request {
  readonly hello: Hello
  /** The request is meant for another upstream, or one side has lost its memory: nothing of it is applied. */
  readonly refused: boolean
  readonly lost: Lost | undefined
  /** What is ashore for the device isn't known by the name that it says: nothing of the request is applied. */
  readonly needsShore: boolean
  /** Windows outside of which all of that was found to be. */
  readonly shoreWindows: readonly string[]
  readonly entries: readonly JournalEntry[]
  /** One for each mailbox. */
  readonly wants: readonly Wants[]
  readonly questions: readonly AskedQuestion[]
  /** What the device would like to let go of. */
  readonly vouch: Shore | undefined
  /** Why some of it was left out. */
  readonly refusal: Refusal | undefined
}

/** A request while it is read. */
export interface Reading extends Pick<Request, 'refused' | 'lost'> {
  /** Its cursor tells what is ashore from what is known, as soon as that is known here. */
  hello: Hello
  needsShore: boolean
  shoreWindows: readonly string[]
  shores: number
  readonly entries: JournalEntry[]
  journalBytes: number
  policies: number
  readonly wants: GatheredWants
  readonly questions: AskedQuestion[]
  vouch: Shore | undefined
  /** The message that was offered last, by its place among all offers: what follows is its content. Offers come behind the journal. */
  upload: { readonly id: number; readonly to: Upload } | undefined
  gauge: ContentGauge | undefined
  refusal: Refusal | undefined
  /** No more of what is to come is taken: the answer says so at once. */
  isFull: boolean
}

/** The primer's bytes; undefined when some aren't here, and then the uploads that need them are asked for again without a primer. */
export async function primerBytes(
  account: Account,
  payload: Uint8Array,
  { allow }: Hello,
): Promise<Uint8Array | undefined> {
  const { db } = account.replica
  const read = (): Promise<Uint8Array | undefined> =>
    readPrimer(account, decodePrimer(payload), 0, async ({ mailbox, number }) =>
      messageByNumber(db, await currentName(db, mailbox), number),
    )
  const bytes = await read()
  if (bytes) return bytes
  // Filed elsewhere, perhaps, since the mail store was looked at last: what is answered often is.
  await scanIfReachable(account, { allow })
  return read()
}

export async function takeHello(
  account: Account,
  said: Hello,
  pairing: string | undefined,
): Promise<Reading> {
  const { db } = account.replica
  return db.transact(async (tx) => {
    const { id } = await tables.replica.get(tx).then((record) => record ?? { id: '' })
    const strange = said.upstream !== undefined && said.upstream !== id
    const lost = strange ? undefined : await findLoss(tx, said)
    const hello = { ...said, cursor: await translateCursor(tx, said.cursor) }
    const refused = strange || lost !== undefined
    // In the same transaction: from here on nobody forgets what this device hasn't heard of.
    if (!refused) await meetAgain(tx, hello, account.replica.now(), pairing)
    return {
      ...(await withShore(tx, hello)),
      refused,
      lost,
      shores: 0,
      entries: [],
      journalBytes: 0,
      policies: 0,
      wants: new GatheredWants(),
      questions: [],
      vouch: undefined,
      upload: undefined,
      gauge: undefined,
      refusal: undefined,
      isFull: false,
    }
  })
}

export async function takeFrame(
  account: Account,
  read: Reading,
  frame: Bundled,
  signal: AbortSignal,
): Promise<void> {
  const { db } = account.replica
  const device = read.hello.replica
  if (read.refused) return
  switch (frame.kind) {
    case requestKinds.policy: {
      if (++read.policies > requestLimits.policies) throw protocolError('one policy after the other')
      const name = digestName(frame.payload, account.createHash)
      decodePolicy(frame.payload)
      await db.transact(async (tx) => {
        const record = await deviceRecord(tx, device)
        const { policies: known = [] } = record
        if (known.some((other) => other.name === name)) return
        const policies = [...known, { name, policy: frame.payload }].slice(-rememberedPolicies)
        tables.device.put(tx, device, { ...record, policies })
      })
      return
    }
    case requestKinds.shore: {
      if (++read.shores > requestLimits.policies) throw protocolError('one shore after the other')
      const shore = decodeShoreFrame(frame.payload)
      await db.transact(async (tx) => {
        await hearShore(tx, device, shore, account.createHash)
        if (read.needsShore) Object.assign(read, await withShore(tx, read.hello))
      })
      return
    }
    case requestKinds.journal:
      read.journalBytes += frame.payload.length
      if (read.journalBytes > requestLimits.journalBytes) throw protocolError('a journal without end')
      for (const entry of decodeJournal(frame.payload)) read.entries.push(entry)
      if (read.entries.length > requestLimits.journalEntries) throw protocolError('a journal without end')
      return
    case requestKinds.wants: {
      const wants = decodeWants(frame.payload)
      const mailbox = await currentName(db, wants.mailbox)
      read.wants.add({ ...wants, mailbox })
      return
    }
    case requestKinds.question:
      if (read.questions.length >= questionLimits.questions) throw protocolError('questions without end')
      read.questions.push(decodeQuestion(frame.payload))
      return
    case requestKinds.vouch:
      read.vouch = decodeShore(frame.payload)
      return
    case requestKinds.offer:
      if (read.needsShore) {
        read.isFull = true
        return
      }
      // Content belongs to messages that the journal makes: it has to be applied first.
      if (!read.upload) {
        await scanIfReachable(account, { allow: read.hello.allow })
        read.refusal = await applyEntries(account, read, signal)
      } else await read.upload.to.end()
      read.gauge ??= await ContentGauge.begin(account, device)
      read.upload = {
        id: (read.upload?.id ?? -1) + 1,
        to: await acceptUpload(
          account,
          device,
          decodeOffer(frame.payload),
          await sharedBy(db, read.hello),
          read.gauge,
        ),
      }
      // Its entry waits at the device, and so does its content.
      if (read.refusal && !read.upload.to.isAwaited) read.isFull = true
      return
    case requestKinds.skeleton: {
      const { ref, skeleton, structure } = decodeSkeletonFrame(frame.payload)
      await uploadOf(read, ref)?.skeleton(skeleton, structure)
      stopWhereFull(read)
      return
    }
    case requestKinds.chunk: {
      const { ref, part, offset, bytes } = decodeChunk(frame.payload)
      await uploadOf(read, ref)?.chunk(part, offset, bytes)
      stopWhereFull(read)
      return
    }
    default:
      passOver(frame.kind, 'request')
  }
}

/** What a device that says this knows, and what is ashore for it. */
async function withShore(
  reader: Reader,
  hello: Hello,
): Promise<Pick<Reading, 'hello' | 'needsShore' | 'shoreWindows'>> {
  if (hello.shore === undefined) return { hello, needsShore: false, shoreWindows: [] }
  const named = await shoreNamed(reader, hello.replica, hello.shore)
  if (!named) return { hello, needsShore: true, shoreWindows: [] }
  const cursor = await cursorWithShore(reader, hello.cursor, named.shore)
  return { hello: { ...hello, cursor }, needsShore: false, shoreWindows: named.windows }
}

function stopWhereFull(read: Reading): void {
  if (!read.gauge?.refusal) return
  read.refusal = read.gauge.refusal
  read.isFull = true
}

/** Content of anything but what was offered last falls on the floor. */
function uploadOf({ upload }: Reading, { id }: ContentRef): Upload | undefined {
  return upload?.id === id ? upload.to : undefined
}

/** The policy that a device goes by; undefined where it has to say it. */
export async function policyOf(reader: Reader, { replica, policy }: Hello): Promise<Policy | undefined> {
  const { policies } = await deviceRecord(reader, replica)
  const known = policies?.find(({ name }) => name === policy)
  return known && decodePolicy(known.policy)
}

/** Between which mail bytes may be saved, as far as the device has said. */
export async function sharedBy(reader: Reader, hello: Hello): Promise<SharedHistory> {
  return ((await policyOf(reader, hello)) ?? defaultPolicy).sharedHistory
}

/** The line was cut inside a stored chunk: what has arrived of it is kept (law 2). */
export async function takeTorn(read: Reading, prefix: Uint8Array): Promise<void> {
  if (prefix.length < tornHeadBytes) return
  const { ref, part, offset, bytes } = decodeChunk(prefix)
  await uploadOf(read, ref)?.chunk(part, offset, bytes)
}
