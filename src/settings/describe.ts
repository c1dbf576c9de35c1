import type { Row } from './config.js'
import { type Registered, type Registry, type Table, variableOf } from './registry.js'
import { printKey } from './toml-document.js'

/** The header of a table as a file has it, `[link.NAME]`, undefined for the top of the file. */
export function headerOf(table: Table, key: string | undefined): string | undefined {
  if (table.name === '') return undefined
  return `[${printKey([table.name, ...(key === undefined ? [] : [key])])}]`
}

/** What the value of a setting could be, as TOML: its example, or else its default. */
export function exampleOf({ setting, name }: Registered): string {
  if (setting.example !== undefined) return setting.example
  if (setting.default === undefined) throw new Error(`${name} has neither default nor example`)
  return setting.kind.print(setting.default)
}

/** A default as TOML; undefined where there is none. */
export function defaultOf({ setting }: Registered): string | undefined {
  return setting.default === undefined ? undefined : setting.kind.print(setting.default)
}

/** Its value as TOML, without what must not be shown. */
export function shownValue({ setting, value }: Pick<Row, 'setting' | 'value'>): string {
  return setting.kind.show ? setting.kind.show(value) : setting.kind.print(value)
}

/**
 * A file with every setting in it, commented out by a `#` without a space behind it: prose has one. Settings that have a default are
 * shown with it.
 */
export function exampleFile(registry: Registry): string {
  const lines = [
    '# Settings of packetboat: packetboat.toml(5) says more. Take away the # before what you want to change.',
    'config_version = 1',
  ]
  for (const table of registry.tables)
    for (const [index, section] of table.sections.entries()) {
      lines.push('', ...section.about.split('\n').map((line) => `# ${line}`))
      const header = headerOf(table, table.keyed?.example)
      if (header && index === 0) lines.push(`#${header}`)
      for (const known of table.settings.values()) {
        if (known.section !== section || known.name === 'config_version') continue
        const variable = table.keyed === undefined ? variableOf(table.name, known.name) : undefined
        const also = [known.setting.flag, variable].filter((word) => word !== undefined)
        lines.push(`# ${known.setting.help}${also.length > 0 ? ` (${also.join(', ')})` : ''}.`)
        lines.push(`#${known.name} = ${exampleOf(known)}`)
      }
    }
  return `${lines.join('\n')}\n`
}
