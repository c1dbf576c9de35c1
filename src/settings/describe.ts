import type { Row } from './config.js'
import { type Registered, type Registry, type Table, variableOf } from './registry.js'
import type { InnerTable } from './section.js'
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

/** Tables inside settings: what they hold, and their headers with the person's name as the manual has it, and as an example. */
export function innerTables(registry: Registry): (Pick<InnerTable, 'about' | 'settings' | 'alternatives'> & {
  readonly header: string
  readonly example: string
})[] {
  return registry.tables.flatMap(({ settings }) =>
    [...settings.values()].flatMap(({ name, setting: { inner } }) => {
      if (!inner) return []
      const [header, example] = [`${name}.${inner.name}`, `${name}.${inner.example}`]
      const inside = Object.entries(inner.inside ?? {}).map(([key, table]) => ({
        ...table,
        header: `[${header}.${key}]`,
        example: `[${example}.${key}]`,
      }))
      return [{ ...inner, header: `[${header}]`, example: `[${example}]` }, ...inside]
    }),
  )
}

/** Its value as TOML, without what must not be shown. */
export function shownValue({ setting, value }: Pick<Row, 'setting' | 'value'>): string {
  return setting.kind.show ? setting.kind.show(value) : setting.kind.print(value)
}

/**
 * A file with every setting in it, each commented out by a `#` without a space after it (prose has the
 * space). Settings with a default are shown with it.
 */
export function exampleFile(registry: Registry): string {
  const lines = [
    ...prose(
      'Settings of packetboat. packetboat.toml(5) explains them. Remove the # in front of a line to set it.',
    ),
    'config_version = 1',
  ]
  for (const table of registry.tables)
    for (const [index, section] of table.sections.entries()) {
      lines.push('', ...prose(section.about))
      const header = headerOf(table, table.keyed?.example)
      if (header && index === 0) lines.push(`#${header}`)
      for (const known of table.settings.values())
        if (known.section === section && known.name !== 'config_version')
          lines.push(...exampleLines(table, known))
    }
  for (const { about, settings, alternatives, example } of innerTables(registry)) {
    lines.push('', `# ${about}`, `#${example}`)
    for (const [key, setting] of Object.entries(settings)) {
      // A comment, even when everything else is switched on.
      const mark = alternatives.includes(key) ? '# ' : '#'
      lines.push(...prose(`${setting.help}.`), `${mark}${key} = ${setting.example}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function exampleLines(table: Table, known: Registered): string[] {
  const variable = table.keyed === undefined ? variableOf(table.name, known.name) : undefined
  const also = [known.setting.flag, variable].filter((word) => word !== undefined)
  const { inner } = known.setting
  return [
    ...prose(`${known.setting.help}${also.length > 0 ? ` (${also.join(', ')})` : ''}.`),
    inner ? `#${known.name}.${inner.other}` : `#${known.name} = ${exampleOf(known)}`,
  ]
}

/** Fits a terminal of 80 columns, and a man page there, which indents it. */
const proseWidth = 69

/** Wraps text as comments. */
function prose(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < proseWidth)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(`# ${word}`)
  }
  return lines
}
