import { fromHex, toHex } from '../bytes/hex.js'
import { ByteReader, ByteWriter } from '../bytes/varint.js'
import type { Guid } from '../replica/model.js'
import type { JournalEntry } from '../replica/operation.js'
import type { Cursor } from '../replica/records.js'
import { refuseEvenBits, sumBits } from './growth.js'
import { readEntry, writeEntry } from './operations.js'
import {
  protocolError,
  readGuid,
  readMany,
  readPatterns,
  readRanges,
  writeGuid,
  writeMany,
  writeRanges,
} from './values.js'

/** What the initiator sends, frame by frame; each a pair of pure functions. docs/PROTOCOL.md "Request". */

export const requestKinds = {
  hello: 1,
  policy: 2,
  journal: 3,
  wants: 4,
  offer: 5,
  skeleton: 6,
  chunk: 7,
  primer: 8,
  end: 9,
  shore: 10,
  question: 24,
  vouch: 25,
} as const

/** The version of the frames. 0.1.0 spoke 1. */
export const protocolVersion = 5

/** What a hello says by single bits. */
export const helloBits = {
  upstream: 1,
  probe: 2,
  only: 4,
  token: 8,
  allow: 16,
  aside: 32,
  more: 64,
  budget: 128,
  dry: 256,
  frameSize: 512,
  mix: 1024,
  problems: 2048,
  plain: 4096,
  outbox: 8192,
  shore: 16_384,
  numbers: 32_768,
} as const

/** Always the first frame. */
export interface Hello {
  readonly version: number
  readonly replica: Guid
  /** The upstream whose log the cursor speaks of; undefined at the first meeting. */
  readonly upstream?: Guid
  /** Results of journal entries up to here have been heard. */
  readonly acknowledged: number
  /**
   * What was ever sent of the journal and not yet acknowledged, with the last acknowledged batch. By these
   * the upstream finds out that it is talking to an old copy of a database, or to one of two copies.
   */
  readonly batches: readonly Batch[]
  /** The last that the upstream gave, 4 bytes: how it finds out that its own database is an old copy. */
  readonly token?: number
  /** `mailboxes` only holds exceptions that matter to this run. */
  readonly cursor: Cursor
  /** The lowest log among the exceptions that were left out since this run is narrowed: what was expunged after it isn't heard of. */
  readonly aside?: number
  /** First 8 bytes of the policy's SHA-256, hex. The policy itself follows when the upstream asks for it. */
  readonly policy: string
  /** Other frames follow, the last of them an `end`. Else the hello is all of the request. */
  readonly more: boolean
  /** Only asks which of the uploads that were cut the upstream has; nothing is sent down. */
  readonly probe: boolean
  /** A primer has not worked out: none is to come. */
  readonly plain: boolean
  /** Mailbox patterns that narrow this run; empty: all that are selected. */
  readonly only: readonly string[]
  /** Patterns of mailboxes from which more than a share may be expunged in one go. */
  readonly allow: readonly string[]
  /** Only asks what would come down: nothing but wants goes up, and nothing is applied. */
  readonly dry: boolean
  /** The line is slower than codec 2: the answer may use it. */
  readonly mix: boolean
  /** The answer ends before it comes to more bytes of frames than this, whatever is left to send. */
  readonly budget?: number
  /** The most bytes of payload in a text frame of the answer, in whole kB; undefined: what suits a slow line. */
  readonly frameBytes?: number
  /** The name under which the upstream last told what can't take part there. */
  readonly problems?: number
  /** The name under which the upstream last told of its outbox. */
  readonly outbox?: number
  /** First 8 bytes of the SHA-256 of what is ashore, hex; undefined: nothing is. */
  readonly shore?: string
  /** An accept may say which numbers messages have got. */
  readonly numbers?: true
}

/** Journal entries that went up together. */
export interface Batch {
  /** The last number in it. */
  readonly end: number
  /** 4 random bytes. */
  readonly nonce: number
}

export function encodeHello(hello: Hello): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(hello.version)
  writeGuid(writer, hello.replica)
  writer.varint(
    sumBits(helloBits, {
      upstream: hello.upstream !== undefined,
      probe: hello.probe,
      only: hello.only.length > 0,
      token: hello.token !== undefined,
      allow: hello.allow.length > 0,
      aside: hello.aside !== undefined,
      more: hello.more,
      budget: hello.budget !== undefined,
      dry: hello.dry,
      frameSize: hello.frameBytes !== undefined,
      mix: hello.mix,
      problems: hello.problems !== undefined,
      plain: hello.plain,
      outbox: hello.outbox !== undefined,
      shore: hello.shore !== undefined,
      numbers: hello.numbers,
    }),
  )
  if (hello.upstream !== undefined) writeGuid(writer, hello.upstream)
  if (hello.token !== undefined) writer.u32(hello.token)
  writer.varint(hello.acknowledged)
  writeMany(writer, hello.batches, (_, { end, nonce }) => {
    writer.varint(end)
    writer.u32(nonce)
  })
  writer.varint(hello.cursor.log)
  writer.varint(hello.cursor.structure)
  writeMany(writer, Object.entries(hello.cursor.mailboxes), (_, [mailbox, cursor]) => {
    writeGuid(writer, mailbox)
    writer.varint(cursor.log)
    writeRanges(writer, cursor.missing)
  })
  writer.raw(fromHex(hello.policy))
  for (const patterns of [hello.only, hello.allow])
    if (patterns.length > 0) writeMany(writer, patterns, (_, pattern) => writer.text(pattern))
  if (hello.aside !== undefined) writer.varint(hello.aside)
  if (hello.budget !== undefined) writer.varint(hello.budget)
  if (hello.frameBytes !== undefined) writer.varint(Math.floor(hello.frameBytes / 1024))
  if (hello.problems !== undefined) writer.u32(hello.problems)
  if (hello.outbox !== undefined) writer.u32(hello.outbox)
  if (hello.shore !== undefined) writer.raw(fromHex(hello.shore))
  return writer.finish()
}

export function decodeHello(payload: Uint8Array): Hello {
  const reader = new ByteReader(payload)
  const version = reader.varint()
  if (version !== protocolVersion)
    throw protocolError(`protocol version ${version} (this side speaks ${protocolVersion})`)
  const replica = readGuid(reader)
  const bits = reader.varint()
  refuseEvenBits(bits, helloBits, 'its hello')
  const has = (name: keyof typeof helloBits): boolean => (bits & helloBits[name]) !== 0
  const upstream = has('upstream') ? readGuid(reader) : undefined
  const token = has('token') ? reader.u32() : undefined
  const acknowledged = reader.varint()
  const batches = readMany(reader, () => ({ end: reader.varint(), nonce: reader.u32() }))
  const log = reader.varint()
  const structure = reader.varint()
  const mailboxes = Object.fromEntries(
    readMany(
      reader,
      () => [readGuid(reader), { log: reader.varint(), missing: readRanges(reader) }] as const,
    ),
  )
  const policy = toHex(reader.raw(8))
  const only = has('only') ? readPatterns(reader) : []
  const allow = has('allow') ? readPatterns(reader) : []
  const aside = has('aside') ? reader.varint() : undefined
  const budget = has('budget') ? reader.varint() : undefined
  const frameBytes = has('frameSize') ? 1024 * Math.min(256, reader.varint()) : undefined
  const problems = has('problems') ? reader.u32() : undefined
  const outbox = has('outbox') ? reader.u32() : undefined
  return {
    version,
    replica,
    ...(upstream !== undefined && { upstream }),
    ...(token !== undefined && { token }),
    acknowledged,
    batches,
    cursor: { log, structure, mailboxes },
    ...(aside !== undefined && { aside }),
    policy,
    more: has('more'),
    probe: has('probe'),
    plain: has('plain'),
    dry: has('dry'),
    mix: has('mix'),
    only,
    allow,
    ...(budget !== undefined && { budget }),
    ...(frameBytes !== undefined && { frameBytes }),
    ...(problems !== undefined && { problems }),
    ...(outbox !== undefined && { outbox }),
    ...(has('shore') && { shore: toHex(reader.raw(8)) }),
    ...(has('numbers') && { numbers: true }),
  }
}

export function encodeJournal(entries: readonly JournalEntry[]): Uint8Array {
  const writer = new ByteWriter()
  writeMany(writer, entries, writeEntry)
  return writer.finish()
}

export function decodeJournal(payload: Uint8Array): JournalEntry[] {
  return readMany(new ByteReader(payload), readEntry)
}

/** Content going up. Frames that follow speak of the n-th offered message as content {scope 0, id n}. */
export function encodeOffer(message: Guid): Uint8Array {
  return fromHex(message)
}

export function decodeOffer(payload: Uint8Array): Guid {
  return readGuid(new ByteReader(payload))
}
