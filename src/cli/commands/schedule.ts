import { setTimeout } from 'node:timers/promises'
import { PacketboatError } from '../../errors/packetboat-error.js'
import type { CommandContext } from '../command-context.js'
import { exitCodes } from '../exit-codes.js'
import { keepSchedule } from '../schedule/keep-schedule.js'
import { nextRun, nextRuns, timeWords } from '../schedule/next-runs.js'
import { type ScheduleRule, scheduleRules } from '../schedule/schedule-settings.js'
import { tableLines } from '../text/table.js'

/** How many of the next runs are shown. */
const shown = 10

/** `packetboat schedule`: when `packetboat run` will sync next, and how. */
export async function scheduleCommand({ open, output }: CommandContext): Promise<void> {
  const rules = rulesOf(scheduleRules(open('client').config))
  const runs = nextRuns(rules, Date.now(), shown)
  output.result(
    { event: 'schedule', runs: runs.map(({ rule, ms }) => ({ ...rule, next: new Date(ms).toISOString() })) },
    tableLines(
      [
        { title: 'when', align: 'left' },
        { title: 'rule', align: 'left' },
        { title: 'runs', align: 'left' },
      ],
      runs.map(({ rule, ms }) => [timeWords(ms), rule.name, wordsOf(rule)]),
      output.columns,
    ),
  )
}

/** Runs one command line, as a person would have typed it; gives its exit code. */
export type RunWords = (words: readonly string[]) => Promise<number>

/**
 * `packetboat run`: keeps the schedule in the foreground until it is told to stop. Each rule's sync is a
 * command of its own: what goes wrong with one is reported, and the next ones run all the same.
 */
export async function runScheduleCommand(
  { open, output, signal }: CommandContext,
  runWords: RunWords,
): Promise<number> {
  const rules = rulesOf(scheduleRules(open('client').config))
  output.event({ event: 'scheduled', rules: rules.map(({ name, at }) => ({ name, at })) })
  await keepSchedule(rules, {
    now: Date.now,
    sleep: (ms, abort) => setTimeout(ms, undefined, { signal: abort }),
    signal,
    run: async (rule, missed) => {
      output.event({ event: 'run', rule: rule.name, missed }, `${rule.name}: ${wordsOf(rule)}`)
      const exit = await runWords(rule.words)
      output.event(
        { event: 'ran', rule: rule.name, exit },
        exit === exitCodes.done ? undefined : `${rule.name} ended with exit code ${exit}.`,
      )
    },
    onIdle: (ms) =>
      output.event({ event: 'idle', next: new Date(ms).toISOString() }, `Next: ${nextWords(rules, ms)}.`),
  }).catch((error: unknown) => {
    // To be told to stop is how it ends.
    if (!signal.aborted) throw error
  })
  return exitCodes.done
}

const nextWords = (rules: readonly ScheduleRule[], ms: number): string =>
  `${timeWords(ms)} (${rules
    .filter((rule) => nextRun(rule, ms - 1) === ms)
    .map(({ name }) => name)
    .join(', ')})`

/** Throws CONFIG when there is nothing to do, ever. */
function rulesOf(rules: readonly ScheduleRule[]): readonly ScheduleRule[] {
  if (rules.some((rule) => nextRun(rule, Date.now()) !== undefined)) return rules
  throw new PacketboatError(
    'CONFIG',
    'No schedule is set.',
    'Add one to the settings: [schedule.NAME] with at = "30 6 * * *". packetboat config example shows more.',
  )
}

function wordsOf({ words }: ScheduleRule): string {
  return ['packetboat', ...words]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`))
    .join(' ')
}
