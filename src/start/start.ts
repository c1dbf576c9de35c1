import type { run } from '../cli/run.js'
import { codeFolder } from './code-folder.js'
import { codeName } from './code-name.js'
import { compilePart, keepCode } from './keep-code.js'
import { loadParts } from './load-parts.js'
import { noteModules } from './node-modules.js'
import { openParts } from './parts.js'

/** What a program is started with: the folder that it was built into, what loads Node's modules and packages, and its process. */
export interface Start {
  readonly folder: string
  readonly require: NodeJS.Require
  readonly process: NodeJS.Process
}

/** Runs the part of this name, and gives what it exports. */
export function start({ folder, require, process }: Start, name: string): unknown {
  const parts = openParts(folder)
  const kept = codeFolder(process.env, process.geteuid?.())
  const modules = noteModules(require)
  const compile = kept
    ? keepCode(parts, kept, codeName(parts, process), modules, process)
    : (part: string) => compilePart(parts, part)
  return loadParts(compile, modules.load)(name)
}

/** The process that somebody starts as `packetboat`; `version` is that of the package. */
export function startPacketboat(given: Start, version: string): void {
  ;(start(given, 'packetboat') as { run: typeof run }).run(version)
}
