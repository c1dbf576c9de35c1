import type { Config } from '../../settings/config.js'
import { InvalidValue } from '../../settings/invalid-value.js'
import { clockTime, duration, type Kind, money, size, text, texts } from '../../settings/kind.js'
import { printMoney } from '../../settings/price.js'
import { section, setting } from '../../settings/section.js'
import { clockWords } from '../../told/run-budget.js'
import { cronOf } from './next-runs.js'

const what = 'a time like "30 6 * * 1-5": minute, hour, day, month, day of the week'

const cron: Kind<string> = {
  what,
  label: 'cron expression',
  read: (value, place) => {
    const expression = text.read(value, place)
    try {
      cronOf(expression)
    } catch {
      throw new InvalidValue(what)
    }
    return expression
  },
  print: text.print,
}

export const scheduleSettings = section({
  table: 'schedule',
  keyed: { name: 'NAME', example: 'morning' },
  side: 'client',
  about: 'When packetboat run syncs, by the clock of this machine. After missed syncs, it syncs once',
  settings: {
    at: setting(cron, {
      example: '"30 6 * * 1-5"',
      help: 'When to sync, as in a crontab: minute, hour, day, month, day of the week. Also "@hourly", "@daily"',
    }),
    mailboxes: setting(texts, { example: '["INBOX", "Work/*"]', help: 'Sync only these mailboxes' }),
    link: setting(text, { example: '"boat"', help: 'The link profile to use' }),
    jitter: setting(duration(), {
      example: '"5 min"',
      help: 'Wait for a random time up to this first, so that not all machines dial at once',
    }),
    maxBytes: setting(size, { example: '"200k"', help: 'The most bytes for such a run' }),
    maxTime: setting(duration(), { example: '"10 min"', help: 'The longest time for such a run' }),
    maxCost: setting(money, {
      example: '"2 USD"',
      help: 'The most money for such a run, by the price of its link',
    }),
    until: setting(clockTime, { example: '"07:30"', help: 'The time of day at which such a run ends' }),
  },
})

/** One rule of the schedule. */
export interface ScheduleRule {
  readonly name: string
  readonly at: string
  /** The command line of its sync, without where settings and data are. */
  readonly words: readonly string[]
}

/** The rules in the order of the file. Those without a time are left out. */
export function scheduleRules(config: Config): ScheduleRule[] {
  return [...config.named(scheduleSettings)].flatMap(([name, rule]) => {
    const { at, mailboxes = [], link, jitter, maxBytes, maxTime, maxCost, until } = rule
    if (at === undefined) return []
    const options = [
      ...(link === undefined ? [] : ['--link', link]),
      ...(jitter === undefined ? [] : ['--jitter', String(jitter / 1000)]),
      ...(maxBytes === undefined ? [] : ['--max-bytes', String(maxBytes)]),
      ...(maxTime === undefined ? [] : ['--max-time', `${maxTime} ms`]),
      ...(maxCost === undefined ? [] : ['--max-cost', printMoney(maxCost)]),
      ...(until === undefined ? [] : ['--until', clockWords(until)]),
    ]
    return [{ name, at, words: ['sync', ...options, ...(mailboxes.length > 0 ? ['--', ...mailboxes] : [])] }]
  })
}
