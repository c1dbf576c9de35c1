import { accessSync, constants } from 'node:fs'
import { hasCode, type PacketboatError } from '../../errors/packetboat-error.js'
import { collectStatements, defaultSqlite, type Sqlite, type SqliteEngine } from './sqlite-engine.js'
import { corruptDatabase, sqliteError } from './sqlite-error.js'
import { openDatabaseFileToLook } from './sqlite-file.js'

/** Pages are read once, one after the other. */
const cacheBytes = 1024 * 1024

/**
 * Reads a whole existing database, as SQLite's quick_check does
 * (https://sqlite.org/pragma.html#pragma_quick_check); changes nothing. If it could be read but nothing can
 * be written there, returns why: READ_ONLY or DISK_FULL. Throws STORE_CORRUPT, READ_ONLY, DISK_FULL, LOCKED,
 * CONFIG.
 */
export async function checkSqliteFile(
  path: string,
  Engine: SqliteEngine = defaultSqlite(),
): Promise<PacketboatError | undefined> {
  try {
    checkOpened(path, () => {
      // Opening one that isn't there would make it.
      accessSync(path, constants.R_OK | constants.W_OK)
      return new Engine(path)
    })
    return undefined
  } catch (error) {
    if (!hasCode(error, 'READ_ONLY') && !hasCode(error, 'DISK_FULL')) throw error
    // Until then the connection that failed is in the way.
    await collectStatements()
    try {
      checkOpened(path, () => openDatabaseFileToLook(Engine, path, cacheBytes))
    } catch (second) {
      throw hasCode(second, 'STORE_CORRUPT') ? second : error
    }
    return error
  }
}

function checkOpened(path: string, open: () => Sqlite): void {
  try {
    const db = open()
    try {
      // The first to touch the file says why it can't be done, as on a full disk; the check itself says that the disk failed.
      db.prepare('PRAGMA application_id').get()
      const row = db.prepare('PRAGMA quick_check(1)').get() as { readonly quick_check?: unknown } | undefined
      if (row?.quick_check !== 'ok') throw corruptDatabase(path, row?.quick_check)
    } finally {
      db.close()
    }
  } catch (error) {
    throw sqliteError(error, path)
  }
}
