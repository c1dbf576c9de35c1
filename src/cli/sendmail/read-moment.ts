import { PacketboatError } from '../../errors/packetboat-error.js'
import { plausibleDateMs } from '../../replica/model.js'
import { isDay } from '../../settings/calendar-day.js'
import { clockTime, duration } from '../../settings/kind.js'

const place = { resolve: (path: string) => path }

/**
 * Reads a future time, by this machine's clock and time zone: `18:00` (the next occurrence), `2 h` (from
 * now), or `2026-12-24T18:00`. Throws USAGE.
 */
export function readMoment(text: string, nowMs: number): number {
  const moment = nextTime(text, nowMs) ?? fromNow(text, nowMs) ?? date(text)
  if (moment !== undefined && moment > nowMs && moment === plausibleDateMs(moment)) return moment
  throw new PacketboatError(
    'USAGE',
    moment !== undefined && moment <= nowMs ? `--at "${text}" is over.` : `--at "${text}" is no time.`,
    'Write a time like 18:00, a duration like "2 h", or a date like 2026-12-24T18:00.',
  )
}

function nextTime(text: string, nowMs: number): number | undefined {
  if (!text.includes(':') || /\d{4}/.test(text)) return undefined
  const minutes = readOr(() => clockTime.read(text, place))
  if (minutes === undefined) return undefined
  const day = new Date(nowMs)
  const at = (days: number): number =>
    new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, 0, minutes).getTime()
  return at(0) > nowMs ? at(0) : at(1)
}

function fromNow(text: string, nowMs: number): number | undefined {
  const ms = readOr(() => duration().read(text, place))
  return ms === undefined ? undefined : nowMs + ms
}

function date(text: string): number | undefined {
  const [, day] = /^(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? []
  if (day === undefined || !isDay(day)) return undefined
  const ms = Date.parse(/[T ]/.test(text) ? text.replace(' ', 'T') : `${text}T00:00`)
  return Number.isNaN(ms) ? undefined : ms
}

function readOr<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
