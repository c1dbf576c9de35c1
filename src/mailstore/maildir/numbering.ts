import { basename, join } from 'node:path'
import { systemCode } from '../../errors/system-code.js'
import type { Guid } from '../../replica/model.js'
import type { Numbering, Placed } from '../../sync/mail-store.js'
import * as disk from './disk/disk.js'
import { isAbsent, writeError } from './disk/disk-errors.js'
import { type InfoMark, makeBaseName, printFileName } from './file-name.js'
import { guidOfRecord, type UidList, type UidRecord } from './uidlist.js'
import { appendUids, readUidList, writeUidList } from './uidlist-file.js'

/** UIDs of a mailbox that Dovecot numbers. Each of these is called with the list's dotlock held. */

/** A file of the mailbox. */
export interface NumberedFile {
  readonly base: string
  readonly letters: string
  readonly rest: string
  /** The path of the file. */
  readonly path: string
}

/** The UID for a message that comes now: the one wished for, or the next. Its line is written before its file appears. */
export async function giveUid(
  folder: string,
  message: { readonly base: string; readonly guid: Guid; readonly uid?: number },
): Promise<Pick<Placed, 'uid' | 'uidValidity'> | undefined> {
  const list = await readUidList(folder)
  if (!list) return undefined
  const uid = pick(list.uidNext, message.uid)
  await appendUids(folder, [{ uid, base: message.base, fields: [`G${message.guid}`] }])
  return { uid, uidValidity: list.uidValidity }
}

const pick = (uidNext: number, wished: number | undefined): number =>
  wished !== undefined && wished >= uidNext ? wished : uidNext

/**
 * Gives UIDs to files that have none, and new ones to those that have one. The latter are renamed as well: to
 * Dovecot that looks like one message expunged and another arrived, which it accepts.
 */
export async function renumberFiles(
  folder: string,
  wanted: readonly { readonly locator: string; readonly guid: Guid; readonly uid?: number }[],
  find: (locator: string) => Promise<NumberedFile | undefined>,
  randomBytes: (size: number) => Uint8Array,
  mark: InfoMark,
): Promise<Map<string, Placed>> {
  const placed = new Map<string, Placed>()
  const list = await readUidList(folder)
  if (!list) return placed
  const listed = new Set(list.records.map(({ base }) => base))
  const dropped = new Set<string>()
  const added: UidRecord[] = []
  let next = list.uidNext
  for (const { locator, guid, uid: wished } of wanted) {
    const file = await find(locator)
    if (!file) continue
    const uid = pick(next, wished)
    next = uid + 1
    let { base } = file
    if (listed.has(base)) {
      dropped.add(base)
      const size = /,S=(\d+)/.exec(base)?.[1]
      base = makeBaseName({
        guid,
        seconds: Number.parseInt(base, 10) || 0,
        ...(size !== undefined && { sizeBytes: Number(size) }),
        randomBytes,
      })
      try {
        await disk.rename(
          file.path,
          join(folder, 'cur', printFileName({ base, letters: file.letters, rest: file.rest }, mark)),
        )
      } catch (error) {
        throw writeError(error, basename(file.path))
      }
    }
    added.push({ uid, base, fields: [`G${guid}`] })
    placed.set(locator, { locator: base, uid, uidValidity: list.uidValidity })
  }
  if (dropped.size === 0) await appendUids(folder, added)
  else {
    const left = list.records.filter(({ base }) => !dropped.has(base))
    await writeUidList(folder, { ...list, uidNext: next, records: [...left, ...added] })
  }
  return placed
}

/** Another UIDVALIDITY with these UIDs. Files that aren't named have none until somebody numbers them. */
export async function replaceNumbering(
  folder: string,
  numbering: Numbering & { readonly guid: Guid },
  uids: ReadonlyMap<string, number>,
): Promise<void> {
  const before = await readUidList(folder)
  const known = new Map(before?.records.map((record) => [record.base, record.fields]))
  const records = [...uids]
    .map(([base, uid]): UidRecord => ({ uid, base, fields: known.get(base) ?? [] }))
    .sort((a, b) => a.uid - b.uid)
  const { uidValidity, guid } = numbering
  // Under one UIDVALIDITY no UID is given twice, to messages that nobody here has seen either.
  const given = before?.uidValidity === uidValidity ? before.uidNext : 0
  const uidNext = Math.max(numbering.uidNext, given, (records.at(-1)?.uid ?? 0) + 1)
  await writeUidList(folder, { uidValidity, uidNext, guid, otherFields: before?.otherFields ?? [], records })
  await haveDovecotLook(folder)
}

/**
 * Dovecot compares its index with the list only when a time of cur/ or new/ has changed. Until then it would
 * show the new list's messages under the old UIDVALIDITY: other messages under UIDs that somebody has seen,
 * and not all of them.
 */
async function haveDovecotLook(folder: string): Promise<void> {
  try {
    await disk.touch(join(folder, 'cur'))
  } catch (error) {
    // Only its owner may, and it may be gone: then Dovecot looks when the next change comes.
    if (systemCode(error) !== 'EPERM' && !isAbsent(error)) throw writeError(error, folder)
  }
}

export async function raiseNext(folder: string, uidNext: number): Promise<void> {
  const list = await readUidList(folder)
  if (list && list.uidNext < uidNext) await writeUidList(folder, { ...list, uidNext })
}

export function numberingOf({ uidValidity, uidNext, guid }: UidList): Numbering {
  return { uidValidity, uidNext, ...(guid !== undefined && { guid }) }
}

/** What a listing shows of it: UIDs and GUIDs by base name. */
export function byBase(list: UidList): Map<string, { readonly uid: number; readonly guid?: Guid }> {
  return new Map(
    list.records.map((record) => {
      const guid = guidOfRecord(record)
      return [record.base, { uid: record.uid, ...(guid !== undefined && { guid }) }]
    }),
  )
}
