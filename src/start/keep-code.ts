import { cachedDataVersionTag } from 'node:v8'
import { Script } from 'node:vm'
import { exitCodes } from '../cli/exit-codes.js'
import { type CodeFolder, readCode, writeCode } from './code-folder.js'
import { decodeCode, encodeCode, type MadeCode } from './code-format.js'
import type { CodeName } from './code-name.js'
import type { Later } from './later.js'
import type { NodeModules } from './node-modules.js'
import { optimizeLater } from './optimize-later.js'
import type { Parts } from './parts.js'

/** A part of the program, compiled: what a file is to `require`. */
export type Part = (
  exports: unknown,
  require: (name: string) => unknown,
  module: { exports: unknown },
  later: typeof Later,
) => void

/** Compiles parts by their names. */
export type Compile = (name: string) => Part

/** Compiles a part without kept code. */
export function compilePart(parts: Parts, name: string): Part {
  const { text, line } = parts.read(name)
  return new Script(text, { filename: parts.file, lineOffset: line }).runInThisContext() as Part
}

/**
 * Compiles parts with the help of earlier runs of the same command. The first run records the names of the
 * parts that it used; the second compiles them as one script and keeps the code that V8 has made of it by the
 * end, including the functions that were used; the third uses that code. A part that isn't in it starts this
 * again. Whatever fails here, the program runs.
 */
export function keepCode(
  parts: Parts,
  folder: CodeFolder,
  { name, key }: CodeName,
  modules: NodeModules,
  process: NodeJS.Process,
): Compile {
  const kept = quietly(() => {
    const bytes = readCode(folder, name)
    return bytes && decodeCode(bytes, key)
  })
  const list = kept && compileList(parts, kept.parts, kept.code)
  const known = kept?.parts ?? []
  const fresh = new Map<string, Part>()
  if (list?.taken?.whole) {
    // Node has code of its modules too, which V8 takes under the same flags only.
    quietly(() => list.taken?.modules.forEach(modules.load))
    optimizeLater(process)
  }
  process.once('exit', (exit) => {
    if (exit === exitCodes.usage || exit >= 128) return
    const whole = exit === exitCodes.done
    quietly(() => {
      if (fresh.size > 0) {
        writeCode(folder, name, () => encodeCode(key, { parts: [...known, ...fresh.keys()] }))
        return
      }
      // V8 takes code only under the flags under which it was made, and a run may set some.
      if (!list || (list.taken && (list.taken.whole || !whole)) || cachedDataVersionTag() !== list.tag) return
      writeCode(folder, name, () => {
        const bytes = list.script.createCachedData()
        const code = { tag: list.tag, whole, modules: modules.loaded(), bytes }
        return encodeCode(key, { parts: known, code })
      })
    })
  })
  return (part) => {
    const compiled = list?.compiled.get(part) ?? fresh.get(part)
    if (compiled) return compiled
    const made = compilePart(parts, part)
    fresh.set(part, made)
    return made
  }
}

interface CompiledList {
  readonly script: Script
  readonly compiled: ReadonlyMap<string, Part>
  /** The code from which it comes, where V8 took any. Its bytes are of no more use. */
  readonly taken: Omit<MadeCode, 'bytes'> | undefined
  /** V8's name for itself, before the run has set any flags. */
  readonly tag: number
}

function compileList(parts: Parts, asked: readonly string[], code: MadeCode | undefined): CompiledList {
  const { text, names } = parts.readList(asked)
  const script = new Script(text, { filename: parts.file, ...(code && { cachedData: code.bytes }) })
  const taken = code && script.cachedDataRejected === false ? withoutBytes(code) : undefined
  const tag = taken?.tag ?? cachedDataVersionTag()
  const compiled = script.runInThisContext() as Part[]
  return { script, taken, tag, compiled: new Map(compiled.map((part, at) => [names[at] ?? '', part])) }
}

const withoutBytes = ({ bytes, ...about }: MadeCode): Omit<MadeCode, 'bytes'> => about

function quietly<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
