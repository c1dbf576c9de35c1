import distance from 'damerau-levenshtein'

/** The name that was most likely meant, if one is near enough: capitals, dashes and underscores don't count. */
export function nearestName(wrong: string, names: Iterable<string>): string | undefined {
  const plain = (name: string): string => name.toLowerCase().replace(/[-_ ]/g, '')
  // Names have a bound; what somebody has written has none.
  const written = plain(wrong.slice(0, 100))
  const mostSteps = Math.max(1, Math.floor(written.length / 3))
  let best: { readonly name: string; readonly steps: number } | undefined
  for (const name of names) {
    const { steps } = distance(written, plain(name))
    if (steps <= mostSteps && (!best || steps < best.steps)) best = { name, steps }
  }
  return best?.name
}
