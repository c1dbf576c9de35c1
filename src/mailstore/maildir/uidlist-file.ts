import { join } from 'node:path'
import * as disk from './disk/disk.js'
import { isAbsent, readError } from './disk/disk-errors.js'
import { openFile, readText } from './disk/open-file.js'
import { appendText, replaceFile } from './disk/write-file.js'
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
export function isNumbered(folder: string): boolean {
  const path = uidListPath(folder)
  try {
    return disk.statNow(path) !== undefined
  } catch (error) {
    if (isAbsent(error)) return false
    throw readError(error, path)
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await disk.stat(path)
    return true
  } catch (error) {
    if (isAbsent(error)) return false
    throw readError(error, path)
  }
}

/** What stands in the list. Undefined when there is none, or none that could be trusted. */
export async function readUidList(folder: string): Promise<UidList | undefined> {
  const text = await readText(uidListPath(folder))
  return text === undefined ? undefined : parseUidList(text)
}

/** The mailbox's GUID, from the list's first line. */
export async function readMailboxGuid(folder: string): Promise<string | undefined> {
  const text = await readText(uidListPath(folder), 512)
  return text === undefined ? undefined : parseUidList(text.split('\n', 1).join('\n'))?.guid
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
  await appendText(uidListPath(folder), records.map(printRecord).join(''))
}

/** False when a disk that was full, or a crash, has left a line without its end: what is appended would become part of it. */
async function endsInLine(folder: string): Promise<boolean> {
  try {
    const { file, stats } = await openFile(uidListPath(folder))
    try {
      const last = Buffer.alloc(1)
      return (await file.read(last, 0, 1, Math.max(0, stats.size - 1))) === 0 || last[0] === 10
    } finally {
      file.close()
    }
  } catch (error) {
    if (isAbsent(error)) return true
    throw readError(error, uidListPath(folder))
  }
}

/** Puts another list in its place. */
export async function writeUidList(folder: string, list: UidList): Promise<void> {
  await replaceFile(uidListPath(folder), printUidList(list))
}
