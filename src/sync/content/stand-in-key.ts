import { equalBytes } from '../../bytes/concat.js'
import type { MarkerKey } from '../../mime/stand-in/stand-in.js'
import { tables } from '../../replica/tables.js'
import type { Account } from '../account.js'
import { isOfOneItem } from '../error-scope.js'

/** In bytes. */
const keySize = 32

/**
 * The key that marks stand-ins as written by this replica. It lies beside the mail, as they do, and so
 * outlives the database and any pairing. The database holds a copy, for a mail store that has no place for
 * the key or has lost it.
 */
export async function standInMarking({ replica, mailStore, createHash }: Account): Promise<MarkerKey> {
  const { db } = replica
  const kept = await tables.standInKey.get(db)
  const known = kept ?? replica.randomBytes(keySize)
  const key = (await keepBeside(mailStore, known)) ?? known
  if (!kept || !equalBytes(kept, key)) await db.transact(async (tx) => tables.standInKey.put(tx, key))
  return { createHash, key }
}

async function keepBeside(mailStore: Account['mailStore'], key: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return await mailStore.keepSecret?.(key)
  } catch (error) {
    if (!isOfOneItem(error)) throw error
    return undefined
  }
}
