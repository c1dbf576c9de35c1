import { styleText } from 'node:util'
import { createLogUpdate } from 'log-update'
import { wordsOf } from '../../errors/words-of.js'
import type { ExchangeTally } from '../../sync/initiator/exchange-tally.js'
import { createProgressMeter } from '../../told/progress-view.js'
import { countsOf } from '../../told/run-counts.js'
import { formatSeconds } from '../../told/sizes.js'
import type { CommandContext } from '../command-context.js'
import { plainText } from '../text/plain-text.js'
import { textWidth } from '../text/text-width.js'
import { type Paint, progressLines } from './progress-lines.js'
import type { RunTally } from './run-tally.js'

/** What a person sees while a sync runs. */
export interface Progress {
  bytesMoved(): void
  received(received: ExchangeTally): void
  retrying(error: unknown, pauseMs: number): void
  end(): void
}

/** Redrawn at most this often: a progress line must not cost more than the line it is about. */
const redrawMs = 200
/** And at least this often, so that a line on which nothing moves is seen to stand still. */
const idleMs = 1000

/** A live display on a terminal, JSON lines for scripts, otherwise silence: cron's mail stays meaningful. */
export function createProgress(context: CommandContext, tally: RunTally): Progress {
  const { output } = context
  const display = output.json ? undefined : createDisplay(context, tally)
  return {
    bytesMoved: () => display?.changed(),
    received: ({ answerBytes, listedAt, textsAt }) => {
      if (output.json) {
        const { listed, contents, texts } = countsOf(tally)
        const { up, down } = tally
        output.event({ event: 'progress', up, down, listed, contents, texts, answerBytes, listedAt, textsAt })
      }
      display?.changed()
    },
    retrying: (error, pauseMs) => {
      const message = wordsOf(error)
      const words = `${message} Trying again in ${formatSeconds(pauseMs / 1000)}.`
      output.event({ event: 'retry', message, pauseMs: Math.round(pauseMs) })
      display?.say(words)
    },
    end: () => display?.end(),
  }
}

interface Display {
  changed(): void
  /** A line that stays. */
  say(line: string): void
  end(): void
}

function createDisplay({ terminal, env, signal }: CommandContext, tally: RunTally): Display | undefined {
  // A dumb terminal can't go back over what it has printed.
  if (!terminal || env['TERM'] === 'dumb') return undefined
  const draw = createLogUpdate(terminal)
  const meter = createProgressMeter(tally)
  const paint = paintOf(terminal, env)
  const columns = (): number => terminal.columns || 80
  let shown: string[] = []
  let lastMs = Number.NEGATIVE_INFINITY
  const redraw = (): void => {
    const now = performance.now()
    lastMs = now
    const lines = signal.aborted
      ? ['Stopping. What has arrived is kept; once more ends it at once.']
      : progressLines(meter(now), columns(), paint)
    shown = lines
    draw(lines.join('\n'))
  }
  const clear = (): void => {
    draw.clear()
    shown = []
  }
  const onResize = (): void => {
    // The terminal has broken lines that are too wide now: they take more rows than were drawn.
    const broken = shown.reduce((sum, line) => sum + Math.ceil(textWidth(line) / columns()) - 1, 0)
    terminal.write(eraseLine.repeat(Math.max(0, broken)))
    clear()
    redraw()
  }
  const idle = setInterval(redraw, idleMs)
  terminal.on('resize', onResize)
  signal.addEventListener('abort', redraw)
  redraw()
  return {
    changed: () => {
      if (performance.now() - lastMs >= redrawMs) redraw()
    },
    say: (line) => {
      clear()
      terminal.write(`${plainText(line)}\n`)
    },
    end: () => {
      clearInterval(idle)
      terminal.off('resize', onResize)
      signal.removeEventListener('abort', redraw)
      clear()
      draw.done()
    },
  }
}

/** ECMA-48: the line is erased, and the cursor goes one up. */
const eraseLine = '\u001b[2K\u001b[1A'

/** Node looks at NO_COLOR, FORCE_COLOR, TERM and the like. */
function paintOf(terminal: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Paint {
  if (!terminal.hasColors(env)) return { strong: (text) => text, faint: (text) => text }
  return { strong: (text) => styleText('green', text), faint: (text) => styleText('gray', text) }
}
