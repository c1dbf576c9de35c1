import { PacketboatError } from '../../errors/packetboat-error.js'
import { plainJson, plainText } from './plain-text.js'
import { wrapLine } from './wrap-line.js'

/**
 * Where a command's words go. For people: plain lines on stdout, progress and complaints on stderr. With `--json`: one
 * object a line on stdout, errors too, so that a script reads a single stream.
 */
export interface Output {
  readonly json: boolean
  /** How wide a table may be; undefined where that is nobody's business. */
  readonly columns: number | undefined
  /** The command's result: lines for people, an object for scripts. */
  result(event: object, lines: readonly string[]): void
  /** Something on the way: an object for scripts; nothing for people unless there are words. */
  event(event: object, line?: string): void
  /** Something that the person should know and that stops nothing. */
  warning(text: string): void
  /** `about`: what else a script may want to know of it. */
  error(error: unknown, about?: object): void
}

export interface Streams {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** How wide the terminals are behind them, where they are some. */
  readonly columns?: { readonly stdout?: number | undefined; readonly stderr?: number | undefined }
}

/**
 * Whatever the words hold that others wrote (names, subjects, complaints) comes out as text: nothing of it is obeyed by a terminal or
 * begins a line.
 *
 * @param quiet for people: nothing but warnings and errors.
 */
export function createOutput(streams: Streams, json: boolean, quiet = false): Output {
  const { stdout: wide, stderr: wideBelow } = streams.columns ?? {}
  const wrapped = (text: string, columns: number | undefined): string =>
    (columns === undefined || text.includes('\t') ? [text] : wrapLine(text, columns)).join('\n')
  const line = (text: string): void => streams.stdout(`${wrapped(plainLine(text), wide)}\n`)
  const complaint = (text: string): void => streams.stderr(`${wrapped(plainLine(text), wideBelow)}\n`)
  const object = (event: object): void => streams.stdout(`${plainJson(event)}\n`)
  return {
    json,
    columns: wide,
    result: (event, lines) => {
      if (json) object(event)
      else if (!quiet) for (const text of lines) line(text)
    },
    event: (event, text) => {
      if (json) object(event)
      else if (text !== undefined && !quiet) complaint(text)
    },
    warning: (text) => {
      if (json) object({ event: 'warning', message: text })
      else complaint(`packetboat: ${text}`)
    },
    error: (error, about = {}) => {
      const { code, message, frames, next } = describe(error)
      if (json) object({ event: 'error', ...about, code, message: [message, ...frames].join('\n'), next })
      else
        for (const text of [`packetboat: ${message}`, ...frames, ...(next ? [`  ${next}`] : [])])
          complaint(text)
    },
  }
}

/** Some lists have columns for scripts: their tabs stay. */
const plainLine = (text: string): string => text.split('\t').map(plainText).join('\t')

/** `frames`: where in the program, of what nobody has foreseen. */
function describe(error: unknown): { code: string; message: string; frames: string[]; next: string } {
  if (error instanceof PacketboatError)
    return { code: error.code, message: error.message, frames: [], next: error.next }
  const { message, stack = '' } = error instanceof Error ? error : { message: String(error) }
  return {
    code: 'BUG',
    message: `Unexpected: ${message}`,
    frames: stack.split('\n').filter((each) => /^ {4}at /.test(each)),
    next: 'Please report this. Nothing that had arrived is lost.',
  }
}
