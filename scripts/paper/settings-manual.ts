import { linkSettings } from '../../src/link/profile/line-settings.js'
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
  'packetboat reads one file: the first one below that applies. packetboat config show prints which one that is.',
  '1. The file that -c or PACKETBOAT_CONFIG names.',
  '2. A file in the directory that --data or PACKETBOAT_DATA names: endpoint.toml for serve, device and account, client.toml for all other commands.',
  '3. ~/.config/packetboat/packetboat.toml, if it exists ($XDG_CONFIG_HOME instead of ~/.config where that is an absolute path).',
  '4. ~/.local/share/packetboat/endpoint.toml or client.toml, if it exists ($XDG_DATA_HOME instead of ~/.local/share where that is an absolute path).',
  'packetboat init and packetboat serve save their settings in that file, and leave everything else in it as it is. If there is no file yet, they create the one of 3.',
  'The command line overrides the environment, the environment overrides the file, and the file overrides the defaults. Write values in the environment as in the file; you can leave out the quotes. A relative path starts at the folder of the file in which it is written, and ~/ at your home.',
  'If a setting is unknown or a value is wrong, every command exits with 3 before it does anything, and names the file, the line and the nearest known name. packetboat ignores tables that it does not know.',
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
    '["pass", "show", "x"], run without a shell; or { command = [...], timeout = "10 s" }: packetboat stops it after 30 s, or after that time',
  ],
  ['secret', 'a text, { file = "PATH" }, or { command = [...], timeout = "10 s" }; never shown'],
].map(([name = '', help = '']) => ({ name, help, type: '', preset: undefined, example: undefined, also: [] }))

/** The whole manual of the settings. */
export function settingsManual(registry: Registry): Chapter[] {
  const chapters = registry.tables.flatMap((table) =>
    table.sections.map((section): Chapter => {
      const header = headerOf(table, table.keyed?.name)
      return {
        ...aboutChapter(section.about, header),
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
    ...innerTables(registry).map(({ about, header, settings }) => ({
      ...aboutChapter(about, header),
      entries: Object.entries(settings).map(([key, { kind, help, example }]) => ({
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
        'Settings in [link.NAME] override the built-in ones, one by one. No price is built in: set the one of your contract. The built-in timeouts of a link override the defaults, but not what you set at the top of the file.',
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

/** The first sentence of what a section is about, and the table it stands in, are the title; the rest is a paragraph. */
function aboutChapter(about: string, header: string | undefined): Pick<Chapter, 'title' | 'paragraphs'> {
  const [first = '', ...rest] = about.split('. ')
  return {
    title: header ? `${first} ${header}` : first,
    paragraphs: rest.length > 0 ? [`${rest.join('. ')}.`] : [],
  }
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
