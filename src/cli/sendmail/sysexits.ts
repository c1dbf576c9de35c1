import { type ErrorCode, PacketboatError } from '../../errors/packetboat-error.js'

/**
 * The exit codes of `sendmail`: its callers know those of sysexits.h and not packetboat's.
 * docs/EXIT-CODES.md, "sendmail". Mail programs try again after 75.
 */
const sysexits = {
  done: 0,
  usage: 64,
  dataErr: 65,
  noUser: 67,
  unavailable: 69,
  software: 70,
  cantCreate: 73,
  tempFail: 75,
  noPerm: 77,
  config: 78,
} as const

const byError: Partial<Record<ErrorCode, number>> = {
  USAGE: sysexits.usage,
  NO_RECIPIENTS: sysexits.dataErr,
  MAIL_INVALID: sysexits.dataErr,
  NOT_HERE: sysexits.dataErr,
  LOCAL_NAME: sysexits.noUser,
  MAIL_TOO_BIG: sysexits.unavailable,
  READ_ONLY: sysexits.cantCreate,
  DISK_FULL: sysexits.tempFail,
  STORE_GONE: sysexits.tempFail,
  INTERRUPTED: sysexits.tempFail,
  NOT_YOURS: sysexits.noPerm,
  CONFIG: sysexits.config,
  NOT_FOUND: sysexits.config,
}

export function sysexitOf(error: unknown): number {
  return (error instanceof PacketboatError && byError[error.code]) || sysexits.software
}
