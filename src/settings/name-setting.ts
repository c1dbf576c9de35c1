import { PacketboatError } from '../errors/packetboat-error.js'
import { InvalidValue } from './invalid-value.js'
import { type Place, printText } from './kind.js'
import { nearestName } from './nearest-name.js'
import type { Registered, Registry, Table } from './registry.js'
import { type KeyPath, parseTomlDocument, printKey } from './toml-document.js'
import { valueOfWords } from './value-of-words.js'

/** A setting, or a table of the person's own, as a command line names it. */
export interface NamedSetting {
  readonly key: KeyPath
  /** Undefined for the key of a table, such as `link.iridium`. */
  readonly known: Registered | undefined
  readonly table: Table
}

/**
 * The setting that words name: `attachments`, `link.iridium.price`, `mailbox."Archive/*".expunge`, also
 * without the quotation marks, which a shell removes. Throws USAGE, suggesting the name that was likely
 * meant.
 */
export function nameSetting(registry: Registry, words: string): NamedSetting {
  const key = keyOfWords(registry, words)
  const [first = '', ...rest] = key
  const table = registry.table(String(first))
  if (table?.keyed) {
    if (rest.length < 2) return { key, known: undefined, table }
    return { key, known: need(table, key, words), table }
  }
  if (table && table.name !== '' && rest.length === 0) return { key, known: undefined, table }
  if (table && table.name !== '' && rest.length === 1) return { key, known: need(table, key, words), table }
  const top = registry.table('')
  const known = top?.settings.get(String(first))
  if (top && known && rest.length === 0) return { key, known, table: top }
  if (known)
    throw new PacketboatError(
      'USAGE',
      `${words} is a part of the setting ${String(first)}, which this command only takes as a whole.`,
      'packetboat config edit opens the file in an editor.',
    )
  throw unknownSetting(words, nearestName(words, allNames(registry)))
}

function need(table: Table, key: KeyPath, words: string): Registered {
  const name = String(key.at(-1))
  const known = table.settings.get(name)
  if (known) return known
  const meant = nearestName(name, table.settings.keys())
  throw unknownSetting(words, meant && printKey([...key.slice(0, -1), meant]))
}

function unknownSetting(words: string, meant: string | undefined): PacketboatError {
  return new PacketboatError(
    'USAGE',
    `There is no setting "${words.slice(0, 200)}".`,
    meant === undefined ? 'packetboat config example lists all settings.' : `Did you mean ${meant}?`,
  )
}

const allNames = ({ tables }: Registry): string[] =>
  tables.flatMap(({ name, keyed, settings }) =>
    [...settings.keys()].flatMap((setting) => {
      const full = [...(name === '' ? [] : [name]), ...(keyed ? [keyed.name] : []), setting].join('.')
      return [full, setting].slice(0, name === '' ? 1 : 2)
    }),
  )

function keyOfWords(registry: Registry, words: string): KeyPath {
  const written = tomlKey(words) ?? words.split('.')
  const [first = ''] = written
  if (!registry.table(first)?.keyed || written.length <= 3) return written
  // A mailbox may have dots of its own: its name is all that stands between.
  return [first, written.slice(1, -1).join('.'), written.at(-1) ?? '']
}

/** Undefined where the words aren't a TOML key. */
function tomlKey(words: string): string[] | undefined {
  let value: unknown
  try {
    value = parseTomlDocument('', `${words} = 0`).root
  } catch {
    return undefined
  }
  const key: string[] = []
  while (typeof value === 'object' && value !== null) {
    const [name, ...more] = Object.keys(value)
    if (name === undefined || more.length > 0) return undefined
    key.push(name)
    value = (value as Record<string, unknown>)[name]
  }
  return value === 0 ? key : undefined
}

/** Words of a command line as the TOML of a setting's value; several are a list. Throws USAGE where they are none. */
export function tomlOfWords(known: Registered, words: readonly string[], place: Place): string {
  const { kind, check } = known.setting
  const [only = ''] = words
  const value = words.length > 1 ? words : valueOfWords(only, known)
  try {
    const read = kind.read(value, place)
    const wrong = check?.(read)
    if (wrong !== undefined) throw new InvalidValue(wrong)
    // Kept as it was written, unless it is a path, which is relative to the current directory.
    return typeof value === 'string' && !kind.isPath ? printText(value) : kind.print(read)
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error
    throw new PacketboatError(
      'USAGE',
      `${known.name} should be ${error.message}. Nothing was changed.`,
      error.meant === undefined
        ? 'packetboat config example shows how settings are written.'
        : `Did you mean "${error.meant}"?`,
    )
  }
}
