import type { Envelope, Mailbox } from '../../mime/headers/envelope.js'
import { foldWords, isSign } from './fold-words.js'
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
  const words = [...foldWords(text)]
  const last = row.length - 1
  const fits = (word: string | undefined, at: number): boolean => {
    const wanted = row[at] ?? ''
    return word === wanted || (at === last && isSign(wanted) && word?.startsWith(wanted) === true)
  }
  return words.some((_, from) => row.every((__, at) => fits(words[from + at], at)))
}
