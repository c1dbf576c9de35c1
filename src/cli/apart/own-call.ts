/**
 * The words by which the program starts itself for one task: a process that is given a stranger's bytes and
 * nothing else. One makes a picture smaller, one makes the gist of a file.
 */
const words = { picture: 'shrink-picture', gist: 'make-gist' } as const

type Own = keyof typeof words

/** What such a process is for, and its arguments; undefined for any other. */
export function ownCall([, , first, ...args]: readonly string[]):
  | { readonly own: Own; readonly args: readonly string[] }
  | undefined {
  const own = (Object.keys(words) as Own[]).find((each) => words[each] === first)
  return own && { own, args }
}

/** What starts one, of what starts this program. */
export function ownProgram(self: readonly [string, ...string[]], own: Own): readonly [string, ...string[]] {
  return [...self, words[own]]
}
