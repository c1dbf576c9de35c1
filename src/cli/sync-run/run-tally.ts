import type { ErrorCode } from '../../errors/packetboat-error.js'
import type { LinkProfile } from '../../link/profile/link-profile.js'
import type { PictureFate } from '../../replica/submission/submission.js'
import { type Traffic, trafficOf } from '../../sync/frames/traffic.js'
import type { ExchangeTally } from '../../sync/initiator/exchange-tally.js'
import type { WaitingTotals } from '../../told/waiting-parts.js'
import type { RunWatch } from '../log/run-watch.js'
import type { OutboxNews } from '../outbox/outbox-news.js'
import type { MailboxUsage } from '../usage/usage-entry.js'

/** What a run has cost and brought so far, over all its connections: there whether or not it comes to its end. */
export interface RunTally {
  readonly startedMs: number
  /** What is known of the link that it goes over. */
  readonly link: LinkProfile
  attempts: number
  /** TCP payload with TLS and HTTP, bytes. */
  up: number
  down: number
  /** One for each exchange that has brought anything. */
  readonly exchanges: Set<ExchangeTally>
  /** What became of pictures in mail that it took out of the spool. */
  readonly pictures: PictureFate[]
  /** Writes down what becomes of messages. */
  watch?: RunWatch
  /** What the person has been told, once it was. */
  told: RunEnd | undefined
  /** Came to its end, but for what the error of this code names. */
  left?: ErrorCode
  /** The run only asks what would move. */
  dry?: true
}

/** How things stand at the end of a run. */
export interface RunEnd {
  /** What each mailbox had of it, by its name now. */
  readonly mailboxes: Readonly<Record<string, MailboxUsage>>
  readonly waits: WaitingTotals
  /** What became of mail to be sent. */
  readonly outbox: OutboxNews
}

export function createTally(nowMs: number, link: LinkProfile): RunTally {
  return {
    startedMs: nowMs,
    link,
    attempts: 0,
    up: 0,
    down: 0,
    exchanges: new Set(),
    pictures: [],
    told: undefined,
  }
}

/** Traffic by mailbox, under the names that mailboxes had when it was counted. */
export function trafficOfRun({ exchanges }: RunTally): Traffic {
  const sum: Traffic = new Map()
  for (const { traffic } of exchanges)
    for (const [mailbox, { messages, up, down }] of traffic) {
      const of = trafficOf(sum, mailbox)
      of.messages += messages
      of.up += up
      of.down += down
    }
  return sum
}
