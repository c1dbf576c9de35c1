import { PacketboatError } from '../errors/packetboat-error.js'

/**
 * Where a command's words go. For people: plain lines on stdout, progress and complaints on stderr. With `--json`: one
 * object a line on stdout, errors too, so that a script reads a single stream.
 */
export interface Output {
  readonly json: boolean
  /** The command's result: lines for people, an object for scripts. */
  result(event: object, lines: readonly string[]): void
  /** Something on the way: an object for scripts; nothing for people unless there are words. */
  event(event: object, line?: string): void
  /** Something that the person should know and that stops nothing. */
  warning(text: string): void
  error(error: unknown): void
}

export interface Streams {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}

/** @param quiet for people: nothing but warnings and errors. */
export function createOutput(streams: Streams, json: boolean, quiet = false): Output {
  const line = (text: string): void => streams.stdout(`${text}\n`)
  return {
    json,
    result: (event, lines) => {
      if (json) line(JSON.stringify(event))
      else if (!quiet) for (const text of lines) line(text)
    },
    event: (event, text) => {
      if (json) line(JSON.stringify(event))
      else if (text !== undefined && !quiet) streams.stderr(`${text}\n`)
    },
    warning: (text) => {
      if (json) line(JSON.stringify({ event: 'warning', message: text }))
      else streams.stderr(`packetboat: ${text}\n`)
    },
    error: (error) => {
      const { code, message, next } = describe(error)
      if (json) line(JSON.stringify({ event: 'error', code, message, next }))
      else streams.stderr(`packetboat: ${message}\n${next ? `  ${next}\n` : ''}`)
    },
  }
}

function describe(error: unknown): { code: string; message: string; next: string } {
  if (error instanceof PacketboatError) return { code: error.code, message: error.message, next: error.next }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {
    code: 'BUG',
    message: `Unexpected: ${message}`,
    next: 'Please report this. Nothing that had arrived is lost.',
  }
}
