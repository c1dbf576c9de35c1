/** The first day of a year, a month or a day of the calendar as somebody types it, as `2026-11-05`. Undefined where there is no such day. */
export function firstDayOf(text: string): string | undefined {
  const [, year, month = '1', day = '1'] = /^([12]\d{3})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(text) ?? []
  if (year === undefined) return undefined
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  return isDay(iso) ? iso : undefined
}

/** Whether the calendar has this day, written as `2026-11-05`: of a 30th of February a date makes another day, or none. */
export function isDay(iso: string): boolean {
  return new Date(`${iso}T00:00Z`).toJSON()?.startsWith(iso) ?? false
}
