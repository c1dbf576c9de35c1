import { Cron } from 'croner'

/** When something is to be done by itself: a cron expression of five fields, by the clock and the time zone of this machine. */
export interface Timed {
  readonly at: string
}

/** Undefined for an expression that never comes true. Throws an Error for an invalid one. */
export function nextRun({ at }: Timed, afterMs: number): number | undefined {
  return cronOf(at).nextRun(new Date(afterMs))?.getTime()
}

/** Throws an Error for an expression that is none. */
export function cronOf(expression: string): Cron {
  return new Cron(expression, { paused: true, mode: '5-part' })
}

/** The next runs of several rules, the earliest first. */
export function nextRuns<R extends Timed>(
  rules: readonly R[],
  afterMs: number,
  count: number,
): { readonly rule: R; readonly ms: number }[] {
  return rules
    .flatMap((rule) =>
      cronOf(rule.at)
        .nextRuns(count, new Date(afterMs))
        .map((date) => ({ rule, ms: date.getTime() })),
    )
    .sort((a, b) => a.ms - b.ms)
    .slice(0, count)
}

/** `Fri 2026-11-27 06:30`, by the clock here. */
export function timeWords(ms: number): string {
  const date = new Date(ms)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = date.toLocaleDateString('en', { weekday: 'short' })
  return `${day} ${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`
}
