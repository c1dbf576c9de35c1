/** As esbuild writes what a file exports in CommonJS: a function for each name, which others reach through a second one. */
const exported =
  /^var (\w+_exports) = \{\};\n__export\(\1, \{\n([\s\S]*?)\n\}\);\nmodule\.exports = __toCommonJS\(\1\);\n/m
const each = /^ {2}("[^"]+"|\w+): \(\) => ([\w.]+),?$/
/** As it writes `import()` of another part: with a copy of all that this exports. */
const ofPart = /__toESM\((require\("\.[^"]+"\))\)/g

/**
 * A file that esbuild made, with its exports as plain properties: code that is run once or twice takes as long for the two functions behind each
 * use of a name as for much of its work. What changes after the file has run stays a function.
 */
export function plainExports({ path, text }) {
  const [block, , list] = exported.exec(text) ?? []
  if (list === undefined) {
    if (text.includes('= __toCommonJS(')) throw new Error(`${path} exports in a way that isn't known here`)
    return { path, text: text.replaceAll(ofPart, '$1') }
  }
  const properties = list.split('\n').map((line) => {
    const [, name, value] = each.exec(line) ?? []
    if (value === undefined) throw new Error(`${path} exports in a way that isn't known here: ${line}`)
    return isSetOnce(text, value) ? `${name}: ${value}` : `get ${name}() { return ${value} }`
  })
  const rest = text.replace(block, '').replaceAll(ofPart, '$1')
  return { path, text: `${rest}\nmodule.exports = { ${properties.join(', ')} };\n` }
}

/** Whether a name of the file stands for the same thing from when the file has run. */
function isSetOnce(text, name) {
  if (name.includes('.')) return false
  const sets =
    text.match(
      new RegExp(
        `(?<![\\w$.])${name}\\s*(?:[-+*/%&|^?<>]{0,3}=(?![=>])|\\+\\+|--)|(?:\\+\\+|--)${name}\\b`,
        'g',
      ),
    ) ?? []
  const isFunction = new RegExp(`^(?:async )?(?:function\\*?|class) ${name}\\b`, 'm').test(text)
  const isVariable = new RegExp(`^(?:var|let|const) ${name} = `, 'm').test(text)
  return isFunction ? sets.length === 0 : isVariable && sets.length === 1
}
