/** What has come is shown this often while more is coming. */
const usualEveryMs = 5000

/**
 * The first that is listed, and the first text, sooner: behind them the endpoint may look through a large account, or a part may come that takes
 * minutes. On a quick line all is here before that.
 */
const firstMs = 1000

/**
 * Where mail arrives faster than it can be written, showing it bit by bit would take most of the time. So the
 * pause between two rounds of writing is this many times what the last round took.
 */
const showPauses = 10
const longestPauseMs = 300_000

/** Until it is written, a message takes room in the database, whose file never becomes smaller: where so much waits, no pause is made. */
const mostWaitingBytes = 128 * 1024 * 1024

interface Come {
  readonly listed: number
  readonly texts: number
  readonly contentBytes: number
}

export interface WritePace {
  /** @param come what has come so far: messages that are listed, first texts, and bytes of messages that are complete. */
  isDue(come: Come): boolean
  /** Waits for a round of writing, and has the next one wait accordingly. */
  during(writing: Promise<unknown>): Promise<void>
}

/** When what has come of an answer is written to the mail store. `everyMs` 0 is: after each piece. Clocks may be wrong and set back. */
export function paceWrites(now: () => number, everyMs = usualEveryMs): WritePace {
  let shownMs = now()
  let pauseMs = everyMs
  let shown: Come = { listed: 0, texts: 0, contentBytes: 0 }
  let come = shown
  return {
    isDue({ listed, texts, contentBytes }) {
      come = { listed, texts, contentBytes }
      if (contentBytes - shown.contentBytes >= mostWaitingBytes) return true
      const isFirst = (shown.listed === 0 && listed > 0) || (shown.texts === 0 && texts > 0)
      return Math.abs(now() - shownMs) >= (isFirst ? Math.min(firstMs, pauseMs) : pauseMs)
    },
    async during(writing) {
      const beganMs = now()
      shown = come
      await writing
      shownMs = now()
      const restMs = Math.min(longestPauseMs, showPauses * Math.abs(shownMs - beganMs))
      if (everyMs > 0) pauseMs = Math.max(everyMs, restMs)
    },
  }
}
