import type { Section, Setting } from './section.js'

/** All settings of all modules. */
export interface Registry {
  readonly sections: readonly Section[]
  /** The tables, in the order of the example file, the top of the file (`''`) first. */
  readonly tables: readonly Table[]
  table(name: string): Table | undefined
}

/** A table of the file, with all that modules have registered for it. */
export interface Table {
  readonly name: string
  readonly keyed: Section['keyed']
  readonly sections: readonly Section[]
  readonly settings: ReadonlyMap<string, Registered>
}

export interface Registered {
  readonly name: string
  readonly section: Section
  readonly setting: Setting<unknown>
}

/** Throws a plain Error when two modules register the same name: a fault of the program, found by any test. */
export function createRegistry(sections: readonly Section[]): Registry {
  const names = [...new Set(sections.map(({ table }) => table))]
  const tables = names.map((name): Table => {
    const parts = sections.filter(({ table }) => table === name)
    const settings = new Map<string, Registered>()
    for (const section of parts)
      for (const [key, setting] of Object.entries(section.settings)) {
        if (settings.has(key)) throw new Error(`two modules register ${name}.${key}`)
        if (name === '' && names.includes(key)) throw new Error(`${key} is a setting and a table`)
        settings.set(key, { name: key, section, setting })
      }
    if (new Set(parts.map(({ keyed }) => keyed?.name)).size > 1)
      throw new Error(`[${name}] has names for some of its modules only`)
    return { name, keyed: parts[0]?.keyed, sections: parts, settings }
  })
  return { sections, tables, table: (name) => tables.find((each) => each.name === name) }
}

/** `PACKETBOAT_GIVE_UP_AFTER`, `PACKETBOAT_IMAP_HOST`: what the environment calls a setting. */
export function variableOf(table: string, name: string): string {
  const words = [table, name].filter((word) => word !== '').join('_')
  return `PACKETBOAT_${words.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}`
}
