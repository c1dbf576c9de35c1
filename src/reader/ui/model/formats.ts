import type { Money } from '../../../settings/price.js'
import { formatBytes, formatMoney, formatSeconds } from '../../../told/sizes.js'
import type { Correspondent } from '../../port.js'
import type { Language } from '../../words/words.js'

/** Numbers and dates as people of a language write them. */
export interface Formats {
  bytes(bytes: number): string
  seconds(seconds: number): string
  money(money: Money): string
  /** For lists: the time today, else the day. */
  short(ms: number): string
  long(ms: number): string
}

export function formatsOf(language: Language, now: () => number): Formats {
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, options)
  const time = format({ hour: '2-digit', minute: '2-digit' })
  const day = format({ day: 'numeric', month: 'short' })
  const year = format({ year: 'numeric', month: 'short' })
  const long = format({ dateStyle: 'full', timeStyle: 'short' })
  const local = (text: string): string => (language === 'de' ? text.replace('.', ',') : text)
  return {
    bytes: (bytes) => local(formatBytes(bytes)),
    seconds: (seconds) => local(formatSeconds(seconds)),
    money: (money) => local(formatMoney(money)),
    short: (ms) => {
      const [date, today] = [new Date(ms), new Date(now())]
      if (date.toDateString() === today.toDateString()) return time.format(date)
      return (date.getFullYear() === today.getFullYear() ? day : year).format(date)
    },
    long: (ms) => long.format(ms),
  }
}

/** A person by name, else by address. */
export const personName = ({ name, address }: Correspondent): string => name || address

/** Name and address, as mail programs write them. */
export function fullName({ name, address }: Correspondent): string {
  if (name === '' || name === address) return address
  if (address === '') return name
  const quoted = /[^\p{L}\p{N} '-]/u.test(name) ? `"${name.replace(/["\\]/g, '')}"` : name
  return `${quoted} <${address}>`
}
