import { type ErrorCode, PacketboatError } from '../errors/packetboat-error.js'

/** Exit codes are a promise to scripts: docs/EXIT-CODES.md. Each error code has one. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  config: 3,
  locked: 4,
  link: 5,
  auth: 6,
  endpoint: 7,
  mailStore: 8,
  store: 9,
  guard: 10,
  budget: 11,
  hook: 12,
  stale: 13,
  quota: 14,
  interrupted: 130,
} as const

/** The exit code of each error code. */
export const exitCodeByError: Readonly<Record<ErrorCode, number>> = {
  USAGE: exitCodes.usage,
  CONFIG: exitCodes.config,
  LOCKED: exitCodes.locked,
  LINK_FAILED: exitCodes.link,
  AUTH: exitCodes.auth,
  WRONG_ENDPOINT: exitCodes.endpoint,
  PROTOCOL: exitCodes.endpoint,
  FRAME_CORRUPT: exitCodes.endpoint,
  STORE_CORRUPT: exitCodes.store,
  STORE_GONE: exitCodes.store,
  STORE_CONFLICT: exitCodes.store,
  DISK_FULL: exitCodes.mailStore,
  READ_ONLY: exitCodes.mailStore,
  MAILSTORE_GONE: exitCodes.mailStore,
  MAILSTORE_AWAY: exitCodes.mailStore,
  MAILSTORE_REFUSED: exitCodes.mailStore,
  SUBMIT_AWAY: exitCodes.mailStore,
  MAILBOX_NAME: exitCodes.mailStore,
  MAILBOX_MISSING: exitCodes.failed,
  MAILBOX_EXISTS: exitCodes.failed,
  MAILBOX_NOT_EMPTY: exitCodes.failed,
  MAILBOX_UNREADABLE: exitCodes.failed,
  MESSAGE_UNREADABLE: exitCodes.failed,
  PROBLEMS: exitCodes.failed,
  MESSAGE_GONE: exitCodes.failed,
  MESSAGE_CHANGED: exitCodes.failed,
  NOT_FOUND: exitCodes.failed,
  QUOTA: exitCodes.quota,
  GUARD: exitCodes.guard,
  BUDGET: exitCodes.budget,
  HOOK: exitCodes.hook,
  STALE: exitCodes.stale,
  NO_RECIPIENTS: exitCodes.failed,
  MAIL_INVALID: exitCodes.failed,
  LOCAL_NAME: exitCodes.failed,
  MAIL_TOO_BIG: exitCodes.failed,
  NOT_YOURS: exitCodes.failed,
  NOT_HERE: exitCodes.failed,
  INTERRUPTED: exitCodes.interrupted,
}

/** The exit code with `--ext-exit`, as mbsync's: 32 when the endpoint has changed, 64 when something here has, 96 for both. */
export function extendedExit(changed: { readonly here: boolean; readonly there: boolean }): number {
  return (changed.there ? 32 : 0) + (changed.here ? 64 : 0)
}

/** The exit code for an error code. A code that this version doesn't know is a failure. */
export function exitCodeOfError(code: ErrorCode): number {
  return exitCodeByError[code] ?? exitCodes.failed
}

export function exitCodeOf(error: unknown): number {
  return error instanceof PacketboatError ? exitCodeByError[error.code] : exitCodes.failed
}
