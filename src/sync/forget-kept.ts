import type { DeviceRecord } from '../replica/records.js'
import { deleteBlob } from '../store/blob.js'
import type { Account } from './account.js'
import { keptBlob, noteFileGone } from './content-access.js'

/** Bytes that were kept for devices which hadn't heard of an expunge go when every device has. */
export async function forgetKept(account: Account): Promise<void> {
  const { db } = account.replica
  let heard = Number.POSITIVE_INFINITY
  for await (const { value } of db.list<DeviceRecord>({ prefix: ['device'] }))
    heard = Math.min(heard, value.acknowledged)
  for await (const { key, value } of db.list<number>({ prefix: ['kept'] }))
    if (value <= heard)
      await db.transact(async (tx) => {
        tx.delete(key)
        await deleteBlob(tx, keptBlob(String(key[1])))
        await noteFileGone(tx, String(key[1]))
      })
}
