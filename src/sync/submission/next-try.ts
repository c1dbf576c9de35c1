const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** After the first failures; then every hour (RFC 5321 4.5.4.1 asks for half an hour at least, after two tries in the first). */
const waitsMs = [1, 2, 5, 10, 30].map((minutes) => minutes * minuteMs)

/** No mail is given up before it was tried as often as fits in this: a clock that is suddenly days ahead proves no days of trying. */
const surelyTriedMs = 24 * hourMs

/**
 * How long to wait after a failed try before the next, in ms. Undefined when the mail is given up.
 * @param tries how many were made, at least 1
 * @param sinceMs since it could first have gone
 */
export function nextTryMs(tries: number, sinceMs: number, giveUpAfterMs: number): number | undefined {
  if (sinceMs >= giveUpAfterMs && spannedMs(tries) >= Math.min(giveUpAfterMs, surelyTriedMs)) return undefined
  return waitAfter(tries)
}

function waitAfter(tries: number): number {
  return waitsMs[Math.max(tries, 1) - 1] ?? hourMs
}

/** Between the first try and the last of so many, when each came in its time. */
function spannedMs(tries: number): number {
  const early = waitsMs.slice(0, Math.max(tries - 1, 0)).reduce((sum, wait) => sum + wait, 0)
  return early + Math.max(tries - 1 - waitsMs.length, 0) * hourMs
}
