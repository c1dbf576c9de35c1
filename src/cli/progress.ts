import { createLogUpdate } from 'log-update'
import { decodeEnvelope } from '../mime/envelope.js'
import type { Received } from '../sync/receive.js'
import type { CommandContext } from './command-context.js'
import { formatBytes, formatSeconds } from './sizes.js'

/** What a person sees while a sync runs. */
export interface Progress {
  bytesMoved(): void
  received(received: Received): void
  retrying(error: unknown, pauseMs: number): void
  end(): void
}

/** Redrawn at most this often: a progress line must not cost more than the line it is about. */
const redrawMs = 200
/** The rate is taken over the last so many milliseconds. */
const rateWindowMs = 10_000

/**
 * One line on a terminal: bytes both ways, rate, what has come, what is coming now. JSON lines for scripts. Otherwise
 * silence: cron's mail stays meaningful.
 */
export function createProgress(
  context: CommandContext,
  bytes: { readonly up: number; readonly down: number },
): Progress {
  const { output, terminal } = context
  const draw = terminal && !output.json ? createLogUpdate(terminal) : undefined
  const samples: { readonly ms: number; readonly bytes: number }[] = []
  let lastMs = 0
  let state: Received | undefined
  const rate = (now: number): number => {
    samples.push({ ms: now, bytes: bytes.up + bytes.down })
    while (samples.length > 2 && now - (samples[0]?.ms ?? 0) > rateWindowMs) samples.shift()
    const first = samples[0]
    const last = samples.at(-1)
    return first && last && last.ms > first.ms
      ? (1000 * (last.bytes - first.bytes)) / (last.ms - first.ms)
      : 0
  }
  const redraw = (): void => {
    const now = Date.now()
    if (!draw || now - lastMs < redrawMs) return
    lastMs = now
    const perSecond = rate(now)
    const moved = `${formatBytes(bytes.down)} down, ${formatBytes(bytes.up)} up, ${formatBytes(perSecond)}/s`
    draw(`${moved} · ${describe(state, perSecond)}`)
  }
  return {
    bytesMoved: redraw,
    received: (received) => {
      state = received
      if (output.json)
        output.event({
          event: 'progress',
          ...bytes,
          listed: received.listed,
          contents: received.contents,
          texts: received.texts,
          answerBytes: received.answerBytes,
          listedAt: received.listedAt,
          textsAt: received.textsAt,
        })
      redraw()
    },
    retrying: (error, pauseMs) => {
      const message = error instanceof Error ? error.message : String(error)
      draw?.clear()
      output.event({ event: 'retry', message, pauseMs: Math.round(pauseMs) })
      if (terminal && !output.json)
        terminal.write(`${message} Trying again in ${formatSeconds(pauseMs / 1000)}.\n`)
    },
    end: () => draw?.clear(),
  }
}

function describe(received: Received | undefined, perSecond: number): string {
  if (!received) return 'waiting for the endpoint'
  if (!received.accept) return `the endpoint is reading its mail: ${received.working} messages so far`
  const { item } = received
  if (!item) return `${received.listed} listed`
  const name = item.envelope ? (decodeEnvelope(item.envelope).subject ?? '(no subject)') : ''
  const left = item.sizeBytes - item.heldBytes
  const time = left > 10_000 && perSecond > 0 ? `, ${formatSeconds(left / perSecond)} left` : ''
  return `${received.listed} listed, ${received.contents} complete · ${name.slice(0, 40)} (${formatBytes(item.sizeBytes)}${time})`
}
