import { memorySource } from '../../bytes/source.js'
import type { Database } from '../../store/database.js'
import type { Spool } from '../../sync/submission/spool.js'
import { ownTables } from './own-tables.js'

/** Mail that was written here and is to be sent, in the replica's database. */
export function keptSpool(db: Database): Spool {
  const remove = (name: string): Promise<void> =>
    db.transact(async (tx) => ownTables.outgoing.delete(tx, name))
  return {
    list: async () => {
      const found = []
      for await (const { key, value } of ownTables.outgoing.list(db)) {
        const { envelope, queuedMs, bytes } = value
        found.push({ name: key[0], envelope, queuedMs, sizeBytes: bytes.length, urgent: false })
      }
      return found.sort((a, b) => a.queuedMs - b.queuedMs)
    },
    open: async (name) => {
      const mail = await ownTables.outgoing.get(db, name)
      return mail && { ...memorySource(mail.bytes), close: async () => undefined }
    },
    remove,
    // Pictures sent from here aren't made smaller, so there is no original to keep.
    setAside: remove,
  }
}
