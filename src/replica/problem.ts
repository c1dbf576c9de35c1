import type { ErrorCode } from '../errors/packetboat-error.js'

/**
 * A message or mailbox that can't take part now, because it can't be read or written. It stops nothing else,
 * is never taken for a deletion, and is reported to the person until it is over (laws 11 and 12).
 */
export interface Problem {
  readonly code: ErrorCode
  /** What is wrong, and what to do: for the person. */
  readonly reason: string
  readonly next: string
  /** The mailbox, as the person knows it. */
  readonly mailbox: string
  /** The message in it, where it is only one: a file's name, a UID, a subject. */
  readonly item?: string
  /** What it is about holds no mail: it is left alone and told, but nothing is missing because of it. */
  readonly harmless?: boolean
}

/** Times are only shown, and space out the tries. */
export interface ProblemRecord extends Problem {
  readonly sinceMs: number
  readonly triedMs: number
  readonly tries: number
}

/**
 * Where a problem was met: while reading the mail store here, while writing it, while sending up what the
 * upstream waits for, in the spool of mail that was handed in, or at the upstream, which reports it.
 */
export type ProblemSide = 'read' | 'write' | 'upload' | 'spool' | 'upstream'
