import { cachedDataVersionTag } from 'node:v8'
import { Script } from 'node:vm'
import { exitCodes } from '../cli/exit-codes.js'
import { type CodeFolder, readCode, writeCode } from './code-folder.js'
import { decodeCode, encodeCode, type KeptCode } from './code-format.js'
import type { CodeName } from './code-name.js'
import type { Parts } from './parts.js'

/** Compiles parts of the program by their names. */
export type Compile = (name: string) => Script

/** Without anything that is kept. */
export function compilePart(parts: Parts, name: string, cachedData?: Buffer): Script {
  const { text, line } = parts.read(name)
  return new Script(text, { filename: parts.file, lineOffset: line, ...(cachedData && { cachedData }) })
}

/**
 * Compiles parts with the code that V8 made of them in an earlier run of the same command, and keeps that of this run, with the functions that it
 * used, when it ends and a part was new. Whatever goes wrong with that, the program runs.
 */
export function keepCode(
  parts: Parts,
  folder: CodeFolder,
  { name, key }: CodeName,
  process: NodeJS.Process,
): Compile {
  const kept = quietly(() => {
    const bytes = readCode(folder, name)
    return bytes && decodeCode(bytes, key)
  })
  const scripts = (kept && compileKept(parts, kept)) ?? new Map<string, Script>()
  // V8 takes code only under the flags under which it was made, and a run may set some.
  const tag = kept && scripts.size > 0 ? kept.tag : cachedDataVersionTag()
  const before = scripts.size
  process.once('exit', (exit) => {
    if (scripts.size === before || exit === exitCodes.usage || exit >= 128) return
    quietly(() => {
      if (cachedDataVersionTag() !== tag) return
      writeCode(folder, name, () => {
        const made = [...scripts].map(([part, script]) => [part, script.createCachedData()] as const)
        return encodeCode(key, { tag, parts: new Map(made) })
      })
    })
  })
  return (part) => {
    const known = scripts.get(part)
    if (known) return known
    const script = compilePart(parts, part)
    scripts.set(part, script)
    return script
  }
}

/** All of it at once: later the run may have set flags. Undefined where V8 doesn't take it. */
function compileKept(parts: Parts, kept: KeptCode): Map<string, Script> | undefined {
  const scripts = new Map<string, Script>()
  for (const [name, code] of kept.parts) {
    const script = compilePart(parts, name, code)
    if (script.cachedDataRejected) return undefined
    scripts.set(name, script)
  }
  return scripts
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
