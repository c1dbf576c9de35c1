import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { DatabaseSync as PackagedSqlite } from '@photostructure/sqlite'
import { PacketboatError } from '../../errors/packetboat-error.js'

/** What both engines have of `node:sqlite`. */
export type Sqlite = Pick<InstanceType<typeof PackagedSqlite>, 'exec' | 'prepare' | 'close'>
export type SqliteEngine = new (path: string) => Sqlite

/**
 * Node's own SQLite, where it needs no flag and its statements can be left before their last row (22.13 and
 * later). Suppresses the warning of its first versions that it is new, which no person can act on.
 */
export function nodeSqlite(): SqliteEngine | undefined {
  const { emitWarning } = process
  process.emitWarning = () => undefined
  try {
    const module = process.getBuiltinModule('node:sqlite') as { DatabaseSync: SqliteEngine } | undefined
    return module?.DatabaseSync
  } finally {
    process.emitWarning = emitWarning
  }
}

/** The same for Node 20, compiled within a package. Throws CONFIG where it isn't installed: nothing else needs it. */
export function packagedSqlite(): SqliteEngine {
  try {
    // The built program loads packages here, not at its start.
    return PackagedSqlite
  } catch (cause) {
    throw new PacketboatError(
      'CONFIG',
      'This version of Node has no SQLite, and the package that brings one for this machine is not installed.',
      'Install Node 22.13 or later.',
      { cause },
    )
  }
}

export function defaultSqlite(): SqliteEngine {
  return nodeSqlite() ?? packagedSqlite()
}

/**
 * Closes a database once nobody holds any of its statements. The package (1.2) keeps the file open, with its
 * log beside it, until the last statement has been garbage-collected; Node's own ends them itself.
 */
export async function closeSqlite(db: Sqlite): Promise<void> {
  const ofNode = nodeSqlite()
  if (!ofNode || !(db instanceof ofNode)) await collectStatements()
  db.close()
}

/** After a database that couldn't be opened, for the package: else its file is open until then, and as it was. */
export async function collectStatements(): Promise<void> {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  // Code that is kept of this run is for runs without it.
  setFlagsFromString('--no-expose-gc')
  await turn()
}

/**
 * Does everything in `work`, or nothing. Others can read meanwhile; if another process is writing, it fails
 * as busy before it begins. A transaction that only reads asks for no more than that, and holds nobody up.
 */
export function inTransaction<T>(
  db: Sqlite,
  work: () => T,
  begin: 'BEGIN' | 'BEGIN IMMEDIATE' = 'BEGIN IMMEDIATE',
): T {
  db.exec(begin)
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    try {
      db.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself, as on a full disk. What counts is why.
    }
    throw error
  }
}
