import type { DataDir } from './data-dir.js'
import type { LineFigures } from './estimate.js'
import type { Output } from './output.js'

/** What every command gets from the shell around it. */
export interface CommandContext {
  readonly data: DataDir
  readonly output: Output
  /** Fires on Ctrl-C and SIGTERM: stop at the next safe point. */
  readonly signal: AbortSignal
  /** Standard input to its end; of more than `mostBytes`, the beginning. */
  readonly stdin: (mostBytes?: number) => Promise<string>
  /** A terminal that a progress line can be drawn on, where there is one. */
  readonly terminal: NodeJS.WriteStream | undefined
  /** The terminal's keys, where standard input is one. */
  readonly keyboard: NodeJS.ReadStream | undefined
  /** What is known of the line. */
  readonly line: LineFigures
}
