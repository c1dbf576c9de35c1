import type { Envelope, Mailbox } from '../../mime/headers/envelope.js'
import { foldText, foldWords, hasSigns, isAscii, isSign, longestWord, unspacedSign } from './fold-words.js'
import type { Term } from './read-question.js'

/** Whether the words that stand in a row in a term do so in its field, or in any text. */

export function fitsField(field: Term['field'], hasRow: HasRow, envelope: Envelope): boolean {
  return textsOf(envelope, field).some(hasRow)
}

/** The texts of a field of the envelope; without a field, all its texts. */
function textsOf({ from, to, cc, subject = '' }: Envelope, field: Term['field']): string[] {
  const people = field === 'from' ? from : field === 'to' ? [...to, ...cc] : [...from, ...to, ...cc]
  return [
    ...(field === 'from' || field === 'to' ? [] : [subject]),
    ...(field === 'subject' ? [] : people.map(textOfPerson)),
  ]
}

export const textOfPerson = ({ name = '', address }: Mailbox): string => `${name} ${address}`

/** Tells whether the words stand in a text in a row. A last sign of a script without spaces may go on there. */
export function lookForRow(row: readonly string[]): HasRow {
  // A word that may be one that was cut, and signs of scripts without spaces, are compared word by word.
  if (!row.every((word) => word.length < longestWord && !hasSigns(word)))
    return (text) => hasWordsInRow([...foldWords(text)], row)
  const [inAscii, inAny] = [rowPattern(row, asciiWord, ''), rowPattern(row, anyWord, 'u')]
  return (text) => {
    const folded = foldText(text)
    return row.every((word) => folded.includes(word)) && (isAscii.test(folded) ? inAscii : inAny).test(folded)
  }
}

export type HasRow = (text: string) => boolean

interface OfWords {
  /** What is part of a word that goes on. */
  readonly inside: string
  readonly between: string
}

const asciiWord: OfWords = { inside: '[a-z0-9]', between: '[^a-z0-9]+' }
const letters = '\\p{L}\\p{N}\\p{M}'
const anyWord: OfWords = { inside: `(?!${unspacedSign})[${letters}]`, between: `[^${letters}]+` }

/** Most of a text is passed over by its first letters: what must not come before them is looked at last. */
function rowPattern(
  [first = '', ...others]: readonly string[],
  { inside, between }: OfWords,
  flags: string,
): RegExp {
  const begins = `${first}(?<!${inside}${first})`
  return new RegExp(`${[begins, ...others].join(between)}(?!${inside})`, flags)
}

function hasWordsInRow(words: readonly string[], row: readonly string[]): boolean {
  const last = row.length - 1
  const fits = (word: string | undefined, at: number): boolean => {
    const wanted = row[at] ?? ''
    return word === wanted || (at === last && isSign(wanted) && word?.startsWith(wanted) === true)
  }
  return words.some((_, from) => row.every((__, at) => fits(words[from + at], at)))
}
