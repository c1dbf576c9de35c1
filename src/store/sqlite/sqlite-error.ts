import { rmSync, writeFileSync } from 'node:fs'
import { type ErrorCode, PacketboatError } from '../../errors/packetboat-error.js'
import { systemCode } from '../../errors/system-code.js'

/** More than a page of a database, which a quota may still have had room for. */
const probeBytes = 64 * 1024
const busyCodes = /^SQLITE_(BUSY|LOCKED|PROTOCOL)/
const fullCodes = /^SQLITE_FULL|^SQLITE_IOERR_SHMSIZE|^ENOSPC|^EDQUOT/

/** What SQLite says about a file, as an error for a person. What is neither SQLite's nor the file system's comes back as it is. */
export function sqliteError(
  error: unknown,
  path: string,
  what: 'database' | 'lock file' = 'database',
  probe: (path: string) => void = writeBeside,
): unknown {
  if (error instanceof PacketboatError) return error
  const code = codeOf(error)
  // SQLite doesn't say why the system refused it: a quota, a disk that was made read-only, a fault.
  const why = code?.startsWith('SQLITE_IOERR') && !fullCodes.test(code) ? whyRefused(path, probe) : undefined
  const known =
    (why === undefined ? undefined : explain(why, path, what)) ??
    (code === undefined ? undefined : explain(code, path, what))
  return known ? new PacketboatError(known.code, known.message, known.next, { cause: error }) : error
}

/** What the system says to something new beside a file: nothing where it takes it. */
function whyRefused(path: string, probe: (path: string) => void): string | undefined {
  try {
    probe(`${path}-probe`)
    return undefined
  } catch (error) {
    return systemCode(error)
  }
}

function writeBeside(path: string): void {
  try {
    writeFileSync(path, new Uint8Array(probeBytes), { mode: 0o600, flush: true })
  } finally {
    rmSync(path, { force: true })
  }
}

/** Whether somebody else holds the lock, and waiting helps. */
export function isBusy(error: unknown): boolean {
  return busyCodes.test(codeOf(error) ?? '')
}

export function isDiskFull(error: unknown): boolean {
  return fullCodes.test(codeOf(error) ?? '')
}

/** Whether the disk may have gone, and the file opened anew may be readable again once it is back. */
export function hasDiskFailed(error: unknown): boolean {
  return /^SQLITE_(IOERR|CANTOPEN)/.test(codeOf(error) ?? '') && !isDiskFull(error)
}

export function corruptDatabase(path: string, cause: unknown): PacketboatError {
  return new PacketboatError(
    'STORE_CORRUPT',
    `The database ${path} is damaged, or isn't a database.`,
    'Move it away, with the files beside it whose names end in -wal and -shm. ' +
      'Mail in the mail store is not touched; the next sync builds a new database.',
    { cause },
  )
}

interface Explanation {
  readonly code: ErrorCode
  readonly message: string
  readonly next: string
}

function explain(
  code: string,
  path: string,
  what: 'database' | 'lock file',
): Explanation | PacketboatError | undefined {
  if (busyCodes.test(code))
    return {
      code: 'LOCKED',
      message: `Another program holds the ${what} ${path}.`,
      next: 'Nothing was changed. Try again when it has finished.',
    }
  if (fullCodes.test(code))
    return {
      code: 'DISK_FULL',
      message: `There is no room left on the disk for ${path}.`,
      next: 'The last change was not written, everything before it is kept. Make room, then run it again.',
    }
  if (/^SQLITE_READONLY|^SQLITE_PERM|^SQLITE_CANTOPEN|^EACCES|^EPERM|^EROFS/.test(code))
    return {
      code: 'READ_ONLY',
      message: `The ${what} ${path} can't be written.`,
      next: 'Check who owns the file and its directory, and whether the disk is mounted read-only.',
    }
  if (/^ENOTDIR|^EEXIST|^ENOENT|^EISDIR|^ENAMETOOLONG|^ELOOP/.test(code))
    return {
      code: 'CONFIG',
      message: `No ${what} can be at ${path} (${code}).`,
      next: 'Check the path of the data directory.',
    }
  if (/^SQLITE_CORRUPT|^SQLITE_NOTADB/.test(code)) return corruptDatabase(path, undefined)
  if (/^SQLITE_IOERR/.test(code))
    return {
      code: 'STORE_CORRUPT',
      message: `The disk failed under the database ${path} (${code}).`,
      next: 'Check the disk and its cable. If the database stays unreadable, move it away: the next sync builds a new one.',
    }
  return undefined
}

/** sqlite3.h, "Result Codes", and their texts of sqlite3_errstr: those that a person can do something about. */
const results = [
  [3, 'SQLITE_PERM', 'access permission denied'],
  [5, 'SQLITE_BUSY', 'database is locked'],
  [6, 'SQLITE_LOCKED', 'database table is locked'],
  [8, 'SQLITE_READONLY', 'attempt to write a readonly database'],
  [10, 'SQLITE_IOERR', 'disk I/O error'],
  [11, 'SQLITE_CORRUPT', 'database disk image is malformed'],
  [13, 'SQLITE_FULL', 'database or disk is full'],
  [14, 'SQLITE_CANTOPEN', 'unable to open database file'],
  [15, 'SQLITE_PROTOCOL', 'locking protocol'],
  [26, 'SQLITE_NOTADB', 'file is not a database'],
  [4874, 'SQLITE_IOERR_SHMSIZE', ''],
] as const

/** A name of SQLite's results, or the code of Node's own errors. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined
  if (error.code !== 'ERR_SQLITE_ERROR') return systemCode(error) ?? error.code
  // The package gives no number where a row after the first can't be read.
  const number = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined
  const found =
    number === undefined
      ? results.find(([, , text]) => text === error.message)
      : (results.find(([code]) => code === number) ?? results.find(([code]) => code === (number & 0xff)))
  return found?.[1] ?? `SQLITE_${number}`
}
