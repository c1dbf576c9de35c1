import type { Reader } from '../../store/database.js'
import type { Guid } from '../model.js'
import { tables } from '../tables.js'

/** A side that has lost its memory again and again gives a message another name each time. */
const renameLimit = 100

/** What is called by this GUID now: the upstream's own name for it, where it had another one before. */
export async function currentName(reader: Reader, guid: Guid): Promise<Guid> {
  let current = guid
  for (let renames = 0; renames < renameLimit; renames++) {
    const next = await tables.renamed.get(reader, current)
    if (next === undefined || next === current) return current
    current = next
  }
  return current
}
