import type { Guid } from '../../replica/model.js'
import { tables } from '../../replica/tables.js'
import type { Transaction } from '../../store/database.js'

/** A mailbox goes by another GUID now: what the guards hold back in it, and what they have counted, isn't forgotten. */
export async function rehouseGuards(tx: Transaction, from: Guid, to: Guid): Promise<void> {
  await tables.heldBack.move(tx, [from], [to])
  await rehouseDeviceGuards(tx, from, to)
}

/** The same of what devices have expunged, where two mailboxes become one. */
export async function rehouseDeviceGuards(tx: Transaction, from: Guid, to: Guid): Promise<void> {
  for await (const { key, value } of tables.deletionsIn.list(tx)) {
    const [by, mailbox] = key
    if (mailbox !== from) continue
    const there = (await tables.deletionsIn.get(tx, by, to)) ?? { of: 0, gone: 0 }
    tables.deletionsIn.delete(tx, ...key)
    tables.deletionsIn.put(tx, by, to, { of: there.of + value.of, gone: there.gone + value.gone })
  }
  for await (const { key, value } of tables.heldFrom.list(tx)) {
    const [by, mailbox] = key
    if (mailbox !== from) continue
    tables.heldFrom.delete(tx, ...key)
    if (!(await tables.heldFrom.has(tx, by, to))) tables.heldFrom.put(tx, by, to, value)
  }
  for await (const { key } of tables.keptFrom.list(tx)) {
    const [by, mailbox, message] = key
    if (mailbox !== from) continue
    tables.keptFrom.delete(tx, ...key)
    tables.keptFrom.put(tx, by, to, message, true)
  }
}
