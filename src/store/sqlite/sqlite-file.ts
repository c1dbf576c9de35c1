import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { inTransaction, type Sqlite, type SqliteEngine } from './sqlite-engine.js'
import { corruptDatabase } from './sqlite-error.js'

/** 'Pkbt': how `file` and we know our databases. */
const applicationId = 0x506b6274
/** PRAGMA user_version. A change that older versions can't read or write raises it. 2: small blobs stand in their heads. */
const formatVersion = 2
/** The format of 0.2.0, whose rows are read as they are. */
const oldestVersion = 1

/** Makes sure that there is a file which only its owner can read, in a directory which is there. Throws the file system's errors, CONFIG. */
export function ensurePrivateFile(path: string): void {
  // On a read-only disk mkdir would say that the directory's parent is missing.
  accessSync(nearestThere(dirname(path)), constants.W_OK)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  try {
    // Never opens a file that is there: closing it would drop the locks that this process holds on it (POSIX fcntl).
    closeSync(openSync(path, 'wx', 0o600))
    syncDirectory(dirname(path))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    if (!statSync(path).isFile())
      throw new PacketboatError(
        'CONFIG',
        `There can't be a file at ${path}: what is there isn't a regular file.`,
        'Check the path of the data directory.',
      )
  }
  // SQLite would fall back to reading, and to a lock that holds nobody off.
  accessSync(path, constants.W_OK)
}

function nearestThere(path: string): string {
  return existsSync(path) ? path : nearestThere(dirname(path))
}

/** Opens a packetboat database and makes it one if it is empty. Throws SQLite's errors, CONFIG, STORE_CORRUPT. */
export function openDatabaseFile(Engine: SqliteEngine, path: string, cacheBytes: number): Sqlite {
  const db = new Engine(path)
  try {
    const isNew = lookAtFormat(db, path)
    db.exec('PRAGMA journal_mode = WAL')
    db.exec('PRAGMA synchronous = FULL')
    db.exec(`PRAGMA cache_size = -${Math.ceil(cacheBytes / 1024)}`)
    // After a large batch the log is cut back to this, instead of keeping its greatest size for ever.
    db.exec('PRAGMA journal_size_limit = 4194304')
    if (isNew) inTransaction(db, () => createFormat(db, path))
    else if (numberOf(db, 'PRAGMA user_version') < formatVersion) raiseVersion(db)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * Opens a packetboat database where nothing can be written, as on a full or read-only disk: without room for
 * the index that connections share, and without locks where nobody can write.
 * https://sqlite.org/wal.html#read_only_databases. Throws SQLite's errors, CONFIG, STORE_CORRUPT.
 */
export function openDatabaseFileToLook(Engine: SqliteEngine, path: string, cacheBytes: number): Sqlite {
  const url = pathToFileURL(path)
  url.searchParams.set('mode', 'ro')
  // Without a log all is in the file itself, and SQLite would want to make a log.
  if (isOnReadOnlyDisk(path) && !hasLog(path)) url.searchParams.set('immutable', '1')
  else url.searchParams.set('readonly_shm', '1')
  const db = new Engine(url.href)
  try {
    // Empty: whatever it was to hold was never written.
    if (lookAtFormat(db, path)) throw corruptDatabase(path, undefined)
    db.exec(`PRAGMA cache_size = -${Math.ceil(cacheBytes / 1024)}`)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function isOnReadOnlyDisk(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EROFS'
  }
}

function hasLog(path: string): boolean {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false })
  return log !== undefined && log.size > 0
}

/** As `checkFormat`, at one moment: another process may be making the file a database, and half of that would look like somebody else's. */
function lookAtFormat(db: Sqlite, path: string): boolean {
  return inTransaction(db, () => checkFormat(db, path), 'BEGIN')
}

/** In a transaction: whether it is still empty. Throws when it is somebody else's or newer than this program. */
function checkFormat(db: Sqlite, path: string): boolean {
  const id = numberOf(db, 'PRAGMA application_id')
  const version = numberOf(db, 'PRAGMA user_version')
  const tables = numberOf(db, 'SELECT count(*) FROM sqlite_schema')
  if (id === 0 && version === 0 && tables === 0) return true
  if (id !== applicationId)
    throw new PacketboatError(
      'CONFIG',
      `${path} is a database of another program.`,
      'It was not changed. Choose another data directory, or move that file away.',
    )
  if (version > formatVersion)
    throw new PacketboatError(
      'CONFIG',
      `The database ${path} was written by a newer packetboat (format ${version}; this one knows ${formatVersion}).`,
      'It was not changed. Install the newer version here too.',
    )
  if (version < oldestVersion || tables === 0) throw corruptDatabase(path, undefined)
  return false
}

/** Reads a query's single value. */
function numberOf(db: Sqlite, query: string): number {
  return Number(Object.values(db.prepare(query).get() ?? {})[0])
}

/** Two processes may find the file empty at once; the second finds the first one's work. */
function createFormat(db: Sqlite, path: string): void {
  if (!checkFormat(db, path)) return
  db.exec('CREATE TABLE kv (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID')
  db.exec(`PRAGMA application_id = ${applicationId}`)
  raiseVersion(db)
}

/** Raises the format's version, so that an older program refuses the file instead of taking it for damaged. */
function raiseVersion(db: Sqlite): void {
  db.exec(`PRAGMA user_version = ${formatVersion}`)
}

/** A new name in a directory survives a power cut only when the directory was synced. */
function syncDirectory(path: string): void {
  // Windows can't open a directory.
  if (process.platform === 'win32') return
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
