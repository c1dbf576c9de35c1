import { PacketboatError } from '../../errors/packetboat-error.js'
import { firstDayOf } from '../../settings/calendar-day.js'
import { foldWords, isSign, spelledWords, type WantedWord, wantedWords } from './fold-words.js'

/** What somebody looks for, as it is typed: docs/PROTOCOL.md "Questions". */

export interface Question {
  /** A message must match all of them. */
  readonly terms: readonly Term[]
  /** Patterns; none: any mailbox. */
  readonly mailboxes: readonly string[]
  readonly afterMs: number
  readonly beforeMs: number
}

export interface Term {
  /** Undefined: anywhere in the message. */
  readonly field: Field | undefined
  readonly wanted: readonly WantedWord[]
  /** The same words as they were typed (`spelledWords`). */
  readonly spelled: readonly (readonly string[])[]
  /** They stand in a row, and are whole words. */
  readonly row?: readonly string[]
}

export type Field = (typeof fields)[number]
const fields = ['from', 'to', 'subject'] as const

/** What may stand before a colon. */
export const questionFields = [...fields, 'in', 'after', 'before'] as const

const pieces = /(?:(?<name>from|to|subject|in|after|before):)?(?:"(?<quoted>[^"]*)"?|(?<plain>\S+))/giu

/** Throws USAGE where nothing could be found by it. */
export function readQuestion(typed: string): Question {
  const terms: Term[] = []
  const mailboxes: string[] = []
  let afterMs = Number.NEGATIVE_INFINITY
  let beforeMs = Number.POSITIVE_INFINITY
  for (const { groups = {} } of typed.matchAll(pieces)) {
    const name = groups['name']?.toLowerCase()
    const value = groups['quoted'] ?? groups['plain'] ?? ''
    const [, open] = /^(from|to|subject|in|after|before):$/i.exec(groups['plain'] ?? '') ?? []
    if (open !== undefined || (name !== undefined && value === '')) throw nothingBehind(open ?? name ?? '')
    if (name === 'in') mailboxes.push(value)
    else if (name === 'after') afterMs = Math.max(afterMs, readDay(value))
    else if (name === 'before') beforeMs = Math.min(beforeMs, readDay(value))
    else {
      const field = fields.find((each) => each === name)
      const term = readTerm(field, value, groups['quoted'] !== undefined)
      if (term.wanted.length > 0) terms.push(term)
      else if (field) throw noWord()
    }
  }
  const isBounded =
    mailboxes.length > 0 || afterMs > Number.NEGATIVE_INFINITY || beforeMs < Number.POSITIVE_INFINITY
  if (terms.length === 0 && !isBounded) throw noWord()
  return { terms, mailboxes, afterMs, beforeMs }
}

function readTerm(field: Field | undefined, value: string, isQuoted: boolean): Term {
  const wanted = wantedWords(value)
  const spelled = spelledWords(value)
  if (!isQuoted) return { field, wanted, spelled }
  const whole = wanted.map(({ word, beginning }) => ({ word, beginning: beginning && isSign(word) }))
  return { field, wanted: whole, spelled, row: [...foldWords(value)] }
}

const nothingBehind = (name: string): PacketboatError =>
  new PacketboatError(
    'USAGE',
    `Nothing stands behind "${name.toLowerCase()}:".`,
    'Write what you look for there without a space, such as from:ann.',
  )

const noWord = (): PacketboatError =>
  new PacketboatError('USAGE', 'There is no word to search for.', 'Use letters or digits.')

/** Its beginning, in UTC: on both sides of a line it is the same day. */
function readDay(text: string): number {
  const day = firstDayOf(text)
  if (day !== undefined) return Date.parse(day)
  throw new PacketboatError(
    'USAGE',
    `"${text}" is no day, month or year.`,
    'Write after:2019, before:2019-04 or after:2019-04-30.',
  )
}
