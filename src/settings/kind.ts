import { InvalidValue } from './invalid-value.js'
import { nearestName } from './nearest-name.js'
import {
  type Money,
  type Price,
  parseMoney,
  parsePrice,
  parseStep,
  priceWords,
  printMoney,
  printPrice,
  printStep,
  type Step,
  stepWords,
} from './price.js'
import { durationUnits, parseQuantity, printQuantity, rateUnits, sizeUnits } from './quantity.js'

// Over 300 lines: a dozen kinds of values of some twenty lines each, found by looking through them.

/** Where a value was written. */
export interface Place {
  /** A path as it is written there, made absolute: relative ones start from the file that says them, `~/` from the home. */
  resolve(path: string): string
}

/** A type of setting: how it is read, written and described. */
export interface Kind<T> {
  /** What a value should be: `a duration like "30 s"`. */
  readonly what: string
  /** The name in the manual: `duration`. */
  readonly label: string
  /** Reads a TOML value. Throws InvalidValue. */
  read(value: unknown, place: Place): T
  /** Prints TOML that `read` takes. */
  print(value: T): string
  /** What may be shown of it, where that is less than `print`. */
  show?(value: T): string
  /** The possible values, if they are a short list: for completions. */
  readonly choices?: readonly string[]
  /** Names a file or folder: for completions. */
  readonly isPath?: boolean
}

/** A text as TOML: JSON's escapes are all TOML's too, but for DEL, which JSON leaves as it is. */
export function printText(text: string): string {
  return JSON.stringify(text.replace(/\p{Surrogate}/gu, '\ufffd')).replaceAll('\u007f', '\\u007f')
}

function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw new InvalidValue(what)
  return value
}

export const text: Kind<string> = {
  what: 'a text',
  label: 'string',
  read: (value) => textOf(value, 'a text'),
  print: printText,
}

/** A list of texts; a single one counts as a list. */
export const texts: Kind<readonly string[]> = {
  what: 'a list like ["one", "two"]',
  label: 'list of strings',
  read: (value) => {
    if (!Array.isArray(value)) throw new InvalidValue(texts.what)
    return value.map((item, index) => {
      if (typeof item !== 'string') throw new InvalidValue(texts.what, { path: [index] })
      return item
    })
  },
  print: (value) => `[${value.map(printText).join(', ')}]`,
}

export const truth: Kind<boolean> = {
  what: 'true or false',
  label: 'true or false',
  read: (value) => {
    if (typeof value !== 'boolean') throw new InvalidValue(truth.what)
    return value
  },
  print: String,
  choices: ['true', 'false'],
}

export const count: Kind<number> = {
  what: 'a whole number, 0 or more',
  label: 'whole number',
  read: (value) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw new InvalidValue(count.what)
    return value
  },
  print: String,
}

export const share: Kind<number> = {
  what: 'a number from 0 to 1',
  label: 'number from 0 to 1',
  read: (value) => {
    if (typeof value !== 'number' || !(value >= 0 && value <= 1)) throw new InvalidValue(share.what)
    return value
  },
  print: String,
}

export function oneOf<const T extends string>(...choices: readonly T[]): Kind<T> {
  const what = `one of ${choices.join(', ')}`
  return {
    what,
    label: choices.map((choice) => `"${choice}"`).join(' or '),
    read: (value) => {
      const found = choices.find((choice) => choice === value)
      if (found !== undefined) return found
      const meant = typeof value === 'string' ? nearestName(value, choices) : undefined
      throw new InvalidValue(what, { ...(meant !== undefined && { meant }) })
    },
    print: printText,
    choices,
  }
}

/** A file or folder. */
export const path: Kind<string> = {
  what: 'a path',
  label: 'path',
  read: (value, place) => place.resolve(textOf(value, path.what)),
  print: printText,
  isPath: true,
}

/** Milliseconds. A number without a unit is in `plain`, as older files have it. */
export function duration(plain: 's' | 'days' = 's'): Kind<number> {
  const what =
    plain === 's' ? 'a duration like "30 s" or "2 h"' : 'a number of days, or a duration like "30 days"'
  return {
    what,
    label: 'duration',
    read: (value) => quantity(value, durationUnits, durationUnits[plain], what),
    print: (value) => printText(printQuantity(value, durationUnits, ['ms', 's', 'min', 'h', plain])),
  }
}

/** A number of bytes; `none` is 0 and `all` is everything. */
export const size: Kind<number> = {
  what: 'a size like "64k" or "1.5 MB", "none" or "all"',
  label: 'size',
  read: (value) => {
    if (value === 'none') return 0
    if (value === 'all') return Number.MAX_SAFE_INTEGER
    return Math.min(Math.round(quantity(value, sizeUnits, 1, size.what)), Number.MAX_SAFE_INTEGER)
  },
  print: (value) => {
    if (value === 0) return '"none"'
    if (value === Number.MAX_SAFE_INTEGER) return '"all"'
    return printText(printQuantity(value, sizeUnits, ['B', 'kB', 'KiB', 'MB', 'MiB', 'GB']))
  },
}

/** Bits a second, more than 0. */
export const rate: Kind<number> = {
  what: 'a rate like "2400 bit/s" or "64 kB/s"',
  label: 'rate',
  read: (value) => {
    // No guessing by a factor of eight.
    if (typeof value === 'string' && /[kMG]b\/s/.test(value))
      throw new InvalidValue(`${rate.what}: kb/s may be kbit/s or kB/s`)
    const bits = quantity(value, rateUnits, 1, rate.what)
    if (bits <= 0) throw new InvalidValue(rate.what)
    return bits
  },
  print: (value) => printText(printQuantity(value, rateUnits, ['bit/s', 'kbit/s', 'Mbit/s'])),
}

export const money: Kind<Money> = {
  what: 'an amount of money like "5 USD"',
  label: 'money',
  read: (value) => parseMoney(textOf(value, money.what)),
  print: (value) => printText(printMoney(value)),
}

export const price: Kind<Price> = {
  what: priceWords,
  label: 'price',
  read: (value) => parsePrice(textOf(value, priceWords)),
  print: (value) => printText(printPrice(value)),
}

/** A step of time or of bytes. */
export const step: Kind<Step> = {
  what: stepWords,
  label: 'time or size',
  read: (value) => parseStep(textOf(value, stepWords)),
  print: (value) => printText(printStep(value)),
}

/** Minutes after midnight, by the clock of the machine. */
export const clockTime: Kind<number> = {
  what: 'a time of day like "07:30"',
  label: 'time of day',
  read: (value) => {
    const match = /^(\d{1,2}):(\d\d)$/.exec(typeof value === 'string' ? value.trim() : '')
    const [hours, minutes] = [Number(match?.[1]), Number(match?.[2])]
    if (!(hours < 24 && minutes < 60)) throw new InvalidValue(clockTime.what)
    return hours * 60 + minutes
  },
  print: (value) =>
    printText(`${String(Math.floor(value / 60)).padStart(2, '0')}:${String(value % 60).padStart(2, '0')}`),
}

/** A program with its arguments, run without a shell, and how long it may take. */
export interface Command {
  readonly argv: readonly [string, ...string[]]
  readonly timeoutMs: number
}

const commandTimeoutMs = 30_000

/** `["pass", "show", "x"]`, or `{ command = [...], timeout = "10 s" }`. */
export const command: Kind<Command> = {
  what: 'a command like ["pass", "show", "packetboat"], or { command = [...], timeout = "10 s" }',
  label: 'command',
  read: (value, place) => {
    if (Array.isArray(value)) return { argv: argvOf(value), timeoutMs: commandTimeoutMs }
    const table = tableWith(value, ['command', 'timeout'], command.what)
    const { timeout } = table
    return {
      argv: inside('command', () => argvOf(table['command'])),
      timeoutMs:
        timeout === undefined ? commandTimeoutMs : inside('timeout', () => duration().read(timeout, place)),
    }
  },
  print: ({ argv, timeoutMs }) => {
    const list = texts.print(argv)
    return timeoutMs === commandTimeoutMs
      ? list
      : `{ command = ${list}, timeout = ${duration().print(timeoutMs)} }`
  },
}

function argvOf(value: unknown): [string, ...string[]] {
  const [program, ...args] = Array.isArray(value) ? (value as unknown[]) : []
  if (typeof program !== 'string' || program === '' || args.some((arg) => typeof arg !== 'string'))
    throw new InvalidValue('a list, the program first: a shell would need ["sh", "-c", "..."]')
  return [program, ...(args as string[])]
}

/** A secret, or where it is to be had. Read when it is needed, and never shown. */
export type Secret =
  | { readonly from: 'text'; readonly text: string }
  | { readonly from: 'file'; readonly path: string }
  | ({ readonly from: 'command' } & Command)

/** `"..."`, `{ file = "PATH" }` or `{ command = [...], timeout = "10 s" }`. */
export const secret: Kind<Secret> = {
  what: 'a secret: a text, { file = "PATH" }, or { command = ["pass", "show", "x"], timeout = "10 s" }',
  label: 'secret',
  read: (value, place) => {
    if (typeof value === 'string') return { from: 'text', text: textOf(value, secret.what) }
    const table = tableWith(value, ['command', 'timeout', 'file'], secret.what)
    const { file, ...rest } = table
    if (file === undefined) return { from: 'command', ...command.read(rest, place) }
    if (Object.keys(rest).length > 0) throw new InvalidValue(secret.what)
    return { from: 'file', path: inside('file', () => path.read(file, place)) }
  },
  print: (value) => {
    if (value.from === 'text') return printText(value.text)
    if (value.from === 'file') return `{ file = ${printText(value.path)} }`
    return `{ command = ${texts.print(value.argv)}, timeout = ${duration().print(value.timeoutMs)} }`
  },
  show: (value) => (value.from === 'text' ? '"***"' : secret.print(value)),
}

/** A table with names that the person gives: `[accounts]`. */
export function tableOf<T>(kind: Kind<T>, what: string): Kind<Readonly<Record<string, T>>> {
  return {
    what,
    label: `table of ${kind.label}`,
    read: (value, place) => {
      const table = plainTable(value, what)
      return Object.fromEntries(
        Object.entries(table).map(([name, each]) => [name, inside(name, () => kind.read(each, place))]),
      )
    },
    print: (value) => {
      const pairs = Object.entries(value).map(([name, each]) => `${printText(name)} = ${kind.print(each)}`)
      return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
    },
  }
}

/** Runs a check on part of a value; its complaint names the part. */
function inside<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error
    throw new InvalidValue(error.message, {
      path: [name, ...error.path],
      ...(error.meant !== undefined && { meant: error.meant }),
    })
  }
}

function plainTable(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date)
    throw new InvalidValue(what)
  return value as Record<string, unknown>
}

function tableWith(value: unknown, names: readonly string[], what: string): Record<string, unknown> {
  const table = plainTable(value, what)
  for (const name of Object.keys(table))
    if (!names.includes(name)) {
      const meant = nearestName(name, names)
      throw new InvalidValue(what, { path: [name], ...(meant !== undefined && { meant }) })
    }
  return table
}

function quantity(
  value: unknown,
  units: Readonly<Record<string, number>>,
  plain: number,
  what: string,
): number {
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || value < 0) throw new InvalidValue(what)
    return value * plain
  }
  return parseQuantity(textOf(value, what), units, plain, what)
}
