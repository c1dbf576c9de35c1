import { matchesWildcards } from './wildcards.js'

/** Whether all of a text matches a pattern in which `*` stands for anything and `?` for one character. Case counts for nothing. */
export function matchesGlob(pattern: string, text: string): boolean {
  return matchesWildcards([...pattern.toLowerCase()], [...text.toLowerCase()], { one: '?' })
}
