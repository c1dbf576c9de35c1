import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { subcommandsOf } from '../../src/cli/documented-command.js'
import { allSettings } from '../../src/cli/settings/all-settings.js'
import { exampleFile } from '../../src/settings/describe.js'
import { heading, item, page, paragraph, subheading, titleLine, verbatim } from './roff.js'
import { type Entry, settingsManual } from './settings-manual.js'
import { silentProgram } from './silent-program.js'

/** A file of the paper, by its path in the repository. */
export interface Page {
  readonly path: string
  readonly text: string
}

/** Everything on paper, made from the command line's own definitions, the registry of settings, and docs/EXIT-CODES.md. */
export function allPages(): Page[] {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  return [
    { path: 'man/packetboat.1', text: commandPage(version) },
    { path: 'man/packetboat.toml.5', text: settingsPage(version) },
    { path: 'docs/CONFIGURATION.md', text: configurationPage() },
  ]
}

/** The options that every command has are said once. */
const everywhere = ['--config', '--data', '--json']

function commandPage(version: string): string {
  const program = silentProgram()
  const commands = subcommandsOf(program).flatMap((command) => {
    const below = subcommandsOf(command)
    // A group has no options of its own; a command with others below it has.
    const isCommand =
      below.length === 0 || command.options.some(({ long }) => !everywhere.includes(long ?? ''))
    return [
      ...(isCommand ? [{ command, name: command.name() }] : []),
      ...below.map((each) => ({ command: each, name: `${command.name()} ${each.name()}` })),
    ]
  })
  const common = commands[0]?.command.options.filter(({ long }) => everywhere.includes(long ?? '')) ?? []
  return page([
    titleLine('packetboat', 1, version),
    heading('NAME'),
    'packetboat \\- mail over links that are slow, expensive and often down',
    heading('SYNOPSIS'),
    '.B packetboat\n.I COMMAND\n.RI [ options ]',
    heading('DESCRIPTION'),
    paragraph(program.description()),
    paragraph(
      'A client on the slow side keeps a Maildir in step with an endpoint beside the mail server. New text comes first, newest first; attachments wait until they are wanted; what has crossed the line is kept when it drops.',
    ),
    verbatim(program.examples.map(({ line }) => line)),
    heading('OPTIONS OF EVERY COMMAND'),
    ...common.map(({ flags, description }) => item(flags, sentence(description))),
    heading('COMMANDS'),
    ...commands.flatMap(({ command, name }) => [
      subheading(`packetboat ${name}${argumentsOf(command)}`),
      paragraph(sentence(command.description())),
      ...command.options
        .filter(({ long }) => !everywhere.includes(long ?? ''))
        .map(({ flags, description, argChoices }) =>
          item(flags, sentence(`${description}${argChoices ? `: ${argChoices.join(', ')}` : ''}`)),
        ),
      ...(command.examples.length > 0 ? [verbatim(command.examples.map(({ line }) => line))] : []),
    ]),
    heading('ENVIRONMENT'),
    item('PACKETBOAT_CONFIG', 'The file of the settings, as -c.'),
    item('PACKETBOAT_DATA', 'The data directory, as --data.'),
    item('PACKETBOAT_*', 'Any setting: PACKETBOAT_GIVE_UP_AFTER is giveUpAfter. See packetboat.toml(5).'),
    heading('FILES'),
    item('~/.config/packetboat/packetboat.toml', 'Settings, below $XDG_CONFIG_HOME.'),
    item('~/.local/share/packetboat', 'Databases, keys and locks, below $XDG_DATA_HOME.'),
    heading('EXIT STATUS'),
    paragraph('Whatever it is, what has arrived is kept, and running the same command again is safe.'),
    ...exitCodes().map(({ code, name, meaning }) => item(`${code} ${name}`, sentence(meaning))),
    heading('SEE ALSO'),
    '.BR packetboat.toml (5)',
  ])
}

function argumentsOf(command: Command): string {
  return command.registeredArguments
    .map((argument) => {
      const name = `${argument.name()}${argument.variadic ? '...' : ''}`
      return argument.required ? ` <${name}>` : ` [${name}]`
    })
    .join('')
}

/** The rows of the first table of docs/EXIT-CODES.md. */
function exitCodes(): { code: string; name: string; meaning: string }[] {
  return readFileSync('docs/EXIT-CODES.md', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, code, name, meaning] = /^\| (\d+) \| ([^|]+) \| ([^|]+) \|/.exec(line) ?? []
      return code && name && meaning ? [{ code, name, meaning: meaning.replaceAll('`', '') }] : []
    })
}

function settingsPage(version: string): string {
  const chapters = settingsManual(allSettings())
  return page([
    titleLine('packetboat.toml', 5, version),
    heading('NAME'),
    'packetboat.toml \\- settings of packetboat',
    heading('DESCRIPTION'),
    paragraph(
      'One file in TOML. packetboat config check says what is wrong with it, config show what is in force and who said it.',
    ),
    ...chapters.flatMap(({ title, paragraphs, entries }) => [
      heading(title),
      ...paragraphs.map(paragraph),
      ...entries.map((entry) =>
        item(
          entry.type === '' ? entry.name : `${entry.name} (${entry.type})`,
          sentence(entry.help),
          ...factsOf(entry),
        ),
      ),
    ]),
    heading('EXAMPLE'),
    verbatim(exampleFile(allSettings()).trimEnd().split('\n')),
    heading('SEE ALSO'),
    '.BR packetboat (1)',
  ])
}

function factsOf({ preset, example, also }: Entry): string[] {
  return [
    ...(preset === undefined ? [] : [`Default: ${preset}`]),
    ...(example === undefined ? [] : [`Example: ${example}`]),
    ...(also.length > 0 ? [`Also: ${also.join(', ')}`] : []),
  ]
}

function configurationPage(): string {
  const code = (text: string): string => (text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``)
  const cell = (text: string): string => text.replace(/[|<[]/g, '\\$&')
  const chapters = settingsManual(allSettings()).flatMap(({ title, paragraphs, entries }) => {
    const typed = entries.some(({ type }) => type !== '')
    const table = typed
      ? [
          '| setting | type | default | | also |',
          '|---|---|---|---|---|',
          ...entries.map(
            ({ name, type, preset, help, also }) =>
              `| ${code(name)} | ${cell(type)} | ${code(preset ?? '')} | ${cell(sentence(help))} | ${also.map(code).join(', ')} |`,
          ),
        ]
      : entries.length > 0
        ? ['| | |', '|---|---|', ...entries.map(({ name, help }) => `| ${name} | ${cell(help)} |`)]
        : []
    return [
      `## ${cell(title)}`,
      '',
      ...paragraphs.flatMap((text) => [...linesOf(cell(text)), '']),
      ...table,
      ...(table.length > 0 ? [''] : []),
    ]
  })
  return [
    '# Configuration',
    '',
    ...linesOf(
      'Made by `npm run paper` from what each module registers; `packetboat.toml(5)` says the same, and `packetboat config example` prints a file with all of it.',
    ),
    '',
    ...chapters,
  ]
    .join('\n')
    .replace(/\n+$/, '\n')
}

/** A paragraph in lines of at most 100 columns. */
const linesOf = (text: string): string[] => text.match(/\S(?:.{0,98}\S)?(?=\s|$)/g) ?? []

const sentence = (text: string): string => {
  const upper = /^[a-z][a-z ]/.test(text) ? `${text.slice(0, 1).toUpperCase()}${text.slice(1)}` : text
  return /[.!?]$/.test(upper) ? upper : `${upper}.`
}
