import { join } from 'node:path'
import { isKeyword, toFlags } from '../../replica/flags.js'
import type { Flags } from '../../replica/model.js'
import { withDotlock } from './disk/dotlock.js'
import { readText } from './disk/open-file.js'
import { replaceFile } from './disk/write-file.js'

/** A mailbox's keywords by letter index, as `dovecot-keywords` has them: 0 is `a`, 25 is `z`. */
export type Keywords = readonly (string | undefined)[]

const maxKeywords = 26

/** Letters for system flags; P (passed) is IMAP's keyword `$Forwarded`. */
const systemLetters: ReadonlyMap<string, string> = new Map([
  ['\\Draft', 'D'],
  ['\\Flagged', 'F'],
  ['$Forwarded', 'P'],
  ['\\Answered', 'R'],
  ['\\Seen', 'S'],
  ['\\Deleted', 'T'],
])
const systemFlags = new Map([...systemLetters].map(([flag, letter]) => [letter, flag]))

const fileOf = (folder: string): string => join(folder, 'dovecot-keywords')

export async function readKeywords(folder: string): Promise<Keywords> {
  return parseKeywords((await readText(fileOf(folder))) ?? '')
}

/** Lines of an index and a name; what is none is passed over, as Dovecot does. */
export function parseKeywords(text: string): Keywords {
  const keywords: (string | undefined)[] = []
  for (const line of text.split('\n')) {
    const match = /^(\d{1,2}) (\S+)$/.exec(line)
    const index = Number(match?.[1])
    if (match?.[2] && index < maxKeywords) keywords[index] = match[2]
  }
  return keywords
}

/** Whether a flag has the same letter in every mailbox. */
export const isSystemFlag = (flag: string): boolean => systemLetters.has(flag)

/** The flags that letters stand for. Letters that stand for nothing are nobody's flags. */
export function flagsOfLetters(letters: string, keywords: Keywords): Flags {
  const flags: string[] = []
  for (const letter of letters) {
    const flag =
      systemFlags.get(letter) ?? (/[a-z]/.test(letter) ? keywords[letter.charCodeAt(0) - 97] : undefined)
    // A name that IMAP doesn't allow keeps its letter, and is nobody's flag.
    if (flag !== undefined && (flag.startsWith('\\') || isKeyword(flag))) flags.push(flag)
  }
  return toFlags(flags)
}

/** The letters for flags, with those of `before` that stand for nothing. A keyword without a letter is left out. */
export function lettersOfFlags(flags: Flags, keywords: Keywords, before = ''): string {
  const kept = [...before].filter((letter) => flagsOfLetters(letter, keywords).length === 0)
  const letters = flags.flatMap((flag) => {
    const index = keywords.indexOf(flag)
    return systemLetters.get(flag) ?? (index >= 0 ? String.fromCharCode(97 + index) : [])
  })
  return [...kept, ...letters].sort().join('')
}

/** The flags that a file name in this mailbox can hold. */
export function representable(flags: Flags, keywords: Keywords): Flags {
  return flags.filter((flag) => isSystemFlag(flag) || keywords.includes(flag))
}

/** Whether a flag has a letter in this mailbox, or there is one left for it. */
export function canHold(flag: string, keywords: Keywords): boolean {
  const taken = keywords.filter((keyword) => keyword !== undefined).length
  return isSystemFlag(flag) || keywords.includes(flag) || (isKeyword(flag) && taken < maxKeywords)
}

/**
 * Gives letters to keywords that have none yet, as long as there are letters left; under Dovecot's own lock.
 */
export async function allotKeywords(folder: string, flags: Flags, known: Keywords): Promise<Keywords> {
  const fresh = (keywords: Keywords): string[] =>
    flags.filter((flag) => !isSystemFlag(flag) && !flag.startsWith('\\') && !keywords.includes(flag))
  if (fresh(known).length === 0) return known
  return withDotlock(join(folder, 'dovecot-uidlist'), async () => {
    const keywords = [...(await readKeywords(folder))]
    for (const flag of fresh(keywords)) {
      const free = Array.from({ length: maxKeywords }, (_, index) => index).find(
        (index) => keywords[index] === undefined,
      )
      if (free !== undefined) keywords[free] = flag
    }
    const lines = keywords.flatMap((keyword, index) => (keyword === undefined ? [] : `${index} ${keyword}\n`))
    await replaceFile(fileOf(folder), lines.join(''))
    return keywords
  })
}
