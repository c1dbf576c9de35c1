import { appendFile, open, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { diskError, errnoOf } from './disk-errors.js'
import { giveToOwner } from './owner.js'
import { parseUidList, printRecord, printUidList, type UidList, type UidRecord } from './uidlist.js'

/** The list's file. Readers take no lock: they see whole lines at its end, or another file. Writers hold its dotlock. */

export const uidListPath = (folder: string): string => join(folder, 'dovecot-uidlist')

/** Whether a Dovecot looks after the tree: then mailboxes that it hasn't seen yet will be numbered too. */
export async function isDovecotTree(root: string): Promise<boolean> {
  for (const name of ['dovecot-uidlist', 'dovecot-uidvalidity'])
    if (await isThere(join(root, name))) return true
  return false
}

/** Whether Dovecot numbers this mailbox. */
export const isNumbered = (folder: string): Promise<boolean> => isThere(uidListPath(folder))

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return false
    throw diskError(error, path)
  }
}

/** What stands in the list. Undefined when there is none, or none that could be trusted. */
export async function readUidList(folder: string): Promise<UidList | undefined> {
  try {
    return parseUidList(await readFile(uidListPath(folder), 'utf8'))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw diskError(error, uidListPath(folder))
  }
}

/** The mailbox's GUID, from the list's first line. */
export async function readMailboxGuid(folder: string): Promise<string | undefined> {
  try {
    const handle = await open(uidListPath(folder))
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0)
      return parseUidList(buffer.toString('utf8', 0, bytesRead).split('\n', 1).join('\n'))?.guid
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw diskError(error, uidListPath(folder))
  }
}

/** Adds lines at the end. Their UIDs must be UIDNEXT and above, ascending. */
export async function appendUids(folder: string, records: readonly UidRecord[]): Promise<void> {
  if (records.length === 0) return
  const list = (await endsInLine(folder)) ? undefined : await readUidList(folder)
  if (list) {
    const last = records.at(-1)?.uid ?? 0
    const uidNext = Math.max(list.uidNext, last + 1)
    await writeUidList(folder, { ...list, uidNext, records: [...list.records, ...records] })
    return
  }
  try {
    await appendFile(uidListPath(folder), records.map(printRecord).join(''))
  } catch (error) {
    throw diskError(error, uidListPath(folder))
  }
}

/** False when a disk that was full, or a crash, has left a line without its end: what is appended would become part of it. */
async function endsInLine(folder: string): Promise<boolean> {
  try {
    const handle = await open(uidListPath(folder))
    try {
      const { size } = await handle.stat()
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1))
      return bytesRead === 0 || buffer[0] === 10
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return true
    throw diskError(error, uidListPath(folder))
  }
}

/** Puts another list in its place, with a time past the old one's: that is how others notice. */
export async function writeUidList(folder: string, list: UidList): Promise<void> {
  const path = uidListPath(folder)
  const draft = `${path}.packetboat`
  try {
    const before = await stat(path).catch(() => undefined)
    await writeFile(draft, printUidList(list), { flush: true, mode: 0o600 })
    await giveToOwner(draft, folder)
    const seconds = Math.max(Date.now() / 1000, (before?.mtimeMs ?? 0) / 1000 + 1)
    await utimes(draft, seconds, seconds)
    await rename(draft, path)
  } catch (error) {
    throw diskError(error, path)
  }
}
