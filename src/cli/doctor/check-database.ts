import { existsSync, statSync } from 'node:fs'
import { tables } from '../../replica/tables.js'
import type { Database } from '../../store/database.js'
import { openDatabase } from '../../store/open-database.js'
import { checkSqliteFile } from '../../store/sqlite/sqlite-check.js'
import { openSqliteStore } from '../../store/sqlite/sqlite-store.js'
import { countAllProblems } from '../../sync/frames/told-problems.js'
import { counted, formatBytes } from '../../told/sizes.js'
import type { Findings } from './findings.js'

/** A larger database isn't read from end to end: that would take minutes on a small computer. Bytes. */
const mostRead = 500e6

/** A database of packetboat: whether it is whole. Gives what `look` finds in it, undefined where it isn't there or isn't whole. */
export async function checkDatabase(
  found: Findings,
  path: string,
  look: (db: Database) => Promise<void>,
): Promise<void> {
  const about = 'database'
  await found.attempt(about, async () => {
    if (!existsSync(path)) return found.note(about, `${path} is not made yet: nothing has been synced.`)
    const { size } = statSync(path)
    if (size > mostRead) found.note(about, `${path} was not read whole: it has ${formatBytes(size)}.`)
    else {
      const unwritable = await checkSqliteFile(path)
      if (unwritable) found.wrong(about, unwritable.message, unwritable.next)
      found.ok(about, `${path} is whole, ${formatBytes(size)}.`)
    }
    const store = await openSqliteStore(path, { orToLook: true })
    try {
      await look(openDatabase(store, { conflictRetries: 10 }))
    } finally {
      await store.close()
    }
  })
}

/** Messages and mailboxes that can't be synced now. */
export async function lookForProblems(found: Findings, db: Database): Promise<void> {
  if (!(await tables.replica.has(db))) return
  const problems = await countAllProblems(db)
  if (problems > 0)
    found.note(
      'mail',
      `${counted(problems, 'problem')}: messages or mailboxes that can't be synced now.`,
      'packetboat problems says which, why, and what to do.',
    )
  else found.ok('mail', 'Every message and mailbox can be synced.')
}
