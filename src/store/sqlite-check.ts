import { accessSync, constants } from 'node:fs'
import { defaultSqlite, type SqliteEngine } from './sqlite-engine.js'
import { corruptDatabase, sqliteError } from './sqlite-error.js'

/**
 * Reads a database that is there from end to end, as SQLite's quick_check does (https://sqlite.org/pragma.html#pragma_quick_check); changes nothing.
 * Throws STORE_CORRUPT, READ_ONLY, LOCKED, CONFIG.
 */
export function checkSqliteFile(path: string, Engine: SqliteEngine = defaultSqlite()): void {
  try {
    // Opening one that isn't there would make it.
    accessSync(path, constants.R_OK | constants.W_OK)
    const db = new Engine(path)
    try {
      const row = db.prepare('PRAGMA quick_check(1)').get() as { readonly quick_check?: unknown } | undefined
      if (row?.quick_check !== 'ok') throw corruptDatabase(path, row?.quick_check)
    } finally {
      db.close()
    }
  } catch (error) {
    throw sqliteError(error, path)
  }
}
