import { randomBytes } from 'node:crypto'
import type { Guid } from '../../src/replica/model.js'
import type { JournalEntry, Operation } from '../../src/replica/operation.js'
import { defaultPolicy, encodePolicy, nameOfPolicy, type Policy } from '../../src/sync/policy/policy.js'
import { bundleKind, encodeBundle } from '../../src/wire/bundle.js'
import { loadZstd } from '../../src/wire/compression/zstd.js'
import { createFrameEncoder } from '../../src/wire/frame-encoder.js'
import { encodeQuestion, questionLimits } from '../../src/wire/question-frame.js'
import {
  encodeHello,
  encodeJournal,
  encodeOffer,
  type Hello,
  protocolVersion,
  requestKinds,
} from '../../src/wire/request-frames.js'
import { encodeWants, type Wants } from '../../src/wire/wants-frame.js'
import { sha256 } from './device.js'

export type Frames = readonly (readonly [kind: number, payload: Uint8Array])[]

/** Frames as they go over the line, made before anything is measured. */
export async function streamOf(frames: Frames, mix = false): Promise<Uint8Array[]> {
  const { encode } = createFrameEncoder({ codec: await loadZstd(), createHash: sha256, mix })
  const stream = frames.map(([kind, payload]) => encode(kind, payload, 'text'))
  return [...stream, encode(requestKinds.end, new Uint8Array(), 'stored')]
}

export const bytesOf = (stream: readonly Uint8Array[]): number =>
  stream.reduce((sum, { length }) => sum + length, 0)

export const newGuid = (): Guid => randomBytes(16).toString('hex')

export const many = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n))

export function hello(changes: Partial<Hello> = {}): Frames[number] {
  const payload = encodeHello({
    version: protocolVersion,
    replica: newGuid(),
    acknowledged: 0,
    batches: [],
    cursor: { log: 0, structure: 0, mailboxes: {} },
    policy: '0'.repeat(16),
    more: true,
    probe: false,
    plain: true,
    dry: false,
    mix: false,
    only: [],
    allow: [],
    ...changes,
  })
  return [requestKinds.hello, payload]
}

export const numbered = (operations: readonly Operation[]): JournalEntry[] =>
  operations.map((operation, index) => ({ number: index + 1, operation }))

/** One of many that begin alike, as those that one device makes in one moment. */
export const guidFrom = (start: Guid, n: number): Guid => start.slice(0, 24) + n.toString(16).padStart(8, '0')

/** A device that comes for the first time and has done all this meanwhile. */
export function journal(
  entries: readonly JournalEntry[],
  { each = 2000, policy = defaultPolicy }: { readonly each?: number; readonly policy?: Policy } = {},
): Frames {
  const frames = many(Math.ceil(entries.length / each), (n): Frames[number] => [
    requestKinds.journal,
    encodeJournal(entries.slice(each * n, each * (n + 1))),
  ])
  return [...met({ batches: [{ end: entries.length, nonce: 5 }] }, policy), ...frames]
}

/** With a policy, so that an answer follows. */
export function met(changes: Partial<Hello> = {}, policy: Policy = defaultPolicy): Frames {
  return [
    hello({ policy: nameOfPolicy(policy, sha256), ...changes }),
    [requestKinds.policy, encodePolicy(policy)],
  ]
}

export const rangesOf = (count: number): Frames[number] =>
  wants({
    tiers: [{ tier: 1, messages: many(count, (n) => ({ from: 2 * n + 1, to: 2 * n + 2 })) }],
    parts: [],
  })

export const partsOf = (count: number): Frames[number] =>
  wants({
    tiers: [],
    parts: many(count, () => ({ message: 1, part: 0, offset: 0, urgent: false, named: false })),
  })

function wants(wanted: Omit<Wants, 'mailbox'>): Frames[number] {
  return [requestKinds.wants, encodeWants({ mailbox: '07'.repeat(16), ...wanted })]
}

export const zeros: Frames[number] = [requestKinds.chunk, new Uint8Array(256 * 1024)]

export const offers = (count: number): Frames[number] => [
  bundleKind,
  encodeBundle(many(count, () => ({ kind: requestKinds.offer, payload: encodeOffer(newGuid()) }))),
]

/** As many senders with stars as a policy may name, and long. */
export function starredPolicy(): Policy {
  const pattern = `*${'a'.repeat(900)}b`
  return {
    ...defaultPolicy,
    rules: many(100, () => ({ mailboxes: [], from: [pattern, pattern], limits: [] })),
  }
}

/** Patterns of mailboxes that nearly match a long name of one letter, wherever they begin. */
export const starredSelection: Policy = {
  ...defaultPolicy,
  select: many(250, () => `*${'a'.repeat(450)}b`),
}

/** As many windows as a policy may have, each with patterns that nearly match a long name of one letter. */
export const starredWindows: Policy = {
  ...defaultPolicy,
  windows: many(100, () => ({ mailboxes: many(2, () => `*${'a'.repeat(450)}b`), keep: { days: 1 } })),
}

/** As many questions as a request may have, of as many words as fit in, all of which every mail has. */
export const questions = (): Frames => {
  const text = 'the text of message '.repeat(questionLimits.textBytes / 20)
  const asked = many(questionLimits.questions, (n): Frames[number] => {
    const { most, mostBytes } = questionLimits
    return [requestKinds.question, encodeQuestion({ number: n + 1, text, most, mostBytes })]
  })
  return [...met(), ...asked]
}
