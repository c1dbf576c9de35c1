/** By this word the program starts itself to make one picture smaller: a process that is given a stranger's bytes, and nothing else. */
const word = 'shrink-picture'

/** The arguments of such a process; undefined for any other. */
export function pictureCall([, , first, ...args]: readonly string[]): readonly string[] | undefined {
  return first === word ? args : undefined
}

/** What starts it, of what starts this program. */
export function pictureProgram(self: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return [...self, word]
}
