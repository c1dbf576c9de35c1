import type { Guid } from '../../replica/model.js'
import type { Totals } from '../../wire/response/progress-frames.js'
import type { Traffic } from '../frames/traffic.js'

/** What one exchange has brought so far, in numbers for whoever watches or keeps account of it. */
export interface ExchangeTally {
  /** Messages that the other side has read of its mail store so far; undefined while it answers. */
  working: number | undefined
  listed: number
  changed: number
  /** Mailboxes that were told of: made, changed or deleted. */
  structured: number
  /** Messages here that the upstream knows under another name: matched by their digests. */
  matched: number
  /** Contents that went up in the same exchange. */
  uploaded: number
  /** Messages that became complete, and their bytes. */
  contents: number
  contentBytes: number
  /** Messages whose first text became complete. */
  texts: number
  /** Bytes of the answer's frames taken over so far; and at which of them the last message was listed and the last text came. */
  answerBytes: number
  listedAt: number
  textsAt: number
  /** What the upstream has said that the answer comes to. Not said of a small one. */
  totals?: Totals
  /** Payload that has come. */
  payloadBytes: number
  /** How much of it was sent as it stands. */
  storedBytes: number
  /** What the rest took on the line. */
  textWireBytes: number
  /** Parts of listed messages that the policy doesn't let through. */
  readonly deferred: { parts: number; bytes: number }
  /** What each mailbox had of the line. */
  readonly traffic: Traffic
  /** What the last bytes belonged to. */
  item?: {
    readonly id: Guid
    readonly envelope: Uint8Array | undefined
    readonly sizeBytes: number
    readonly heldBytes: number
  }
}

export function nothingCounted(): ExchangeTally {
  return {
    working: 0,
    listed: 0,
    changed: 0,
    structured: 0,
    matched: 0,
    uploaded: 0,
    contents: 0,
    contentBytes: 0,
    texts: 0,
    answerBytes: 0,
    listedAt: 0,
    textsAt: 0,
    payloadBytes: 0,
    storedBytes: 0,
    textWireBytes: 0,
    deferred: { parts: 0, bytes: 0 },
    traffic: new Map(),
  }
}
