import { linkSettings } from '../../src/link/line-settings.js'
import { defaultOf, exampleOf, headerOf, innerTables } from '../../src/settings/describe.js'
import { type Registered, type Registry, type Table, variableOf } from '../../src/settings/registry.js'
import type { Section } from '../../src/settings/section.js'

/** What the manual of the settings says, whatever it is printed as. */
export interface Chapter {
  readonly title: string
  readonly paragraphs: readonly string[]
  readonly entries: readonly Entry[]
}

export interface Entry {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly preset: string | undefined
  readonly example: string | undefined
  /** What else says it. */
  readonly also: readonly string[]
}

const whereFilesAre = [
  'packetboat reads one file, the first of these that applies. 1. The file that -c or PACKETBOAT_CONFIG names. 2. In the directory that --data or PACKETBOAT_DATA names: endpoint.toml for serve, device and account, client.toml for all other commands. 3. packetboat/packetboat.toml in $XDG_CONFIG_HOME, that is ~/.config/packetboat/packetboat.toml, if it exists. 4. endpoint.toml or client.toml in packetboat in $XDG_DATA_HOME, that is ~/.local/share/packetboat/endpoint.toml, if it exists. packetboat config show prints which file that is.',
  'packetboat init and packetboat serve write what you tell them into that file (into the one of 3 where there is none), and leave everything else in it as it is.',
  'A setting is what the command line says, else the environment, else the file, else its default. The environment has values as the file has them; quotes can be left out. Relative paths start from the file that says them, ~/ from the home.',
  'An unknown setting or a wrong value ends every command with exit code 3 before anything is done, with file, line and the nearest right name. A table that nothing here reads is left alone.',
]

const values: readonly Entry[] = [
  [
    'duration',
    '"250 ms", "30 s", "2 min", "1.5 h", "30 days"; a plain number is seconds, or days where its default is in days',
  ],
  ['size', '"64k", "1.5 MB", "1 MiB", "none", "all"; a plain number is bytes'],
  ['rate', '"2400 bit/s", "9.6 kbit/s", "64 kB/s"; a plain number is bits a second'],
  ['price', '"1.20 USD/min", "4 EUR/MB", "0.10 USD/100kB"'],
  ['money', '"5 USD"'],
  ['time of day', '"07:30"'],
  [
    'command',
    '["pass", "show", "x"], run without a shell; or { command = [...], timeout = "10 s" }: it is stopped after 30 s, or then',
  ],
  ['secret', 'a text, { file = "PATH" }, or { command = [...], timeout = "10 s" }; never shown'],
].map(([name = '', help = '']) => ({ name, help, type: '', preset: undefined, example: undefined, also: [] }))

/** The whole manual of the settings. */
export function settingsManual(registry: Registry): Chapter[] {
  const chapters = registry.tables.flatMap((table) =>
    table.sections.map((section): Chapter => {
      const header = headerOf(table, table.keyed?.name)
      return {
        title: header ? `${section.about} ${header}` : section.about,
        paragraphs: [],
        entries: [...table.settings.values()]
          .filter((known) => known.section === section)
          .map((known) => entryOf(table, known)),
      }
    }),
  )
  return [
    { title: 'Where settings are', paragraphs: whereFilesAre, entries: [] },
    { title: 'Values', paragraphs: [], entries: values },
    ...chapters,
    ...innerTables(registry).map(({ name, inner }) => ({
      title: `${inner.about} [${name}.${inner.name}]`,
      paragraphs: [],
      entries: Object.entries(inner.settings).map(([key, { kind, help, example }]) => ({
        name: key,
        help,
        type: kind.label,
        preset: undefined,
        example,
        also: [],
      })),
    })),
    {
      title: 'Built-in links',
      paragraphs: [
        'What is written in [link.NAME] goes before what is built in, setting by setting. Prices are of your contract: say yours. The timeouts of a link go before the defaults, and not before what the top of the file says.',
      ],
      entries: Object.entries(linkSettings.builtIn ?? {}).map(([name, values]) => ({
        name,
        help: builtInWords(linkSettings, values),
        type: '',
        preset: undefined,
        example: undefined,
        also: [],
      })),
    },
  ]
}

function entryOf(table: Table, known: Registered): Entry {
  const { setting, name } = known
  const preset = defaultOf(known)
  const example = exampleOf(known)
  return {
    name,
    help: setting.help,
    type: setting.kind.label,
    preset,
    example: example === preset ? undefined : example,
    also: [
      ...(setting.flag === undefined ? [] : [setting.flag]),
      ...(table.keyed === undefined ? [variableOf(table.name, name)] : []),
    ],
  }
}

function builtInWords({ settings }: Section, values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${settings[name]?.kind.print(value).replaceAll('"', '')}`)
    .join(', ')
}
