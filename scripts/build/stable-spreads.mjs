/** An object that begins with another's properties and has more of its own; `{ ...rest }` alone may be a pattern. */
const beginsWithSpread = /\{(\s*)(?=\.\.\.)(?!\.\.\.[\w$]+\s*\})/g

/**
 * A file that esbuild made, in which objects that begin with a spread get their prototype said first. V8 copies the other object in one step then,
 * but in Node 20 gives nearly each copy that gets another property a hidden class of its own: they made 60 to 80 classes for each message of a
 * first sync, and all code that meets such objects is slow. Without a copy in one step, objects of one shape share their class in every Node.
 */
export function stableSpreads({ path, text }) {
  return { path, text: text.replaceAll(beginsWithSpread, '{$1__proto__: Object.prototype, ') }
}
