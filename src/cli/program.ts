import { Argument, Command, Option } from 'commander'
import { flagName } from '../settings/config.js'
import { truth } from '../settings/kind.js'
import type { Setting } from '../settings/section.js'
import { completionCommand } from './command-actions.js'
import type { CommandContext } from './command-context.js'
import { addClientCommands } from './command-line/client-commands.js'
import { addEndpointCommands } from './command-line/endpoint-commands.js'
import { accountOption } from './command-line/options.js'
import { seldom } from './command-line/seldom.js'
import { addSendingCommands } from './command-line/sending-commands.js'
import type { AddCommand, CommonOptions, Toolkit } from './command-line/toolkit.js'
import { type NameKind, nameKinds, type ShellName, shells } from './completion.js'
import { DocumentedCommand, subcommandsOf, unknownWords } from './documented-command.js'
import { exitCodes } from './exit-codes.js'
import { allSettings } from './settings/all-settings.js'
import { loadConfig, locateConfig, openConfig } from './settings/open-config.js'
import { createOutput, type Output, type Streams } from './text/output.js'

/** What the program gets from the process around it. */
export interface Shell {
  readonly streams: Streams
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  /** Calls whenever the process gets a SIGHUP, which then no longer ends it, until what it gives is called. */
  readonly onHangup: (run: () => void) => () => void
  readonly stdin: (mostBytes?: number, hidden?: boolean) => Promise<string>
  readonly terminal: NodeJS.WriteStream | undefined
  readonly keyboard: NodeJS.ReadStream | undefined
  readonly version: string
  /** What starts this program, before its arguments. */
  readonly self: readonly [string, ...string[]]
  /** Shows a text, page by page where it is longer than the terminal is high. Only where there are a terminal and a keyboard. */
  readonly page?: ((text: string) => Promise<void>) | undefined
}

/** Options that the command line itself heeds, where a command takes them. */
interface Said {
  readonly quiet?: boolean
  readonly account?: string
  readonly pager?: boolean
  readonly color?: boolean
}

const withCommonOptions = (made: DocumentedCommand): DocumentedCommand =>
  made
    .option('-c, --config <file>', 'read the settings from this file')
    .option('--data <dir>', 'keep databases and settings in this directory')
    .option('--json', 'print one JSON object per line')

/** Options that need not be told everywhere. */
const everywhere: ReadonlySet<string> = new Set(['--version', '--config', '--data', '--json'])
const everywhereWords = 'All commands: --help, -c FILE (settings), --data DIR (state), --json (scripts).'

/** What was said of them; what stands behind the command goes before what stands in front of it. */
function saidOptions(command: Command): CommonOptions {
  return { ...(command.parent ? saidOptions(command.parent) : {}), ...command.opts<CommonOptions>() }
}

/** Commands that the first screen only names, by what they are for. */
const rare: Readonly<Record<string, readonly string[]>> = {
  Mail: ['mailboxes', 'log', 'outbox', 'evict', 'conflicts', 'settle', 'problems', 'duplicates', 'expunged'],
  Line: ['links', 'usage', 'schedule', 'run'],
  'Setting up': ['setup', 'config', 'account', 'service', 'doctor', 'completion'],
}
const isRare = (name: string): boolean => Object.values(rare).some((names) => names.includes(name))
const rareWords = `${Object.entries(rare)
  .map(([what, names]) => `${what}: ${names.join(', ')}.`)
  .join(' ')} What each does: packetboat help.`

/** A command that general help leaves out: mail programs call it, and the guides explain it to people who set them up. */
const callers = 'sendmail'

/** Collects how a command speaks, and how it ended. */
export interface Outcome {
  output(made: Output): void
  exit(code: number): void
  /** Runs another command line in this process, and gives its exit code. */
  run(args: readonly string[]): Promise<number>
}

/** The whole command line: what parses it, helps with it, and is written about it. */
export function buildProgram(shell: Shell, outcome: Outcome): DocumentedCommand {
  const registry = allSettings()
  const settingOf = new Map<Option, Setting<unknown>>()
  /** An option that says a setting for one run. It is checked as the setting is. */
  const settingOption = (setting: Setting<unknown>, help = setting.help): Option => {
    const preset =
      setting.default === undefined || help.includes('(default: ')
        ? ''
        : ` (default: ${setting.kind.print(setting.default).replaceAll('"', '')})`
    const option = new Option(
      setting.flag ?? '',
      `${lowerFirst(help)}${setting.kind === truth ? '' : preset}`,
    )
    if (setting.kind.choices && setting.kind !== truth) option.choices(setting.kind.choices)
    settingOf.set(option, setting)
    return option
  }
  const flagsOf = (command: Command): Record<string, string> => {
    const flags: Record<string, string> = {}
    for (const option of command.options) {
      const setting = settingOf.get(option)
      const flag = setting && flagName(setting)
      const value: unknown = command.getOptionValue(option.attributeName())
      if (flag !== undefined && value !== undefined) flags[flag] = String(value)
    }
    return flags
  }
  /** Whether help is to leave nothing out. */
  let inFull = false
  const seldomOf = ({ options }: Command): readonly string[] =>
    [...seldom].filter((name) => options.some(({ long }) => long === name))
  const program = new DocumentedCommand('packetboat')
    .usage('COMMAND [options]')
    .description('Keeps mail in step over links that are slow, expensive and often down.')
    // Only in full: -V is --verbose, and a typo in a script must not look like success.
    .version(shell.version, '--version')
    // What stands behind a command is the command's own.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: shell.streams.stdout,
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(80, shell.streams.columns?.stdout ?? 80),
    })
    .configureHelp({
      // On 40 columns commander would give up, and the terminal would break words.
      minWidthToWrap: 10,
      subcommandTerm: (each) => each.name(),
      subcommandDescription: (each) => each.description(),
      // What every program or every command has need not take a line of each screen.
      visibleCommands: (parent) =>
        subcommandsOf(parent).filter((each) => (inFull || !isRare(each.name())) && each.name() !== callers),
      visibleOptions: ({ options }) =>
        options.filter(({ long }) => !everywhere.has(long ?? '') && (inFull || !seldom.has(long ?? ''))),
      commandDescription: (each) => upperFirst(each.description()),
    })
    .showHelpAfterError(false)
    .example('packetboat init --maildir ~/Mail', 'set up: paste the pairing string')
    .example('packetboat sync', 'whenever there is a line')
    .addHelpText('after', () => (inFull ? '' : `\n${wrap(rareWords)}`))
    .addHelpText('afterAll', ({ command }) => {
      const left = inFull ? [] : seldomOf(command)
      const more = `Also ${left.join(', ')}: ${nameOf(command).replace(' ', ' help ')} explains them.`
      return left.length > 0 ? `\n${wrap(`${more}\n${everywhereWords}`)}` : wrap(everywhereWords)
    })
  const wrap = (text: string): string =>
    program.createHelp().boxWrap(text, Math.min(80, shell.streams.columns?.stdout ?? 80))
  withCommonOptions(program)

  /** Adds what every command takes, and hands it the context instead of commander's own things. */
  const command: AddCommand = (parent, usage, description, action) => {
    const made = withCommonOptions(parent.command(usage).description(description)).action(
      async (...values: unknown[]) => {
        values.pop()
        const said = values.pop() as Said
        const options = { ...said, ...saidOptions(made) }
        values.push(options)
        const paged = shows.has(made) && !options.json && options.pager !== false ? shell.page : undefined
        let pages = ''
        const collect = (text: string): void => {
          pages += text
        }
        const streams: Streams = {
          ...shell.streams,
          ...(paged && { stdout: collect }),
          styled: options.color !== false && shell.streams.styled,
        }
        const output = createOutput(streams, options.json ?? false, options.quiet)
        outcome.output(output)
        const { signal, onHangup, stdin, env, self } = shell
        const terminal = options.quiet ? undefined : shell.terminal
        const { config: file, data } = options
        const whereabouts = { registry, file, data, flags: flagsOf(made), env }
        const contextOf = (account: string | undefined, own: Output): CommandContext => ({
          load: (side, draft) => loadConfig(side, { ...whereabouts, account }, draft),
          locate: (side) => locateConfig(side, whereabouts),
          open: (side, opening) => openConfig(side, { ...whereabouts, account }, opening),
          forAccount: (name, other = own) => contextOf(name, other),
          output: own,
          signal,
          onHangup,
          stdin,
          terminal,
          get keyboard() {
            return shell.keyboard
          },
          env,
          self,
        })
        const context = contextOf(ofClient.has(made) ? options.account : undefined, output)
        try {
          outcome.exit((await action(context, ...(values as never[]))) ?? exitCodes.done)
        } finally {
          if (pages !== '') await paged?.(pages)
        }
      },
    )
    return made
  }

  /** Commands that work on an account of this machine, which -a names where there are several. */
  const ofClient = new Set<Command>()
  const clientCommand: AddCommand = (...how) => {
    const made = command(...how).addOption(accountOption())
    ofClient.add(made)
    return made
  }

  const shows = new Set<Command>()
  const lookCommand: AddCommand = (...how) => {
    const made = clientCommand(...how)
      .option('--no-pager', "don't show it page by page")
      .option('--no-color', 'without bold and faint letters')
    shows.add(made)
    return made
  }

  const group = (name: string, description: string): DocumentedCommand =>
    withCommonOptions(program.command(name).description(description))
  const toolkit: Toolkit = {
    program,
    command,
    clientCommand,
    lookCommand,
    group,
    settingOption,
    run: outcome.run,
  }
  addEndpointCommands(toolkit)
  addClientCommands(toolkit)
  addSendingCommands(toolkit)
  command(
    program,
    'completion',
    'print a completion script for bash, zsh or fish',
    async (context, shell: ShellName | undefined, options: { readonly names?: NameKind }) =>
      completionCommand(context, program, shell, options),
  )
    .addArgument(new Argument('[shell]').choices(shells))
    .addOption(
      new Option('--names <kind>', 'print names of this machine, as the scripts ask for').choices(nameKinds),
    )
    .example('. <(packetboat completion bash)', 'in ~/.bashrc')
    .example('packetboat completion fish > ~/.config/fish/completions/packetboat.fish', '')
  for (const [what, names] of Object.entries(rare))
    for (const each of subcommandsOf(program)) if (names.includes(each.name())) each.helpGroup(`${what}:`)
  // In place of commander's own, which says no more than --help.
  program.helpCommand(false).addCommand(
    new Command('help')
      .copyInheritedSettings(program)
      .argument('[command...]')
      .action((words: readonly string[]) => {
        const named = words.reduce<Command>(below, program)
        inFull = true
        named.outputHelp()
      }),
  )
  return program
}

/** Throws USAGE, in commander's way. */
function below(command: Command, name: string): Command {
  const found = subcommandsOf(command).find((each) => each.name() === name)
  return found ?? command.error(unknownWords(command, name))
}

/** `packetboat device add`. */
function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name()
}

const upperFirst = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
const lowerFirst = (text: string): string =>
  /^[A-Z][a-z ]/.test(text) ? `${text.slice(0, 1).toLowerCase()}${text.slice(1)}` : text
