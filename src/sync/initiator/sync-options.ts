import type { Guid } from '../../replica/model.js'
import type { HeldBack, Lost } from '../../wire/response/accept-frame.js'
import type { Refusal } from '../../wire/response/refusal-frame.js'
import type { Evicted } from '../evict/evict.js'
import type { BeginLettingGo } from '../evict/letting-go.js'
import type { Stays } from '../evict/stays.js'
import type { Carrier } from '../link.js'
import type { Policy } from '../policy/policy.js'
import type { PictureSettings } from '../submission/pictures.js'
import type { Spool } from '../submission/spool.js'
import type { ExchangeTally } from './exchange-tally.js'

/** What a sync is asked for, and what it comes to. */

export interface SyncOptions {
  readonly link: Carrier
  readonly policy: Policy
  /** The pairing by which the upstream is asked. It leads to one account. */
  readonly pairing?: string
  /** Mailbox patterns that narrow this run. */
  readonly only?: readonly string[]
  /** Parts that a person wants are not asked for: they wait for another run. */
  readonly withoutWanted?: boolean
  /** Patterns of mailboxes from which any number of messages may be expunged, here and there. */
  readonly allow?: readonly string[]
  /** Holds mail that waits to be sent. */
  readonly spool?: Spool
  /** What becomes of pictures in mail that is taken out of it. */
  readonly pictures?: PictureSettings
  readonly signal?: AbortSignal
  /**
   * Fires when no more of what has arrived is to be written to the mail store: the next sync writes the rest.
   * By default all of it is written, also after `signal` has fired.
   */
  readonly stopWriting?: AbortSignal
  /** The line is slower than codec 2, which takes fewer bytes and more work. */
  readonly mix?: boolean
  /** Bytes of frames that may still cross, up and down together. Asked before each exchange. */
  readonly bytesLeft?: () => number
  /** Called when the mail store has been looked at, before anything crosses the line. */
  readonly onScanned?: () => Promise<void>
  /** Called around the work that takes messages off this disk, as far as nothing speaks against it then: it returns how many went, and so does this. */
  readonly onLeaving?: (guids: readonly Guid[], work: () => Promise<Evicted>) => Promise<Evicted>
  /** Called when all has been done, before what is gone is forgotten. */
  readonly onSettled?: () => Promise<void>
  /** Called after every durable step. */
  readonly onProgress?: (received: ExchangeTally) => void
  /** When more bytes of content than this go up, the rest waits until new mail has come. */
  readonly smallUploadBytes?: number
  /** What may go from this disk (`letGoBy`). Nothing, unless it is said. */
  readonly evict?: BeginLettingGo
  /**
   * How often mail that has arrived is written to the mail store while more is coming, in ms; less often
   * where writing takes long. 0: after every transaction.
   */
  readonly showEveryMs?: number
}

export interface SyncReport {
  readonly exchanges: number
  readonly listed: number
  readonly changed: number
  /** Things found done in the local mail store. */
  readonly found: number
  /** Operations and contents that waited to go up when the run began. */
  readonly sent: number
  /** How many of these changed known mail and mailboxes, rather than adding messages. */
  readonly done: number
  /** Contents of which bytes went up. */
  readonly uploaded: number
  /** Messages here that turned out to be ones of the upstream's. */
  readonly matched: number
  /** Files written, renamed or removed in the local mail store. */
  readonly written: number
  readonly upstreamSettled: boolean
  /** Mailboxes from which more had gone, here or there, than the guard lets through: all of that stays as it was. */
  readonly heldBack: readonly (HeldBack & { readonly at?: 'endpoint' })[]
  /** Messages that went from this disk to make room: the endpoint has them. */
  readonly evicted: number
  /** What was to go as well and stays, where somebody has asked for it by hand. */
  readonly stays?: Stays
  /** There was more to fetch or send than `bytesLeft` allowed. */
  readonly paused: boolean
  /** The mail server beside the endpoint is away, or refused something: what it says of that. */
  readonly trouble?: string
  /** What the endpoint did not take of what went up, and why. All else was synced. */
  readonly refusal?: Refusal
  /** One side had lost its memory, and both were compared. */
  readonly healed?: Lost | 'endpoint'
  /** Messages and mailboxes that can't take part now, here and at the endpoint. */
  readonly problems: number
}
