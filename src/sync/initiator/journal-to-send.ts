import type { Guid } from '../../replica/model.js'
import type { JournalEntry } from '../../replica/operation.js'
import { randomNumber, readReplicaRecord, sentUpTo, updateReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import { encodeJournal } from '../../wire/request-frames.js'
import type { Account } from '../account.js'
import { sentLimits } from '../policy/limits.js'

export const entriesPerFrame = 100

/**
 * The journal since the last acknowledgement. Leaves out messages that were made and expunged here before
 * anything of them was sent, if nothing else refers to them: of a draft that was saved twenty times, one
 * version goes up.
 */
export async function journalToSend(account: Account): Promise<JournalEntry[]> {
  return account.replica.db.transact(async (tx) => {
    const record = await readReplicaRecord(tx)
    const sent = sentUpTo(record)
    const entries: JournalEntry[] = []
    for await (const { key, value } of tables.journal.list(tx))
      entries.push({ number: key[0], operation: value })
    const dropped = shortLived(entries, sent)
    const given = account.diskWork?.uidsGiven(entries, dropped)
    const all: JournalEntry[] = []
    for (const entry of entries) {
      const { number, operation } = entry
      if (!('message' in operation) || !dropped.has(operation.message)) {
        all.push(entry)
        continue
      }
      tables.journal.delete(tx, number)
      tables.journalOf.delete(tx, operation.message, number)
      if (operation.op === 'copy') tables.journalOf.delete(tx, operation.source, number)
      tables.upload.delete(tx, operation.message)
      const told = given?.get(number)
      if (!told) continue
      tables.journal.put(tx, number, told)
      all.push({ number, operation: told })
    }
    const some = all.slice(0, fitting(all))
    const last = some.length < all.length ? (some.at(-1)?.number ?? record.journal) : record.journal
    if (last > sent) {
      const batch = { end: last, nonce: randomNumber(account.replica) }
      await updateReplicaRecord(tx, (before) => ({ ...before, batches: [...before.batches, batch] }))
    }
    return some
  })
}

/** How many of these entries one exchange takes up. The rest follows in the next. */
function fitting(entries: readonly JournalEntry[]): number {
  const most = Math.min(entries.length, sentLimits.journalEntries)
  let bytes = 0
  for (let at = 0; at < most; at += entriesPerFrame) {
    bytes += encodeJournal(entries.slice(at, at + entriesPerFrame)).length
    if (bytes > sentLimits.journalBytes) return Math.min(most, at + entriesPerFrame)
  }
  return most
}

function shortLived(entries: readonly JournalEntry[], sent: number): Set<Guid> {
  const born = new Set<Guid>()
  const gone = new Set<Guid>()
  const referred = new Set<Guid>()
  for (const { number, operation } of entries) {
    if ((operation.op === 'append' || operation.op === 'copy') && number > sent) born.add(operation.message)
    if (operation.op === 'copy') referred.add(operation.source)
    if (operation.op === 'expunge') {
      gone.add(operation.message)
      if (operation.movedTo !== undefined) referred.add(operation.movedTo)
    }
  }
  return new Set([...born].filter((guid) => gone.has(guid) && !referred.has(guid)))
}
