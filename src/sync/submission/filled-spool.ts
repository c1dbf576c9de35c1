import type { ByteSource } from '../../bytes/source.js'
import { PacketboatError } from '../../errors/packetboat-error.js'
import type { Spool, SpooledMail } from './spool.js'

/**
 * A spool that this program fills itself. What a sync opens is taken: from then on it can't be held or taken back here, after a crash neither,
 * until it is removed; it stays in the list and can be opened again. What is held or damaged can't be opened.
 */
export interface FilledSpool extends Spool {
  /**
   * Durable when it gives the name. What the bytes throw goes through, and what a check of all that was written throws, and then there is nothing
   * of it.
   */
  add(mail: NewMail, bytes: AsyncIterable<Uint8Array>, check?: CheckWritten): Promise<string>
  /** Stays until then, or until it is released. Throws NOT_FOUND, and LOCKED where a sync has taken it. */
  hold(name: string, untilMs?: number): Promise<void>
  /** May go now, whatever has held it. Throws NOT_FOUND. */
  release(name: string): Promise<void>
  /** Takes a mail back for good. Throws NOT_FOUND, and LOCKED where a sync has taken it. */
  takeBack(name: string): Promise<void>
}

/** Looks at a mail as it is written down. */
export type CheckWritten = (written: ByteSource) => Promise<void>

/** What is said of mail when it is handed in. */
export interface NewMail extends Pick<SpooledMail, 'envelope' | 'urgent' | 'notBeforeMs' | 'asIs'> {
  /** Until a time by the clock here, or until it is released. */
  readonly heldUntil?: number | 'released'
}

/**
 * Whether mail that was queued then is still held back. A clock that has been set back since holds it twice as long at the most: queued by one that was a
 * year ahead, it would wait for that year.
 */
export function isHeldBack(queuedMs: number, untilMs: number, nowMs: number): boolean {
  return nowMs < untilMs && untilMs - nowMs <= 2 * (untilMs - queuedMs)
}

export function noSuchMail(name: string): PacketboatError {
  return new PacketboatError(
    'NOT_FOUND',
    `No mail "${name}" waits here to be sent.`,
    'packetboat outbox lists what does.',
  )
}

export function takenMail(name: string): PacketboatError {
  return new PacketboatError(
    'LOCKED',
    `A sync has taken the mail ${name} to send it.`,
    'When that sync has ended, packetboat outbox tells what has become of it. If none is running, run packetboat sync.',
  )
}
