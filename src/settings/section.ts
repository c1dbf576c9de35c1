import type { Kind } from './kind.js'

/** One setting: its type, what it is when nobody says anything, and a line of help. */
export interface Setting<T> {
  readonly kind: Kind<T>
  /** One line, a sentence without its full stop. */
  readonly help: string
  readonly default?: T
  /** A typical value for the example file, as TOML. */
  readonly example?: string
  /** Says what a value should be, if it is wrong although it is of the right kind. */
  check?(value: T): string | undefined
  /** The option that says it on the command line, as commander has it: `--link <name>`. */
  readonly flag?: string
  /** Each of several accounts has its own: one that says nothing has none, whatever the top of the file says. */
  readonly ofOneAccount?: true
  /** The setting holds for all accounts together, and is allowed only at the top of the file. */
  readonly ofAllAccounts?: true
  /** For a setting whose value is a table with names that the person chooses: the settings of each entry that is a table, too. */
  readonly inner?: InnerTable
}

/** Settings of a table inside a setting, for the manual and the example file. The setting's kind reads and checks it. */
interface TableInside {
  readonly about: string
  readonly settings: Settings
  /** Settings that stand in place of another one, so that they can't all be said at once. */
  readonly alternatives: readonly string[]
}

/** A table with a name of the person's own. */
export interface InnerTable extends TableInside {
  /** What the person's name stands for, and one as example. */
  readonly name: string
  readonly example: string
  /** Tables in it, by their names. */
  readonly inside?: Readonly<Record<string, TableInside>>
  /** An entry that is no table, as TOML. */
  readonly other: string
}

export type Settings = Readonly<Record<string, Setting<unknown>>>

/**
 * Settings that one module registers. Several modules may share a table of the file: each reads its own
 * settings, and all are known together.
 */
export interface Section<S extends Settings = Settings> {
  /** The table, `''` for the top of the file. */
  readonly table: string
  /** The table has tables by a name that the person gives, as `[link.NAME]` has: what that name is called, and one as example. */
  readonly keyed?: { readonly name: string; readonly example: string }
  /** Which side reads it. */
  readonly side: 'client' | 'endpoint' | 'both'
  /** A line or two for the manual: what the settings are about. */
  readonly about: string
  readonly settings: S
  /** For a table with names: entries that exist without being written. Written ones override them, setting by setting. */
  readonly builtIn?: Readonly<Record<string, WrittenOf<S>>>
  /**
   * Whether the module that reads it is in use, by what the top of the file says. The table of one that isn't
   * is left alone, whatever it holds.
   */
  loaded?(top: TopValues): boolean
}

/** What the top of a file says, by name. */
export type TopValues = Readonly<Record<string, unknown>>

/** The value's type, with its default where it has one. */
export type ValueOf<X> =
  X extends Setting<infer T> ? (X extends { readonly default: T } ? T : T | undefined) : never

export type ValuesOf<S extends Settings> = { readonly [K in keyof S]: ValueOf<S[K]> }

/** What somebody has said, without defaults. */
export type WrittenOf<S extends Settings> = {
  readonly [K in keyof S]?: S[K] extends Setting<infer T> ? T : never
}

type More<T> = Omit<Setting<T>, 'kind' | 'default'>

export function setting<T>(
  kind: Kind<T>,
  more: More<NoInfer<T>> & { readonly default: NoInfer<T> },
): Setting<T> & { readonly default: T }
export function setting<T>(kind: Kind<T>, more: More<NoInfer<T>>): Setting<T>
export function setting<T>(kind: Kind<T>, more: More<NoInfer<T>> & { readonly default?: T }): Setting<T> {
  return { kind, ...more }
}

export function section<const S extends Settings>(made: Section<S>): Section<S> {
  return made
}
