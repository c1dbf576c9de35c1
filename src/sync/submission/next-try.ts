const minuteMs = 60_000

/** After the first failures; then every hour (RFC 5321 4.5.4.1 asks for half an hour at least, after two tries in the first). */
const waitsMs = [1, 2, 5, 10, 30].map((minutes) => minutes * minuteMs)

/**
 * How long after a try that failed the next one is, ms. Undefined when it is given up.
 *
 * @param tries that there were, at least 1
 * @param sinceMs since it could have gone first
 */
export function nextTryMs(tries: number, sinceMs: number, giveUpAfterMs: number): number | undefined {
  if (sinceMs >= giveUpAfterMs) return undefined
  return waitsMs[Math.max(tries, 1) - 1] ?? 60 * minuteMs
}
