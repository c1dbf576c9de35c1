/** Whether all of a text matches a pattern in which `*` stands for anything and `?` for one character. Case counts for nothing. */
export function matchesGlob(pattern: string, text: string): boolean {
  const wanted = [...pattern.toLowerCase()]
  const given = [...text.toLowerCase()]
  let at = 0
  let star: { readonly after: number; taken: number } | undefined
  for (let i = 0; i < given.length; ) {
    if (wanted[at] === '*') star = { after: ++at, taken: i }
    else if (wanted[at] === '?' || wanted[at] === given[i]) {
      at++
      i++
    } else if (star) {
      at = star.after
      i = ++star.taken
    } else return false
  }
  while (wanted[at] === '*') at++
  return at === wanted.length
}
