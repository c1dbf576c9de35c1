import { InvalidValue } from '../../settings/invalid-value.js'
import { type Kind, printText } from '../../settings/kind.js'
import type { Keep } from '../../sync/policy/window.js'

const what = '"all", an age like "90 days", or a number like "500 messages"'

const daysIn: Readonly<Record<string, number>> = { day: 1, week: 7, month: 31, year: 366 }

/** More days than any mail is old, and more messages than a mailbox holds. */
const most = 1_000_000

/** How much of a mailbox is held, in words. */
export const keepWords: Kind<Keep> = {
  what,
  label: 'age, number of messages or "all"',
  read: (value) => {
    if (typeof value !== 'string') throw new InvalidValue(what)
    const words = value.trim().toLowerCase()
    if (words === 'all') return 'all'
    const [, digits, unit = ''] = /^(\d{1,7})\s*([a-z]+?)s?$/.exec(words) ?? []
    const count = Number(digits)
    if (!(count >= 1 && count <= most)) throw new InvalidValue(what)
    if (unit === 'message') return { messages: count }
    const days = daysIn[unit === 'd' ? 'day' : unit]
    if (days === undefined) throw new InvalidValue(what)
    return { days: Math.min(most, count * days) }
  },
  print: (keep) => printText(keepText(keep)),
}

export function keepText(keep: Keep): string {
  if (keep === 'all') return 'all'
  const [count, unit] = 'days' in keep ? [keep.days, 'day'] : [keep.messages, 'message']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
