import { ByteReader } from '../../bytes/varint.js'
import type { Guid } from '../../replica/model.js'
import { type Bundled, unbundle } from '../../wire/bundle.js'
import type { Frame } from '../../wire/frame.js'
import { responseKinds } from '../../wire/response/kinds.js'

/** What one mailbox had of an exchange. Bytes are those of its frames, without what carries them (TLS, HTTP). */
export interface MailboxTraffic {
  /** Messages that were listed. */
  messages: number
  down: number
  up: number
}

export type Traffic = Map<Guid, MailboxTraffic>

export function trafficOf(traffic: Traffic, mailbox: Guid): MailboxTraffic {
  const known = traffic.get(mailbox)
  if (known) return known
  const fresh = { messages: 0, down: 0, up: 0 }
  traffic.set(mailbox, fresh)
  return fresh
}

/** A frame out of a bundle, with its share of what the bundle took on the line. */
export interface Weighed extends Bundled {
  readonly wireBytes: number
}

/** The frames of a bundle, or one by itself. A bundle is compressed as a whole, so the shares go by payload. */
export function weighed(frame: Frame): Weighed[] {
  const parts = unbundle(frame)
  const whole = parts.reduce((sum, { payload }) => sum + payload.length + 1, 0)
  return parts.map((part) => ({ ...part, wireBytes: (frame.wireBytes * (part.payload.length + 1)) / whole }))
}

/** Kinds that begin with the index of their mailbox. */
const ofMailbox: ReadonlySet<number> = new Set([
  responseKinds.changes,
  responseKinds.list,
  responseKinds.links,
  responseKinds.skeleton,
  responseKinds.chunk,
  responseKinds.gist,
])

/** Counts a frame that has been taken to its mailbox, where it has one. `mailboxes` is in the order of `open` frames. */
export function countDown(traffic: Traffic, mailboxes: readonly Guid[], frame: Weighed): void {
  if (!ofMailbox.has(frame.kind)) return
  const mailbox = mailboxes[new ByteReader(frame.payload).varint()]
  if (mailbox !== undefined) trafficOf(traffic, mailbox).down += frame.wireBytes
}

/** Counts bytes that went up to mailboxes, by the payload that each had in them. */
export function countUp(traffic: Traffic, wireBytes: number, payloads: ReadonlyMap<Guid, number>): void {
  let whole = 0
  for (const bytes of payloads.values()) whole += bytes
  for (const [mailbox, bytes] of payloads) trafficOf(traffic, mailbox).up += (wireBytes * bytes) / whole
}
