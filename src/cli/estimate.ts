/** What is known of the line, measured or set. Empty where nothing is: then no time and no price is shown. */
export interface LineFigures {
  readonly bytesPerSecond?: number
  /** In `currency`. Price by amount and price by time add up where a line has both. */
  readonly perMegabyte?: number
  readonly perMinute?: number
  readonly currency?: string
}

export interface Estimate {
  readonly seconds?: number
  readonly price?: number
}

/** How long so many bytes would take, and what they would cost, as far as the figures say. Decimal megabytes, as lines are billed. */
export function estimate(bytes: number, line: LineFigures): Estimate {
  const { bytesPerSecond = 0, perMegabyte, perMinute } = line
  const seconds = bytesPerSecond > 0 ? bytes / bytesPerSecond : undefined
  // A price by the minute says nothing while nobody knows how many.
  const priced = perMegabyte !== undefined || (perMinute !== undefined && seconds !== undefined)
  const complete = perMinute === undefined || seconds !== undefined
  const price = (bytes / 1e6) * (perMegabyte ?? 0) + ((seconds ?? 0) / 60) * (perMinute ?? 0)
  return { ...(seconds !== undefined && { seconds }), ...(priced && complete && { price }) }
}
