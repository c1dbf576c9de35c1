/**
 * Dovecot's `dovecot-uidlist`, version 3: a header `3 V<uidvalidity> N<uidnext> G<mailbox guid>`, then a line
 * `<uid>[ <key><value>]... :<base name>` for each message, UIDs ascending. Unknown fields are kept.
 */
export interface UidList {
  readonly uidValidity: number
  /** Above every UID in the list, and never less than before. */
  readonly uidNext: number
  /** 32 hex digits. */
  readonly guid?: string
  readonly otherFields: readonly string[]
  /** Ascending. */
  readonly records: readonly UidRecord[]
}

export interface UidRecord {
  readonly uid: number
  /** The file's name without its flags. */
  readonly base: string
  /** `G<guid>`, `W<size>` and so on, as they stand. */
  readonly fields: readonly string[]
}

const maxUid = 2 ** 32 - 2

/** Undefined when Dovecot would call the file damaged, or it is of another version: Dovecot will make it anew, so nothing in it counts. */
export function parseUidList(text: string): UidList | undefined {
  const lines = text.split('\n')
  // A last line without its end is still being written, or never was: as Dovecot does, it is passed over.
  if (lines.length > 1) lines.pop()
  const [version, ...fields] = (lines[0] ?? '').split(' ')
  if (version !== '3') return undefined
  const field = (key: string): string | undefined => fields.find((each) => each.startsWith(key))?.slice(1)
  const uidValidity = uidOf(field('V'))
  const headerNext = uidOf(field('N'))
  if (uidValidity === undefined || headerNext === undefined) return undefined
  const records: UidRecord[] = []
  const byBase = new Map<string, number>()
  let last = 0
  for (const line of lines.slice(1)) {
    if (line === '') continue
    const record = parseRecord(line)
    if (!record || record.uid <= last) return undefined
    last = record.uid
    // The same file twice: the later UID is the right one.
    const before = byBase.get(record.base)
    if (before !== undefined) records[before] = { ...record, uid: 0 }
    byBase.set(record.base, records.length)
    records.push(record)
  }
  const guid = field('G')
  return {
    uidValidity,
    uidNext: Math.max(headerNext, last + 1),
    ...(guid !== undefined && /^[0-9a-f]{32}$/i.test(guid) && { guid: guid.toLowerCase() }),
    otherFields: fields.filter((each) => each !== '' && !/^[VNG]/.test(each)),
    records: records.filter(({ uid }) => uid > 0),
  }
}

function parseRecord(line: string): UidRecord | undefined {
  const colon = line.indexOf(' :')
  if (colon < 0) return undefined
  const [number, ...fields] = line.slice(0, colon).split(' ')
  const uid = uidOf(number)
  const base = line.slice(colon + 2)
  if (uid === undefined || base === '' || base.includes('/')) return undefined
  if (fields.some((each) => !/^[A-Z]/.test(each))) return undefined
  return { uid, base, fields }
}

function uidOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined
  const uid = Number(text)
  return uid >= 1 && uid <= maxUid + 1 ? uid : undefined
}

export function printUidList(list: UidList): string {
  const { uidValidity, uidNext, guid, otherFields, records } = list
  const header = [
    '3',
    `V${uidValidity}`,
    `N${uidNext}`,
    ...(guid === undefined ? [] : [`G${guid}`]),
    ...otherFields,
  ]
  return `${header.join(' ')}\n${records.map(printRecord).join('')}`
}

export function printRecord({ uid, base, fields }: UidRecord): string {
  return `${[uid, ...fields, `:${base}`].join(' ')}\n`
}

/** The GUID that a record gives its message, where that is one of ours. */
export function guidOfRecord({ fields }: UidRecord): string | undefined {
  const guid = fields.find((each) => each.startsWith('G'))?.slice(1)
  return guid !== undefined && /^[0-9a-f]{32}$/.test(guid) ? guid : undefined
}
