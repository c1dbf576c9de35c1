import type { Sought, SoughtWord } from '../../../sync/mail-store.js'
import { monthAndYear } from '../session/imap-date.js'
import { atom, type ImapArgument, isAscii, stringOf } from '../session/imap-session.js'

/** Search keys of IMAP (RFC 9051 6.4.4) for what is sought. */

/** A server may take as long for each as for the first, and more find nothing more precisely. */
const mostWords = 20

type Key = readonly ImapArgument[]

const fieldKeys = { from: ['FROM'], to: ['TO', 'CC'], subject: ['SUBJECT'] } as const

export interface SearchKeys {
  /** What stands before all keys, where there are other characters than ASCII's in them. */
  readonly charset: readonly ImapArgument[]
  readonly keys: readonly ImapArgument[]
}

/**
 * Undefined where no word is left to look for.
 * @param ascii without what needs a charset: words go by the spellings that don't, and words without any are left out
 */
export function searchKeys(sought: Sought, ascii: boolean): SearchKeys | undefined {
  const words = sought.words
    .map((word) => (ascii ? { ...word, spellings: word.spellings.filter(isAscii) } : word))
    .filter(({ spellings }) => spellings.length > 0)
    .slice(0, mostWords)
  if (words.length === 0) return undefined
  const isPlain = words.every(({ spellings }) => spellings.every(isAscii))
  return {
    charset: isPlain ? [] : [atom('CHARSET'), atom('UTF-8')],
    keys: [
      ...dayKey('SINCE', sought.afterMs, -1),
      ...dayKey('BEFORE', sought.beforeMs, 1),
      ...words.flatMap(wordKey),
    ],
  }
}

function wordKey({ field, spellings }: SoughtWord): Key {
  const names = field ? fieldKeys[field] : ['TEXT']
  return anyOf(names.flatMap((name) => spellings.map((each): Key => [atom(name), stringOf(each, 'utf8')])))
}

function anyOf([first = [], ...others]: readonly Key[]): Key {
  return others.length === 0 ? first : [atom('OR'), ...first, ...anyOf(others)]
}

const dayMs = 86_400_000

/** Servers compare days as they are where they stand, or where the mail came from: one day more will do. */
function dayKey(name: 'SINCE' | 'BEFORE', timeMs: number, days: number): Key {
  const day = new Date(timeMs + days * dayMs)
  const year = day.getUTCFullYear()
  // Not a number for one that is open at this end.
  if (!(year >= 1970 && year <= 9999)) return []
  return [atom(name), atom(`${day.getUTCDate()}-${monthAndYear(day)}`)]
}
