/**
 * The form in which words are compared: compatible characters folded (UAX #15 NFKD), without accents and
 * without the vowel points of Hebrew and Arabic, in one case. Needs neither the language nor a word list.
 */

/** A word that is looked for. */
export interface WantedWord {
  readonly word: string
  /** Longer words that begin with it will do. */
  readonly beginning: boolean
}

/** What the index has before words of these fields, which stand in it without that too; no word begins with it. */
export const fieldSigns = { from: '<', to: '>', subject: '=' } as const

/** Longer words are cut: nobody types them, and base64 has many. */
export const longestWord = 30

/** The shortest beginning of a word that is looked for: shorter ones find too much. */
const shortestBeginning = 3

export const isAscii = /^[\0-\x7f]*$/
const beyondAscii = /[^\0-\x7f]+/g
const points = /[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]/g
const runs = /[\p{L}\p{N}\p{M}]+/gu
/** Scripts that leave no space between words: two signs are a word there, and the last one. */
export const unspacedSign =
  '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\\u3099\\u309a\\u30fc]'
const unspaced = new RegExp(`${unspacedSign}+`, 'gu')

/** A text in the form in which its words are compared. */
export function foldText(text: string): string {
  // What ASCII has no part in folds by itself, since the marks that could change a letter of ASCII are left out: most of a text is spared.
  return text.toLowerCase().replace(beyondAscii, foldRun)
}

function foldRun(run: string): string {
  const folded = run.normalize('NFKD').replace(points, '').normalize('NFC')
  // Some signs have a lower case only by way of the upper one, as sharp s.
  return folded.toUpperCase().toLowerCase().replaceAll('ς', 'σ')
}

/** Every word of a text, not sorted, again where it stands there again. */
export function* foldWords(text: string): Generator<string> {
  for (const { signs, word } of pieces(text))
    if (signs) for (const at of signs.keys()) yield signs.slice(at, at + 2).join('')
    else yield word
}

/** The indexed words that a text must have to match all words that were typed. */
export function wantedWords(typed: string): WantedWord[] {
  return [...pieces(typed)].flatMap(({ signs, word }): WantedWord[] => {
    if (!signs) return [{ word, beginning: word.length >= shortestBeginning }]
    if (signs.length === 1) return [{ word, beginning: true }]
    return signs.slice(1).map((sign, at) => ({ word: `${signs[at]}${sign}`, beginning: false }))
  })
}

/** The words as they were typed, each with the form in which words are compared here where that is another one: for who compares in another way. */
export function spelledWords(typed: string): string[][] {
  return [...typed.normalize('NFC').matchAll(runs)].map(([run]) => {
    const word = cut(run)
    const folded = [...pieces(word)].map((piece) => piece.word).join('')
    return folded === '' || folded === word.toLowerCase() ? [word] : [word, folded]
  })
}

/** Whether there is a sign of those scripts in it. */
export function hasSigns(word: string): boolean {
  return word.search(unspaced) >= 0
}

/** Whether it is a single sign of those scripts: where a text ends, or what somebody looks for. */
export function isSign(word: string): boolean {
  return [...word].length === 1 && word.search(unspaced) === 0
}

interface Piece {
  readonly word: string
  /** For a run of text without spaces, as in Chinese: its signs. */
  readonly signs?: readonly string[]
}

function* pieces(text: string): Generator<Piece> {
  for (const run of foldText(text).match(runs) ?? []) {
    let at = 0
    if (isAscii.test(run)) {
      yield { word: cut(run) }
      continue
    }
    for (const { 0: signs, index } of run.matchAll(unspaced)) {
      if (index > at) yield { word: cut(run.slice(at, index)) }
      yield { word: signs, signs: [...signs] }
      at = index + signs.length
    }
    if (at < run.length) yield { word: cut(run.slice(at)) }
  }
}

const cut = (word: string): string =>
  word.length <= longestWord ? word : word.slice(0, longestWord).replace(/[\ud800-\udbff]$/, '')
