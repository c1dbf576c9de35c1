/**
 * Bytes of brotli: until the page is shown, and of all that there is. 30 kB take 25 s at 9600 bit/s. All was to be 125,000: what the worker has in common
 * with the command line is as much by itself, a third of it `sync/initiator` and what is imported by that alone, 10,000 the dictionary. The screen is
 * 28,000, with what it says in two languages, and 12,000 is what takes a page of HTML apart, loaded with the first one that somebody wants to see.
 */
const budget = { first: 30_000, all: 174_000 }

/**
 * What each file weighs on the line. `first` names the source files that the page itself loads, with all that they import statically.
 */
export async function sizeReport(outputs, { first, bytesOf, page, others = [] }) {
  const early = new Set()
  const addWithImports = (path) => {
    if (early.has(path)) return
    early.add(path)
    for (const each of outputs[path].imports) if (each.kind === 'import-statement') addWithImports(each.path)
  }
  for (const [path, { entryPoint }] of Object.entries(outputs))
    if (first.includes(entryPoint)) addWithImports(path)
  const files = [page, ...others, ...Object.keys(outputs)]
  early.add(page)
  const rows = []
  for (const path of files) rows.push({ path, bytes: (await bytesOf(path)).length, isFirst: early.has(path) })
  rows.sort((a, b) => b.bytes - a.bytes)
  const sum = (some) => some.reduce((total, { bytes }) => total + bytes, 0)
  const sums = { first: sum(rows.filter(({ isFirst }) => isFirst)), all: sum(rows) }
  const lines = [
    ...rows.map(
      ({ path, bytes, isFirst }) => `${String(bytes).padStart(8)}  ${path}${isFirst ? '' : ' (later)'}`,
    ),
    `${String(sums.first).padStart(8)}  until the first list, of ${budget.first}`,
    `${String(sums.all).padStart(8)}  in all, of ${budget.all}`,
  ]
  return { lines, ...sums }
}

/** Why these sums are too much; undefined when they aren't. */
export function overBudget({ first, all }) {
  if (first > budget.first)
    return `The reader is too large: ${first} bytes until the first list, and ${budget.first} is the limit.`
  if (all > budget.all) return `The reader is too large: ${all} bytes in all, and ${budget.all} is the limit.`
  return undefined
}
