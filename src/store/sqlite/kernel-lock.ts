import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { whileBusy } from './patience.js'
import { defaultSqlite, type Sqlite } from './sqlite-engine.js'
import { isBusy, isDiskFull, sqliteError } from './sqlite-error.js'
import { ensurePrivateFile } from './sqlite-file.js'

export interface LockOptions {
  /** How long to wait for another holder. Default: not at all. */
  readonly waitMs?: number
  readonly signal?: AbortSignal
}

export interface Lock {
  /** Lets others in. A second call does nothing. */
  release(): void
}

/**
 * Takes a lock that the kernel releases when the process ends, however it ends: an empty SQLite database held
 * with a write transaction (fcntl locks on Unix, LockFileEx on Windows). The file stays for the next
 * holder; `path`.pid beside it names the holder, for people only. Throws LOCKED, INTERRUPTED, READ_ONLY,
 * CONFIG.
 */
export async function acquireLock(path: string, options: LockOptions = {}): Promise<Lock> {
  try {
    ensurePrivateFile(path)
    const db = await whileBusy({ waitMs: options.waitMs ?? 0, signal: options.signal }, () => hold(path))
    let held = true
    return {
      release: () => {
        if (held) letGo(db, path)
        held = false
      },
    }
  } catch (error) {
    throw isBusy(error) ? locked(path, error) : sqliteError(error, path, 'lock file')
  }
}

function hold(path: string): Sqlite {
  const db = new (defaultSqlite())(path)
  try {
    // Nothing is ever written, so no journal needs a file.
    db.exec('PRAGMA journal_mode = MEMORY')
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    // Of two that come at once one has it. An exclusive transaction would first share the file with the other
    // one, and both would fail, each by the other.
    db.exec('BEGIN IMMEDIATE')
    noteHolder(path)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Notes who holds the lock, for people only: on a full disk the lock holds without the note. */
function noteHolder(path: string): void {
  try {
    writeFileSync(pidPath(path), `${process.pid}\n`, { mode: 0o600 })
  } catch (error) {
    if (!isDiskFull(error)) throw error
    rmSync(pidPath(path), { force: true })
  }
}

function letGo(db: Sqlite, path: string): void {
  // While the lock is held: afterwards the note would be the next holder's.
  rmSync(pidPath(path), { force: true })
  db.close()
}

function pidPath(path: string): string {
  return `${path}.pid`
}

function locked(path: string, cause: unknown): PacketboatError {
  const pid = notedHolder(path)
  return new PacketboatError(
    'LOCKED',
    `Another packetboat is running here${pid === undefined ? '' : `: process ${pid}`} (it holds ${basename(path)}).`,
    'Nothing was changed. Wait until that run has finished, or stop it, then run the command again.',
    { cause },
  )
}

/** The process that holds a lock, as the note beside it says: for words to a person, since nothing else may hang on that. Takes nothing. */
export function lockHolder(path: string): number | undefined {
  const pid = notedHolder(path)
  try {
    if (pid !== undefined) process.kill(pid, 0)
    return pid
  } catch (error) {
    // EPERM: it is there, and another person's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM' ? pid : undefined
  }
}

function notedHolder(path: string): number | undefined {
  let text: string
  try {
    text = readFileSync(pidPath(path), 'utf8')
  } catch {
    // Only the name of the holder is lost: the lock itself does not hang on this file.
    return undefined
  }
  return /^[0-9]{1,10}\n$/.test(text) ? Number(text) : undefined
}
