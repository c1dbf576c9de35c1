import type { Compile } from './keep-code.js'
import { Later } from './later.js'

/** Gives what a part of the program exports, by its name. Each is run when it is first asked for, as `require` does it with files. */
export function loadParts(compile: Compile, require: (name: string) => unknown): (name: string) => unknown {
  const modules = new Map<string, { exports: unknown }>()
  const load = (name: string): unknown => {
    const known = modules.get(name)
    if (known) return known.exports
    const run = compile(name)
    const module = { exports: {} }
    modules.set(name, module)
    run(module.exports, requirePart, module, Later)
    return module.exports
  }
  const requirePart = (path: string): unknown =>
    path.startsWith('.') ? load(path.slice(path.lastIndexOf('/') + 1, -'.js'.length)) : require(path)
  return load
}
