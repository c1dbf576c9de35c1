import { PacketboatError } from '../../errors/packetboat-error.js'
import { plainJson, plainText } from './plain-text.js'
import { wrapLine } from './wrap-line.js'

/** A line for people; with a style where the terminal has some. */
export type Line = string | { readonly text: string; readonly style: 'strong' | 'faint' }

/**
 * Where a command's words go. For people: plain lines on stdout, progress and complaints on stderr. With
 * `--json`: one object a line on stdout, errors too, so that a script reads a single stream.
 */
export interface Output {
  readonly json: boolean
  /** How wide a table may be; undefined where that is nobody's business. */
  readonly columns: number | undefined
  /** The command's result: lines for people, an object for scripts. */
  result(event: object, lines: readonly Line[]): void
  /** A result that is bytes: as they are, and on a terminal as text that it doesn't obey. */
  bytes(chunks: AsyncIterable<Uint8Array>): Promise<void>
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
  /** Writes bytes unchanged; absent on a terminal. */
  readonly bytes?: ((chunk: Uint8Array) => Promise<void>) | undefined
  /** Whether stdout shows styles. */
  readonly styled?: boolean | undefined
  /** How wide the terminals are behind them, where they are some. */
  readonly columns?: { readonly stdout?: number | undefined; readonly stderr?: number | undefined }
}

/**
 * Makes an output. Whatever the words contain that others wrote (names, subjects, complaints) is shown as
 * text: no terminal obeys it, and it begins no line.
 * @param quiet for people: nothing but warnings and errors.
 */
export function createOutput(streams: Streams, json: boolean, quiet = false): Output {
  const { stdout: wide, stderr: wideBelow } = streams.columns ?? {}
  const wrapped = (text: string, columns: number | undefined): string =>
    (columns === undefined || text.includes('\t') ? [text] : wrapLine(text, columns)).join('\n')
  const line = (given: Line): void => {
    const text = wrapped(plainLine(textOf(given)), wide)
    streams.stdout(`${typeof given !== 'string' && streams.styled ? styled(text, given.style) : text}\n`)
  }
  const complaint = (text: string): void => streams.stderr(`${wrapped(plainLine(text), wideBelow)}\n`)
  const object = (event: object): void => streams.stdout(`${plainJson(event)}\n`)
  return {
    json,
    columns: wide,
    result: (event, lines) => {
      if (json) object(event)
      else if (!quiet) for (const text of lines) line(text)
    },
    bytes: async (chunks) => {
      if (streams.bytes) for await (const chunk of chunks) await streams.bytes(chunk)
      else for await (const text of linesOf(chunks)) line(text)
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

export const textOf = (line: Line): string => (typeof line === 'string' ? line : line.text)

/** SGR (ECMA-48 8.3.117): bold and dim, and what ends both. */
function styled(text: string, style: 'strong' | 'faint'): string {
  return `\u001b[${style === 'strong' ? 1 : 2}m${text}\u001b[22m`
}

/** A line without an end is given up to so many characters at once. */
const longestLine = 100_000

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/)
    rest = lines.pop() ?? ''
    yield* lines
    if (rest.length > longestLine) {
      yield rest
      rest = ''
    }
  }
  rest += decoder.decode()
  if (rest !== '') yield rest
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
