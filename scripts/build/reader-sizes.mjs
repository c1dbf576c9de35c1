/**
 * Bytes of brotli: until the page is shown, until it can pair, sync and show mail, of what a browser loads by and by for everything that it can do
 * without a line, and of all that there is. 30 kB take 25 s at 9600 bit/s. What is loaded was to be 125,000: what the worker has in common with the
 * command line is nearly as much by itself, a tenth of it the dictionary that all frames are compressed against. The screen is 28,000, and 12,000 is
 * what takes a page of HTML apart. Only the words of other languages are loaded by those alone who want them.
 */
const budget = { first: 24_000, mail: 144_600, loaded: 176_300, all: 179_400 }

/**
 * What each file weighs on the line. `first` names the source files that the page itself loads, `mail` those without which no mail is shown, each with
 * all that it imports statically; `some` those that only some browsers ever load.
 */
export async function sizeReport(outputs, { first, mail, bytesOf, page, others = [], some = [] }) {
  const withImports = (entries) => {
    const found = new Set()
    const add = (path) => {
      if (found.has(path)) return
      found.add(path)
      for (const each of outputs[path].imports) if (each.kind === 'import-statement') add(each.path)
    }
    for (const [path, { entryPoint }] of Object.entries(outputs)) if (entries.includes(entryPoint)) add(path)
    return found.add(page)
  }
  const early = withImports(first)
  const needed = withImports([...first, ...mail])
  const rows = []
  for (const path of [page, ...others, ...Object.keys(outputs)]) {
    const [isFirst, isForMail] = [early.has(path), needed.has(path)]
    const isForSome = some.includes(outputs[path]?.entryPoint)
    rows.push({ path, bytes: (await bytesOf(path)).length, isFirst, isForMail, isForSome })
  }
  rows.sort((a, b) => b.bytes - a.bytes)
  const sum = (of) => of.reduce((total, { bytes }) => total + bytes, 0)
  const sums = {
    first: sum(rows.filter(({ isFirst }) => isFirst)),
    mail: sum(rows.filter(({ isForMail }) => isForMail)),
    loaded: sum(rows.filter(({ isForSome }) => !isForSome)),
    all: sum(rows),
  }
  const lines = [
    ...rows.map(
      ({ path, bytes, isFirst, isForSome }) =>
        `${String(bytes).padStart(8)}  ${path}${isFirst ? '' : isForSome ? ' (for some)' : ' (later)'}`,
    ),
    `${String(sums.first).padStart(8)}  until the page is shown, of ${budget.first}`,
    `${String(sums.mail).padStart(8)}  until it can show mail, of ${budget.mail}`,
    `${String(sums.loaded).padStart(8)}  that every browser loads, of ${budget.loaded}`,
    `${String(sums.all).padStart(8)}  in all, of ${budget.all}`,
  ]
  return { lines, ...sums }
}

/** Why these sums are too much; undefined when they aren't. */
export function overBudget({ first, mail, loaded, all }) {
  if (first > budget.first)
    return `The reader is too large: ${first} bytes until the page is shown, and ${budget.first} is the limit.`
  if (mail > budget.mail)
    return `The reader is too large: ${mail} bytes until it can show mail, and ${budget.mail} is the limit.`
  if (loaded > budget.loaded)
    return `The reader is too large: every browser loads ${loaded} bytes, and ${budget.loaded} is the limit.`
  if (all > budget.all) return `The reader is too large: ${all} bytes in all, and ${budget.all} is the limit.`
  return undefined
}
