import { parse, stringify, TomlError } from 'smol-toml'
import { PacketboatError } from '../errors/packetboat-error.js'
import { readFileIfThere, writePrivateFile } from './data-dir.js'

/** One setting: how it is read from TOML. Throws a text that says what it should have been. */
export type SettingReader<T> = (value: unknown) => T

export type SettingReaders<T> = { readonly [K in keyof T]-?: SettingReader<T[K]> }

export function readSettings<T extends object>(path: string, readers: SettingReaders<T>): Partial<T> {
  const text = readFileIfThere(path)
  return text === undefined ? {} : parseSettings(path, text, readers)
}

/**
 * Settings from TOML by a table of readers. Unknown names and wrong types are errors that name the file and the setting:
 * a typing mistake must never pass for a default.
 */
export function parseSettings<T extends object>(
  path: string,
  text: string,
  readers: SettingReaders<T>,
): Partial<T> {
  return readTable(path, parseToml(path, text), readers)
}

/** The same for a table that stands within others; `where` names it in errors. */
export function readTable<T extends object>(
  where: string,
  table: object,
  readers: SettingReaders<T>,
): Partial<T> {
  const settings: Partial<T> = {}
  for (const [name, value] of Object.entries(table)) {
    const read = (readers as Record<string, SettingReader<unknown> | undefined>)[name]
    if (!read)
      throw configError(
        where,
        `there is no setting "${name}"`,
        `Known settings: ${Object.keys(readers).join(', ')}.`,
      )
    try {
      ;(settings as Record<string, unknown>)[name] = read(value)
    } catch (error) {
      if (error instanceof PacketboatError) throw configError(where, `${name}: ${error.message}`, error.next)
      throw configError(where, `${name} should be ${(error as Error).message}`, 'Correct it there.')
    }
  }
  return settings
}

export function writeSettings(path: string, settings: object): void {
  writePrivateFile(path, `${stringify(settings)}\n`)
}

function parseToml(path: string, text: string): Record<string, unknown> {
  try {
    return parse(text)
  } catch (cause) {
    const where = cause instanceof TomlError ? `line ${cause.line}, column ${cause.column}` : 'somewhere'
    throw configError(path, `it is no TOML (${where})`, `Correct it in ${path}.`)
  }
}

function configError(path: string, what: string, next: string): PacketboatError {
  return new PacketboatError('CONFIG', `${path}: ${what}.`, next)
}

export const text: SettingReader<string> = (value) => {
  if (typeof value !== 'string' || value === '') throw new Error('a text')
  return value
}

export const texts: SettingReader<string[]> = (value) => {
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string'))
    throw new Error('a list of texts')
  return value as string[]
}

export const share: SettingReader<number> = (value) => {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) throw new Error('a number from 0 to 1')
  return value
}

export const count: SettingReader<number> = (value) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new Error('a whole number, 0 or more')
  return value
}

export const truth: SettingReader<boolean> = (value) => {
  if (typeof value !== 'boolean') throw new Error('true or false')
  return value
}

export function oneOf<T extends string>(...choices: readonly T[]): SettingReader<T> {
  return (value) => {
    if (!choices.includes(value as T)) throw new Error(`one of ${choices.join(', ')}`)
    return value as T
  }
}
