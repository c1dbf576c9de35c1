/** As esbuild writes an import in CommonJS: `var import_node_fs = require("node:fs");`, for what isn't Node's own in `__toESM(...)`. */
const imports = /^var (import_\w+) = (require\("[^"]+"\)|__toESM\(require\("[^"]+"\)(?:, 1)?\));$/gm

/**
 * A file that esbuild made, with every import of a package or of Node's own modules put off until something of it is used. Throws if it uses an
 * import in a way that isn't known here.
 */
export function loadWhenUsed({ path, text }) {
  const names = new Set()
  const declared = text.replace(imports, (_, name, load) => {
    names.add(name)
    return `var ${name} = /* @__PURE__ */ new Later(() => ${load});`
  })
  const atOnce = /^var (\w+) = (?:__toESM\()?require\("(?!\.|node:)([^"]+)"\)/m.exec(declared)
  if (atOnce) throw new Error(`${path} would load ${atOnce[2]} at once: import by name what is used of it`)
  if (names.size === 0) return { path, text }
  const putOff = declared.replace(/(?<!var )\bimport_\w+\b(\.)?/g, (use) => {
    const name = use.replace('.', '')
    if (!names.has(name)) return use
    if (use === name) throw new Error(`${path} uses all of ${name} at once`)
    return `${name}.loaded.`
  })
  return { path, text: putOff }
}
