import { Script } from 'node:vm'
import type { Parts } from './parts.js'

interface Module {
  exports: unknown
}
type Part = (exports: unknown, require: (name: string) => unknown, module: Module) => void

/** Gives what a part of the program exports, by its name. Each is compiled when it is first asked for, as `require` does it with files. */
export function loadParts(parts: Parts, require: NodeJS.Require): (name: string) => unknown {
  const modules = new Map<string, Module>()
  const load = (name: string): unknown => {
    const known = modules.get(name)
    if (known) return known.exports
    const { text, line } = parts.read(name)
    const run = new Script(text, { filename: parts.file, lineOffset: line }).runInThisContext() as Part
    const module: Module = { exports: {} }
    modules.set(name, module)
    run(module.exports, requirePart, module)
    return module.exports
  }
  const requirePart = (path: string): unknown =>
    path.startsWith('.') ? load(path.slice(path.lastIndexOf('/') + 1, -'.js'.length)) : require(path)
  return load
}
