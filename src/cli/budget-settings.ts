import { clockTime, duration, size } from '../settings/kind.js'
import { section, setting, type ValuesOf } from '../settings/section.js'
import type { Budget } from './run-budget.js'

/** What each run may cost, unless the command line says otherwise. */
export const budgetSettings = section({
  table: '',
  side: 'client',
  about: 'What a run may cost: it stops before that, and the next one goes on',
  settings: {
    maxBytes: setting(size, {
      example: '"200k"',
      help: 'Bytes that a run may take, up and down together, with the heads of packets',
      flag: '--max-bytes <size>',
    }),
    maxTime: setting(duration(), {
      example: '"10 min"',
      help: 'How long a run may take',
      flag: '--max-time <duration>',
    }),
    until: setting(clockTime, {
      example: '"07:30"',
      help: 'When a run ends, by the clock',
      flag: '--until <time>',
    }),
  },
})

export function budgetOf({ maxBytes, maxTime, until }: ValuesOf<typeof budgetSettings.settings>): Budget {
  return {
    ...(maxBytes !== undefined && { maxBytes }),
    ...(maxTime !== undefined && { maxMs: maxTime }),
    ...(until !== undefined && { until }),
  }
}
