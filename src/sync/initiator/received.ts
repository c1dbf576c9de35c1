import type { Guid } from '../../replica/model.js'
import type { OperationResult } from '../../replica/operation.js'
import type { Accept, Lost, PendingUpload } from '../../wire/response/accept-frame.js'
import type { Refusal } from '../../wire/response/refusal-frame.js'
import { Shapes } from '../content/shapes.js'
import type { AcceptBounds } from '../frames/accept-bounds.js'
import { type ExchangeTally, nothingCounted } from './exchange-tally.js'

/** How far an answer has come: what its next frame is read by, and what decides whether another exchange follows. */
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
  /** Some message came as a reference to something that is no longer here, or as a change of one that is unknown: asked for once more. */
  unresolved: boolean
  /** What the upstream took for held by both sides isn't, or not in the same way: nothing after that could be read. */
  unprimed: boolean
  /** Contents of which the skeleton has come, but not all that is to come: what is named there and isn't here has to be asked for. */
  readonly skeletons: Set<Guid>
  /** So many pieces of a content have to be here before all of it can be here that is to come. */
  readonly satisfiedFrom: Map<Guid, number>
  readonly shapes: Shapes
  /** The same for a person: no decision hangs on it. */
  readonly tally: ExchangeTally
}

export function nothingReceived(): Received {
  return {
    results: [],
    pending: [],
    ended: false,
    paused: false,
    mailboxes: [],
    unresolved: false,
    unprimed: false,
    skeletons: new Set(),
    satisfiedFrom: new Map(),
    shapes: new Shapes(),
    tally: nothingCounted(),
  }
}
