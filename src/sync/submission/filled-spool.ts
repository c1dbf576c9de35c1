import type { ByteSource } from '../../bytes/source.js'
import { PacketboatError } from '../../errors/packetboat-error.js'
import type { Spool, SpooledMail } from './spool.js'

/**
 * A spool that this program fills itself. Once a sync opens a submission it is taken: it can no longer be
 * held or taken back here, not even after a crash, until it is removed. It stays in the list and can be
 * opened again. What is held or damaged can't be opened.
 */
export interface FilledSpool extends Spool {
  /**
   * Returns the name once the mail is durable. Errors of `bytes` are passed on, and so are those of `check`,
   * which sees all that was written; nothing is left of the mail then.
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
 * Whether mail that was queued at `queuedMs` is still held back. If the clock has been set back since, it
 * waits at most twice as long: without that, mail queued by a clock a year ahead would wait a year.
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
