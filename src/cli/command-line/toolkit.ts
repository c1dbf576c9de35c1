import type { Option } from 'commander'
import type { Setting } from '../../settings/section.js'
import type { CommandContext } from '../command-context.js'
import type { DocumentedCommand } from '../documented-command.js'

/** What a command does; its exit code, where that can be another one than 0 without an error. */
// biome-ignore lint/suspicious/noConfusingVoidType: most commands give nothing
export type Action = (context: CommandContext, ...values: never[]) => Promise<number | void>

/** Options that every command takes, before it or behind it. */
export interface CommonOptions {
  readonly config?: string
  readonly data?: string
  readonly json?: boolean
}

/** Adds a command: what it is called and takes, a line of help, and what does it. */
export type AddCommand = (
  parent: DocumentedCommand,
  usage: string,
  description: string,
  action: Action,
) => DocumentedCommand

/** What the files of commands build the command line with. */
export interface Toolkit {
  readonly program: DocumentedCommand
  readonly command: AddCommand
  /** Adds a command that works on an account of this machine, which `-a` names where there are several. */
  readonly clientCommand: AddCommand
  /** One of these that shows mail: on a terminal in a pager where it is long, and with styles. */
  readonly lookCommand: AddCommand
  /** A command that only has others below it. */
  group(name: string, description: string): DocumentedCommand
  /** An option that says a setting for one run. It is checked as the setting is. */
  settingOption(setting: Setting<unknown>, help?: string): Option
  /** Runs another command line in this process, and gives its exit code. */
  run(args: readonly string[]): Promise<number>
}
