import type { run } from '../cli/run.js'
import { loadParts } from './load-parts.js'
import { openParts } from './parts.js'

/** What a program is started with: the folder that it was built into, and what loads Node's modules and packages. */
export interface Start {
  readonly folder: string
  readonly require: NodeJS.Require
}

/** Runs the part of this name, and gives what it exports. */
export function start({ folder, require }: Start, name: string): unknown {
  return loadParts(openParts(folder), require)(name)
}

/** The process that somebody starts as `packetboat`; `version` is that of the package. */
export function startPacketboat(given: Start, version: string): void {
  ;(start(given, 'packetboat') as { run: typeof run }).run(version)
}
