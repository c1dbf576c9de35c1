import type { DataDir } from './data-dir.js'
import type { Output } from './output.js'

/** What every command gets from the shell around it. */
export interface CommandContext {
  readonly data: DataDir
  readonly output: Output
  /** Fires on Ctrl-C and SIGTERM: stop at the next safe point. */
  readonly signal: AbortSignal
  readonly stdin: () => Promise<string>
  /** A terminal that a progress line can be drawn on, where there is one. */
  readonly terminal: NodeJS.WriteStream | undefined
  readonly env: NodeJS.ProcessEnv
}
