import type { Envelope, Mailbox } from '../../mime/headers/envelope.js'
import { foldWords, isSign, longestWord } from './fold-words.js'
import type { Term } from './read-question.js'

/** Whether the words that stand in a row in a term do so in its field, or in any text. */

export function fitsField(field: Term['field'], row: readonly string[], envelope: Envelope): boolean {
  return textsOf(envelope, field).some((text) => hasRow(text, row))
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

/** Whether the words stand there in a row. A last sign of a script without spaces may go on there. */
export function hasRow(text: string, row: readonly string[]): boolean {
  const plain = inAscii.test(text) ? plainRow(row) : undefined
  return plain ? plain.test(text) : hasFoldedRow([...foldWords(text)], row)
}

/** Such a text is searched as it stands: to fold it takes some twenty times as long. */
const inAscii = /^[\0-\x7f]*$/

/** Finds words of letters and digits in it. Undefined where a word may be one that was cut. */
function plainRow(row: readonly string[]): RegExp | undefined {
  if (!row.every((word) => /^[a-z0-9]+$/.test(word) && word.length < longestWord)) return undefined
  return new RegExp(`(?<![a-z0-9])${row.join('[^a-z0-9]+')}(?![a-z0-9])`, 'i')
}

function hasFoldedRow(words: readonly string[], row: readonly string[]): boolean {
  const last = row.length - 1
  const fits = (word: string | undefined, at: number): boolean => {
    const wanted = row[at] ?? ''
    return word === wanted || (at === last && isSign(wanted) && word?.startsWith(wanted) === true)
  }
  return words.some((_, from) => row.every((__, at) => fits(words[from + at], at)))
}
