import type { Guid } from '../../replica/model.js'
import type { OperationResult } from '../../replica/operation.js'
import type { Accept, Lost, PendingUpload } from '../../wire/response/accept-frame.js'
import type { Totals } from '../../wire/response/progress-frames.js'
import type { Refusal } from '../../wire/response/refusal-frame.js'
import { Shapes } from '../content/shapes.js'
import type { AcceptBounds } from '../frames/accept-bounds.js'
import type { Traffic } from '../frames/traffic.js'

/** What an answer has brought so far. */
export interface Received {
  accept?: Accept
  /** Of an accept, however many frames it has. */
  readonly results: OperationResult[]
  readonly pending: PendingUpload[]
  /** What these may come to, once somebody has looked. */
  acceptBounds?: AcceptBounds
  /** What the upstream did not take of the request; all of it, where no accept came. */
  refusal?: Refusal
  /** Not all parts were asked for that are wanted: so many are. */
  wantedParts?: number
  ended: boolean
  /** It stopped where the budget did. */
  paused: boolean
  /** Mailboxes in order of their `open` frames. */
  readonly mailboxes: Guid[]
  /** One of the two had lost its memory: what was said so far counts for nothing, and the next exchange compares everything. */
  healed?: Lost | 'endpoint'
  listed: number
  changed: number
  /** Mailboxes that were told of: made, changed or deleted. */
  structured: number
  /** Messages here that the upstream knows under another name: matched by their digests. */
  matched: number
  /** Contents that went up in the same exchange. */
  uploaded: number
  /** Messages that became complete. */
  contents: number
  /** Messages whose first text became complete. */
  texts: number
  /** Bytes of the answer's frames that have been taken over, and where among them the last message was listed and the last text came. */
  answerBytes: number
  listedAt: number
  textsAt: number
  /** Messages that the other side has read of its mail store so far, while it says so. */
  working: number
  /** Some message came as a reference to something that is no longer here, or as a change of one that is unknown: asked for once more. */
  unresolved: boolean
  /** What the upstream took for held by both sides isn't, or not in the same way: nothing after that could be read. */
  unprimed: boolean
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
  /** Contents of which the skeleton has come, but not all that is to come: what is named there and isn't here has to be asked for. */
  readonly skeletons: Set<Guid>
  /** What the last bytes belonged to, for the person who watches. */
  item?: {
    readonly id: Guid
    readonly envelope: Uint8Array | undefined
    readonly sizeBytes: number
    readonly heldBytes: number
  }
  /** So many pieces of a content have to be here before all of it can be here that is to come. */
  readonly satisfiedFrom: Map<Guid, number>
  readonly shapes: Shapes
}

export function nothingReceived(): Received {
  return {
    results: [],
    pending: [],
    ended: false,
    paused: false,
    mailboxes: [],
    listed: 0,
    changed: 0,
    structured: 0,
    matched: 0,
    uploaded: 0,
    contents: 0,
    texts: 0,
    answerBytes: 0,
    listedAt: 0,
    textsAt: 0,
    working: 0,
    unresolved: false,
    payloadBytes: 0,
    storedBytes: 0,
    textWireBytes: 0,
    deferred: { parts: 0, bytes: 0 },
    traffic: new Map(),
    skeletons: new Set(),
    satisfiedFrom: new Map(),
    shapes: new Shapes(),
    unprimed: false,
  }
}
