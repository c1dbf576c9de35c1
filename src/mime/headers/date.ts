/** A moment as a header's Date gives it. */
export interface HeaderDate {
  /** Since 1970, whole seconds. */
  readonly dateMs: number
  /** East of Greenwich; absent where the header leaves the zone open. */
  readonly dateZoneMinutes?: number
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** RFC 5322 4.3: in hours. Other letters mean nothing that can be relied on. */
const zoneHours: Readonly<Record<string, number>> = {
  ut: 0,
  utc: 0,
  gmt: 0,
  z: 0,
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
}

const standardForm =
  /(\d{1,2})[\s-]+([a-z]{3})[a-z]*[\s,.-]+(\d{2,4})\s+(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s*(.*)/i
/** `Mon Sep 17 10:00:00 2001`, as C's asctime writes it, with a zone before or after the year. */
const asctimeForm =
  /([a-z]{3})[a-z]*\s+(\d{1,2})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s+([a-z+-][a-z0-9+-]*\s+)?(\d{4})\s*(.*)/i

/** Reads a Date field (RFC 5322 3.3 and 4.3) and what some old programs write instead. Undefined for what is no date. */
export function parseHeaderDate(value: string): HeaderDate | undefined {
  const text = value.slice(0, 200)
  const standard = standardForm.exec(text)
  if (standard) {
    const [, day, month, year, hour, minute, second, zone] = standard
    return toDate([year, month, day, hour, minute, second], zone)
  }
  const asctime = asctimeForm.exec(text)
  if (!asctime) return undefined
  const [, month, day, hour, minute, second, zoneBefore, year, zoneAfter] = asctime
  return toDate([year, month, day, hour, minute, second], zoneBefore ?? zoneAfter)
}

function toDate(fields: readonly (string | undefined)[], zone: string | undefined): HeaderDate | undefined {
  const [yearText = '', monthName = '', ...rest] = fields
  const [day = 0, hour = 0, minute = 0, second = 0] = rest.map((field) => Number(field ?? 0))
  const month = months.indexOf(monthName.toLowerCase())
  const year = fullYear(yearText)
  if (month < 0 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60 || year < 1900)
    return undefined
  const zoneMinutes = parseZone(zone ?? '')
  const local = Date.UTC(year, month, day, hour, minute, second)
  return {
    dateMs: local - (zoneMinutes ?? 0) * 60_000,
    ...(zoneMinutes !== undefined && { dateZoneMinutes: zoneMinutes }),
  }
}

/** RFC 5322 4.3: two digits below 50 are of this century, and three digits count from 1900. */
function fullYear(text: string): number {
  const year = Number(text)
  if (text.length === 2) return year < 50 ? 2000 + year : 1900 + year
  return text.length === 3 ? 1900 + year : year
}

/** `-0000` says that the zone isn't known (RFC 5322 3.3). */
function parseZone(text: string): number | undefined {
  const numeric = /^([+-])(\d{2}):?(\d{2})/.exec(text)
  if (numeric) {
    const [, sign, hours, minutes] = numeric
    const size = Number(hours) * 60 + Number(minutes)
    if (size > 24 * 60 || (sign === '-' && size === 0)) return undefined
    return sign === '-' ? -size : size
  }
  const hours = zoneHours[/^[a-z]+/i.exec(text)?.[0].toLowerCase() ?? '']
  return hours === undefined ? undefined : hours * 60
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** A Date value (RFC 5322 3.3); in UTC with `-0000` where the zone isn't known. */
export function formatHeaderDate({ dateMs, dateZoneMinutes }: HeaderDate): string {
  const zone = dateZoneMinutes ?? 0
  const local = new Date(dateMs + zone * 60_000)
  const month = months[local.getUTCMonth()] ?? ''
  const two = (value: number) => String(value).padStart(2, '0')
  const size = Math.abs(zone)
  const sign = zone < 0 || dateZoneMinutes === undefined ? '-' : '+'
  const time = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(two).join(':')
  const date = `${local.getUTCDate()} ${month.charAt(0).toUpperCase()}${month.slice(1)} ${String(local.getUTCFullYear()).padStart(4, '0')}`
  return `${days[local.getUTCDay()]}, ${date} ${time} ${sign}${two(Math.floor(size / 60))}${two(size % 60)}`
}
