import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { lineSettings } from '../link/profile/line-settings.js'
import { flagName } from '../settings/config.js'
import { duration, size, truth } from '../settings/kind.js'
import type { Setting } from '../settings/section.js'
import {
  addDevice,
  checkConfig,
  completionCommand,
  conflictsCommand,
  declareLostCommand,
  duplicatesCommand,
  exampleConfig,
  expungedCommand,
  fetchCommand,
  init,
  linksCommand,
  listAccounts,
  listDevices,
  mailboxesCommand,
  problemsCommand,
  removeAccount,
  revokeDevice,
  runScheduleCommand,
  scheduleCommand,
  serve,
  settleCommand,
  showConfig,
  status,
  syncCommand,
  usageCommand,
  waitingCommand,
} from './command-actions.js'
import type { CommandContext } from './command-context.js'
import { type ShellName, shells } from './completion.js'
import { DocumentedCommand, subcommandsOf } from './documented-command.js'
import { exitCodes } from './exit-codes.js'
import { allSettings } from './settings/all-settings.js'
import { budgetSettings } from './settings/budget-settings.js'
import { clientSettings } from './settings/client-settings.js'
import { endpointSettings } from './settings/endpoint-settings.js'
import { generalSettings } from './settings/general-settings.js'
import { loadConfig, openConfig } from './settings/open-config.js'
import { createOutput, type Output, type Streams } from './text/output.js'
import { type Grouping, groupings } from './usage/usage-rows.js'

/** What the program gets from the process around it. */
export interface Shell {
  readonly streams: Streams
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  /** Calls whenever the process gets a SIGHUP, which then no longer ends it, until what it gives is called. */
  readonly onHangup: (run: () => void) => () => void
  readonly stdin: (mostBytes?: number) => Promise<string>
  readonly terminal: NodeJS.WriteStream | undefined
  readonly keyboard: NodeJS.ReadStream | undefined
  readonly version: string
}

/** What a command does; its exit code, where that can be another one than 0 without an error. */
// biome-ignore lint/suspicious/noConfusingVoidType: most commands give nothing
type Action = (context: CommandContext, ...values: never[]) => Promise<number | void>

/** Options that every command takes, before it or behind it. */
interface CommonOptions {
  readonly config?: string
  readonly data?: string
  readonly json?: boolean
}

const withCommonOptions = (made: DocumentedCommand): DocumentedCommand =>
  made
    .option('-c, --config <file>', 'read the settings from this file')
    .option('--data <dir>', 'keep databases and settings in this directory')
    .option('--json', 'print one JSON object per line')

/** Options that need not be told everywhere. */
const everywhere: ReadonlySet<string> = new Set(['--version', '--config', '--data', '--json'])
const everywhereWords = 'All commands: -c FILE (settings), --data DIR (state), --json (for scripts).'

/** What was said of them; what stands behind the command goes before what stands in front of it. */
function saidOptions(command: Command): CommonOptions {
  return { ...(command.parent ? saidOptions(command.parent) : {}), ...command.opts<CommonOptions>() }
}

/** Options of a run that its help only names. */
const seldom: ReadonlySet<string> = new Set([
  '--jitter',
  '--ext-exit',
  '--limit-rate',
  '--stall',
  '--give-up-after',
  '--max-time',
  '--until',
  '--max-cost',
])

/** Commands that the first screen only names. */
const rare: ReadonlySet<string> = new Set([
  'account',
  'links',
  'conflicts',
  'settle',
  'problems',
  'duplicates',
  'expunged',
  'schedule',
  'run',
  'completion',
])

/** Where a command says how it speaks, and how it ended. */
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
  const program = new DocumentedCommand('packetboat')
    .usage('COMMAND [options]')
    .description("Keeps a person's mail in step over links that are slow, dear and often gone.")
    // Only in full: -V is --verbose, and a typo of a script must not look like success.
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
      visibleCommands: (parent) => subcommandsOf(parent).filter((each) => !rare.has(each.name())),
      visibleOptions: ({ options }) =>
        options.filter(({ long }) => !everywhere.has(long ?? '') && !seldom.has(long ?? '')),
      commandDescription: (each) => upperFirst(each.description()),
    })
    .showHelpAfterError(false)
    .example('packetboat init - --maildir ~/Mail', 'set up: paste the pairing string')
    .example('packetboat sync', 'whenever there is a line')
    .example('packetboat sync --help', 'each command has help')
    .addHelpText('after', ({ command }) => {
      const help = command.createHelp()
      return `\n${help.boxWrap(`Also: ${[...rare].join(', ')}.`, Math.min(80, shell.streams.columns?.stdout ?? 80))}`
    })
    .addHelpText('afterAll', ({ command }) =>
      command.createHelp().boxWrap(everywhereWords, Math.min(80, shell.streams.columns?.stdout ?? 80)),
    )
  withCommonOptions(program)

  /** Adds what every command takes, and hands it the context instead of commander's own things. */
  const command = (
    parent: DocumentedCommand,
    usage: string,
    description: string,
    action: Action,
  ): DocumentedCommand => {
    const made = withCommonOptions(parent.command(usage).description(description)).action(
      async (...values: unknown[]) => {
        values.pop()
        const said = values.pop() as { readonly quiet?: boolean; readonly account?: string }
        const options = { ...said, ...saidOptions(made) }
        values.push(options)
        const output = createOutput(shell.streams, options.json ?? false, options.quiet)
        outcome.output(output)
        const { signal, onHangup, stdin, keyboard, env } = shell
        const terminal = options.quiet ? undefined : shell.terminal
        const { config: file, data } = options
        const whereabouts = { registry, file, data, flags: flagsOf(made), env }
        const contextOf = (account: string | undefined, own: Output): CommandContext => ({
          load: (side) => loadConfig(side, { ...whereabouts, account }),
          open: (side, opening) => openConfig(side, { ...whereabouts, account }, opening),
          forAccount: (name, other = own) => contextOf(name, other),
          output: own,
          signal,
          onHangup,
          stdin,
          terminal,
          keyboard,
          env,
        })
        const context = contextOf(ofClient.has(made) ? options.account : undefined, output)
        outcome.exit((await action(context, ...(values as never[]))) ?? exitCodes.done)
      },
    )
    return made
  }

  /** Commands that work on an account of this machine, which -a names where there are several. */
  const ofClient = new Set<Command>()
  const clientCommand: typeof command = (...how) => {
    const made = command(...how).addOption(accountOption())
    ofClient.add(made)
    return made
  }

  const line = lineSettings.settings
  const lineOptions = (made: DocumentedCommand): DocumentedCommand =>
    made
      .option('-q, --quiet', 'print only warnings and errors')
      .option('-V, --verbose', 'print what came for each mailbox')
      .option('--ext-exit', 'exit with 32 (endpoint changed), 64 (changed here), 96 (both)')
      .option('--wait <seconds>', 'wait this long for another run to end', seconds)
      .addOption(settingOption(line.defaultLink, 'the link profile to use (see packetboat links)'))
      .addOption(settingOption(line.limitRate, 'the highest rate in either direction'))
      .addOption(settingOption(line.stallTimeout, 'give up a line when nothing moves this long'))
      .addOption(settingOption(line.giveUpAfter, 'stop after this long without progress'))
      .addOption(settingOption(budgetSettings.settings.maxBytes, 'stop before more bytes have moved'))
      .addOption(settingOption(budgetSettings.settings.maxTime, 'stop after this long'))
      .addOption(settingOption(budgetSettings.settings.until, 'stop at this time of day'))
      .addOption(settingOption(budgetSettings.settings.maxCost, 'stop before it costs more'))
      .addHelpText(
        'after',
        `\nMore, explained in man packetboat: ${[...seldom].slice(0, 4).join(', ')},\n${[...seldom].slice(4).join(', ')}.`,
      )

  command(program, 'serve', 'run the endpoint: answer devices, for one account or several', serve)
    .option('--account <name=maildir:path>', 'an account, remembered; can be repeated', collect)
    .addOption(settingOption(endpointSettings.settings.listen, 'the address to listen on'))
    .addOption(settingOption(endpointSettings.settings.address, 'the address that devices use, if another'))
    .addOption(settingOption(endpointSettings.settings.certificate, 'PEM, for devices added with --tls'))
    .addOption(settingOption(endpointSettings.settings.key, 'its key, PEM'))
    .addOption(
      settingOption(endpointSettings.settings.plain, 'unencrypted HTTP, for a TLS proxy on this machine'),
    )
    .addOption(settingOption(endpointSettings.settings.logLevel, 'how much to log'))
    .option('--allow-plain', 'with --plain, listen on addresses other than loopback')
    .option('--check', 'try the mail store of each account, and end')
    .example('packetboat serve --account me=maildir:$HOME/Maildir', 'the first time')
    .example('packetboat serve', 'from then on')

  const group = (name: string, description: string): DocumentedCommand =>
    withCommonOptions(program.command(name).description(description))
  const device = group('device', 'the devices that can sync with this endpoint')
  command(
    device,
    'add <account> <name>',
    'pair a device: print a pairing string for packetboat init',
    addDevice,
  )
    .option('--address <host:port>', 'the address at which this device reaches the endpoint')
    .option('--tls', 'use the certificate and a token instead of a key, as proxies need')
    .example('packetboat device add me laptop --address mail.example.org:4190', '')
  command(device, 'list [account]', 'list devices, and what each has yet to receive', listDevices)
  command(device, 'lost <device>', 'keep nothing any more for a device that is gone', declareLostCommand)
  command(device, 'revoke <device> [account]', 'shut a device out, by name or id', revokeDevice)

  const account = group('account', 'the accounts of this endpoint')
  command(account, 'list', 'list accounts, and where their mail is', listAccounts)
  command(account, 'remove <name>', 'stop serving an account; its mail stays', removeAccount)

  clientCommand(
    program,
    'init <pairing>',
    'set up this machine with a pairing string, - (stdin) or @FILE',
    init,
  )
    .addOption(
      settingOption(clientSettings.settings.maildir, 'the Maildir for the mail (default: ~/Maildir)'),
    )
    .addOption(settingOption(generalSettings.settings.names, 'encoding of mailbox names on disk'))
    .addOption(settingOption(generalSettings.settings.layout, 'layout of the folders in the Maildir'))
    .addOption(
      settingOption(clientSettings.settings.attachments, 'fetch attachments up to this size at once'),
    )
    .option('--force', 'replace the pairing string, for the same account')
    .option('--merge', 'merge the mail here with the mail of another account')
    .option('--again', 'start over: compare by digest, fetch only what is missing')
    .option('--no-check', "don't try the pairing string at the endpoint")
    .example('packetboat init -', 'paste the pairing string, which is a secret')
    .example('packetboat init @pairing --maildir ~/Mail --attachments 20k', '')
  lineOptions(clientCommand(program, 'sync [mailboxes...]', 'sync all mailboxes, or only these', syncCommand))
    .option('--allow-expunge <mailbox>', 'delete any share of it without asking; can be repeated', collect)
    .option('--jitter <seconds>', 'first wait for a random time up to this', seconds)
    .option('--dry-run', 'print what would move, up and down, and end')
    .option('--choose', 'fetch lists and texts, then ask what else to fetch')
    .example('packetboat sync INBOX', 'only this mailbox')
    .example('packetboat sync --link iridium --max-cost "2 USD"', '')
  clientCommand(program, 'schedule', 'print when packetboat run syncs next', scheduleCommand)
  const scheduled = clientCommand(
    program,
    'run',
    'sync on the schedule in the settings, until stopped',
    (context: CommandContext, options: CommonOptions & { readonly account?: string }) =>
      runScheduleCommand(context, ([name = '', ...words]) =>
        outcome.run([
          name,
          ...(options.config === undefined ? [] : ['--config', options.config]),
          ...(options.data === undefined ? [] : ['--data', options.data]),
          ...(options.json ? ['--json'] : []),
          ...(options.account === undefined ? [] : ['--account', options.account]),
          ...words,
        ]),
      ),
  )
  scheduled.example('systemctl --user enable --now packetboat-run', 'unit in contrib/systemd')
  clientCommand(program, 'usage', 'print what the line has cost', usageCommand)
    .addOption(
      new Option('--by <what>', 'what each row sums up').choices(groupings).default('day' satisfies Grouping),
    )
    .option('--since <date>', 'since a day or a month, like 2026-11-25 or 2026-11')
    .option('--plot <file>', 'also draw it, as SVG')
    .option('--html <file>', 'also write table and drawing to a web page')
    .example('packetboat usage --by mailbox --since 2026-11', '')
  clientCommand(program, 'status', 'print what is here, what is missing and what waits to go up', status)
    .option('--max-age <duration>', 'exit with 13 if the last good sync is older', durationOption)
    .example('packetboat status --max-age 24h >/dev/null', 'for cron')
  lineOptions(
    clientCommand(
      program,
      'fetch [names...]',
      'fetch messages or parts: NAME, NAME/N, or - (stdin)',
      fetchCommand,
    ),
  )
    .option('--mailbox <pattern>', 'what is missing in these mailboxes')
    .option('--from <glob>', "what is missing from a sender, like 'ann@*'")
    .option('--under <size>', 'only parts up to this size, like 100k', sizeOption)
    .option('--all', 'everything that is missing, except what you refused')
    .option('--later', 'leave it to the next sync')
    .example('packetboat fetch 9c1d02aa71f0/2', 'one part (see packetboat waiting)')
    .example("packetboat fetch --from 'ann@*' --under 100k --later", '')
  clientCommand(
    program,
    'waiting',
    'list what is missing, in the order in which it would come',
    waitingCommand,
  )
    .option('--take <names...>', 'fetch these with the next sync')
    .option('--later <names...>', 'fetch these only when asked')
    .option('--never <names...>', 'never fetch or list these')
    .option('--all', 'also list what you refused, and header fields that nobody reads')
    .example('packetboat waiting --never 9c1d02aa71f0/2', '')
  clientCommand(
    program,
    'mailboxes',
    'list mailboxes, in the order in which they are synced',
    mailboxesCommand,
  )
  clientCommand(
    program,
    'links',
    'list link profiles, what is known of each, and which is in use',
    linksCommand,
  )
  command(program, 'conflicts', 'list conflicts: both sides changed the same mail', conflictsCommand)
    .option('--all', 'also list settled ones')
    .addOption(accountOption())
  command(program, 'settle <number>', 'settle a conflict: keep one version, or both', settleCommand)
    .addOption(
      new Option('--keep <which>', 'the version to keep')
        .choices(['here', 'there', 'both'])
        .makeOptionMandatory(),
    )
    .addOption(accountOption())
    .example('packetboat settle 3 --keep both', 'a number of packetboat conflicts')
  command(
    program,
    'problems',
    "list messages and mailboxes that can't be synced now, and why",
    problemsCommand,
  )
    .option('--retry', 'try all of them again with the next sync')
    .addOption(accountOption())
  clientCommand(program, 'duplicates [mailbox]', 'list exact duplicates', duplicatesCommand)
    .option('--fold', 'ask, then make one message of each set, with the flags of all')
    .option('--yes', "don't ask")
  command(program, 'expunged', 'list messages that syncs deleted here, and restore them', expungedCommand)
    .option('--restore <name>', 'restore this one, or all, as new mail')
    .addOption(accountOption())
  const config = group('config', 'print and check the settings')
  const side = ['--endpoint', 'the settings of the endpoint'] as const
  clientCommand(config, 'show', 'print the settings in force, and where each is set', showConfig)
    .option('--changed', 'only settings that differ from the defaults')
    .option('--all', 'also settings without a value, and built-in links')
    .option('--defaults', 'print the defaults')
    .option(...side)
  clientCommand(config, 'check', 'print what is wrong, with its line', checkConfig).option(...side)
  command(config, 'example', 'print a file with every setting, commented out', exampleConfig).example(
    'packetboat config example > packetboat.toml',
    '',
  )
  command(
    program,
    'completion',
    'print a completion script for bash, zsh or fish',
    async (context, shell: ShellName) => completionCommand(context, program, shell),
  )
    .addArgument(new Argument('<shell>').choices(shells))
    .example('. <(packetboat completion bash)', 'in ~/.bashrc')
    .example('packetboat completion fish > ~/.config/fish/completions/packetboat.fish', '')
  return program
}

const accountOption = (): Option => new Option('-a, --account <name>', 'the account, where there are several')

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

function sizeOption(text: string): number {
  try {
    return size.read(text, { resolve: (path) => path })
  } catch {
    throw new InvalidArgumentError('It should be a size like 100k or "1.5 MB".')
  }
}

function durationOption(text: string): number {
  const kind = duration()
  try {
    return kind.read(text, { resolve: (path) => path })
  } catch {
    throw new InvalidArgumentError(`It should be ${kind.what}.`)
  }
}

function seconds(text: string): number {
  const value = Number(text)
  if (!(value >= 0) || text.trim() === '') throw new InvalidArgumentError('It should be a number of seconds.')
  return value
}

const upperFirst = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
const lowerFirst = (text: string): string =>
  /^[A-Z][a-z ]/.test(text) ? `${text.slice(0, 1).toLowerCase()}${text.slice(1)}` : text
