/** What has come is shown this often while more is coming. */
const usualEveryMs = 5000

/** The first text sooner: behind it may come a part that takes minutes. On a quick line all is here before that. */
const firstTextMs = 1000

/**
 * Where mail arrives faster than it can be written, showing it bit by bit would take most of the time. So the
 * pause between two rounds of writing is this many times what the last round took.
 */
const showPauses = 10
const longestPauseMs = 300_000

export interface WritePace {
  /** @param texts first texts that have come so far. */
  isDue(texts: number): boolean
  /** Waits for a round of writing, and has the next one wait accordingly. */
  during(writing: Promise<unknown>): Promise<void>
}

/** When what has come of an answer is written to the mail store. `everyMs` 0 is: after each piece. Clocks may be wrong and set back. */
export function paceWrites(now: () => number, everyMs = usualEveryMs): WritePace {
  let shownMs = now()
  let pauseMs = everyMs
  let shownTexts = 0
  let texts = 0
  return {
    isDue(arrived) {
      texts = arrived
      const firstText = shownTexts === 0 && texts > 0
      return Math.abs(now() - shownMs) >= (firstText ? Math.min(firstTextMs, pauseMs) : pauseMs)
    },
    async during(writing) {
      const beganMs = now()
      shownTexts = texts
      await writing
      shownMs = now()
      const restMs = Math.min(longestPauseMs, showPauses * Math.abs(shownMs - beganMs))
      if (everyMs > 0) pauseMs = Math.max(everyMs, restMs)
    },
  }
}
