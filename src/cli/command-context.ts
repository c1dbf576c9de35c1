import type { LoadedConfig, OpenConfig, Side } from './settings/open-config.js'
import type { Output } from './text/output.js'

/** What every command gets from the shell around it. */
export interface CommandContext {
  /** A side's settings as they were found, right or not; changes nothing. Throws CONFIG for a file that is no TOML. `draft`: as if the file held this. */
  load(side: Side, draft?: string): LoadedConfig
  /** The path of the settings file, whether it exists or not. */
  locate(side: Side): string
  /**
   * Opens a side's settings and its data directory. Throws CONFIG or USAGE for anything wrong with them,
   * before anything is done, and also when a file that was named doesn't exist, unless `mayBeNew`.
   */
  open(side: Side, options?: { readonly mayBeNew?: boolean }): OpenConfig
  /** The same for one account of several, as `-a NAME` says it. */
  forAccount(name: string, output?: Output): CommandContext
  readonly output: Output
  /** Fires on Ctrl-C, SIGTERM and a closed terminal: stop at the next safe point. */
  readonly signal: AbortSignal
  /** Calls at each SIGHUP, until what it gives is called. */
  readonly onHangup: (run: () => void) => () => void
  /** Standard input to its end, from a keyboard one line, `hidden` while it is typed; of more than `mostBytes`, the beginning. */
  readonly stdin: (mostBytes?: number, hidden?: boolean) => Promise<string>
  /** A terminal that a progress line can be drawn on, where there is one. */
  readonly terminal: NodeJS.WriteStream | undefined
  /** The terminal's keys, where standard input is one. */
  readonly keyboard: NodeJS.ReadStream | undefined
  readonly env: NodeJS.ProcessEnv
  /** What starts this program, before its arguments. */
  readonly self: readonly [string, ...string[]]
}
