import { type ErrorCode, hasCode, PacketboatError } from '../errors/packetboat-error.js'
import type { ProblemRecord } from '../replica/problem.js'

/** Errors of the whole mail store, the database or the run: nothing else can be done either. */
const ofEverything: readonly ErrorCode[] = [
  'MAILSTORE_GONE',
  'MAILSTORE_AWAY',
  'DISK_FULL',
  'STORE_CORRUPT',
  'STORE_CONFLICT',
  'INTERRUPTED',
  'LINK_FAILED',
]

/**
 * Whether an error concerns one message or one mailbox alone, so that the others can go on: the mail store
 * refused it, the system reports a fault of the file, or our own code fails on these bytes. Anything else,
 * such as a crash or an abort, is for the caller to pass on.
 */
export function isOfOneItem(error: unknown): boolean {
  if (error instanceof PacketboatError) return !ofEverything.includes(error.code)
  if (error instanceof TypeError || error instanceof RangeError) return true
  const { code } = (error ?? {}) as { readonly code?: unknown }
  // Node has no name for some: EDQUOT, ESTALE and EUCLEAN are an "Unknown system error" to it.
  return error instanceof Error && typeof code === 'string' && /^E[A-Z0-9]+$|^Unknown system error/.test(code)
}

/** Somebody else has changed the mail store: no failure, but something to look at again. */
export function isConcurrentChange(error: unknown): boolean {
  return (['MESSAGE_GONE', 'MESSAGE_CHANGED', 'MAILBOX_MISSING'] as const).some((code) =>
    hasCode(error, code),
  )
}

/** What failed may have been done all the same: an answer that was lost, or that doesn't say what was done. */
export function isUncertain(error: unknown): boolean {
  return !(error instanceof PacketboatError) || !isOfOneItem(error) || error.code === 'MAILSTORE_REFUSED'
}

/** A refusal that the next message of this mailbox would meet too. */
export function isOfWholeMailbox(error: unknown): boolean {
  return (['READ_ONLY', 'MAILBOX_NAME', 'MAILBOX_UNREADABLE', 'MAILBOX_MISSING', 'LOCKED'] as const).some(
    (code) => hasCode(error, code),
  )
}

/**
 * What keeps a message from being read where it is, for one that is to be written elsewhere: that mailbox can
 * take others all the same.
 */
export function ofSource(error: unknown): unknown {
  if (!isOfWholeMailbox(error)) return error
  const { message, next } = error as PacketboatError
  return new PacketboatError('MESSAGE_UNREADABLE', message, next, { cause: error })
}

const minuteMs = 60_000

/** Between tries, by how many there were: the last one for all that follow. */
const pausesMs = [0, 0, minuteMs, 5 * minuteMs, 30 * minuteMs, 120 * minuteMs, 360 * minuteMs]

/** Whether what has failed is tried again now. Where tries cost little, always; a clock that was put back makes no one wait for it. */
export function isDue(
  { triedMs, tries }: Pick<ProblemRecord, 'triedMs' | 'tries'>,
  nowMs: number,
  { retriesCost = false }: { readonly retriesCost?: boolean },
): boolean {
  const pauseMs = pausesMs[Math.min(tries, pausesMs.length - 1)] ?? 0
  return !retriesCost || nowMs < triedMs || nowMs >= triedMs + pauseMs
}
