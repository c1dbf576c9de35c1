import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { lineSettings } from '../link/line-settings.js'
import { flagName } from '../settings/config.js'
import { duration, size, truth } from '../settings/kind.js'
import type { Setting } from '../settings/section.js'
import { allSettings } from './all-settings.js'
import { budgetSettings } from './budget-settings.js'
import { clientSettings } from './client-settings.js'
import type { CommandContext } from './command-context.js'
import { listAccounts, removeAccount } from './commands/account.js'
import { completionCommand } from './commands/completion.js'
import { checkConfig, exampleConfig, showConfig } from './commands/config.js'
import { conflictsCommand, settleCommand } from './commands/conflicts.js'
import { addDevice, declareLostCommand, listDevices, revokeDevice } from './commands/device.js'
import { duplicatesCommand } from './commands/duplicates.js'
import { expungedCommand } from './commands/expunged.js'
import { fetchCommand } from './commands/fetch.js'
import { init } from './commands/init.js'
import { linksCommand } from './commands/links.js'
import { problemsCommand } from './commands/problems.js'
import { runScheduleCommand, scheduleCommand } from './commands/schedule.js'
import { serve } from './commands/serve.js'
import { mailboxesCommand, status } from './commands/status.js'
import { syncCommand } from './commands/sync.js'
import { usageCommand } from './commands/usage.js'
import { waitingCommand } from './commands/waiting.js'
import { type ShellName, shells } from './completion.js'
import { DocumentedCommand, subcommandsOf } from './documented-command.js'
import { endpointSettings } from './endpoint-settings.js'
import { exitCodes } from './exit-codes.js'
import { generalSettings } from './general-settings.js'
import { loadConfig, openConfig } from './open-config.js'
import { createOutput, type Output, type Streams } from './output.js'
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
    .option('-c, --config <file>', 'settings, instead of the usual file')
    .option('--data <dir>', 'state, and settings of its own')
    .option('--json', 'one JSON object a line on stdout')

/** Options that need not be told everywhere. */
const everywhere: ReadonlySet<string> = new Set(['--version', '--config', '--data', '--json'])
const everywhereWords = 'Any command: -c FILE (settings), --data DIR (state), --json (for scripts).'

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
    .example('packetboat sync', 'once, or as often as there is a line')
    .example('packetboat sync --help', 'the same for each command')
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
        const options = { ...(values.pop() as { quiet?: boolean }), ...saidOptions(made) }
        values.push(options)
        const output = createOutput(shell.streams, options.json ?? false, options.quiet)
        outcome.output(output)
        const { signal, onHangup, stdin, keyboard, env } = shell
        const terminal = options.quiet ? undefined : shell.terminal
        const { config: file, data } = options
        const whereabouts = { registry, file, data, flags: flagsOf(made), env }
        const context: CommandContext = {
          load: (side) => loadConfig(side, whereabouts),
          open: (side, opening) => openConfig(side, whereabouts, opening),
          output,
          signal,
          onHangup,
          stdin,
          terminal,
          keyboard,
          env,
        }
        outcome.exit((await action(context, ...(values as never[]))) ?? exitCodes.done)
      },
    )
    return made
  }

  const line = lineSettings.settings
  const lineOptions = (made: DocumentedCommand): DocumentedCommand =>
    made
      .option('-q, --quiet', 'say nothing but warnings and errors')
      .option('-V, --verbose', 'say what each mailbox had')
      .option('--ext-exit', 'end with 32 (endpoint changed), 64 (changed here), 96 (both)')
      .option('--wait <seconds>', 'wait so long for another run to end', seconds)
      .addOption(settingOption(line.defaultLink, 'the link profile, see packetboat links'))
      .addOption(settingOption(line.limitRate, 'never more than this, in either direction'))
      .addOption(settingOption(line.stallTimeout, 'a line is dead when nothing moves so long'))
      .addOption(settingOption(line.giveUpAfter, 'without progress'))
      .addOption(settingOption(budgetSettings.settings.maxBytes, 'stop before it takes more'))
      .addOption(settingOption(budgetSettings.settings.maxTime, 'stop after so long'))
      .addOption(settingOption(budgetSettings.settings.until, 'stop when it is so late'))
      .addOption(settingOption(budgetSettings.settings.maxCost, 'stop before it costs more'))
      .addHelpText(
        'after',
        `\nAlso, see man packetboat: ${[...seldom].slice(0, 4).join(', ')},\n${[...seldom].slice(4).join(', ')}.`,
      )

  command(program, 'serve', 'answer devices, for one or many accounts', serve)
    .option('--account <name=maildir:path>', 'an account; may be repeated, and is remembered', collect)
    .addOption(settingOption(endpointSettings.settings.listen, 'where to listen'))
    .addOption(
      settingOption(endpointSettings.settings.address, 'how devices reach it, where that is another'),
    )
    .addOption(settingOption(endpointSettings.settings.certificate, 'PEM, for devices added with --tls'))
    .addOption(settingOption(endpointSettings.settings.key, 'its key, PEM'))
    .addOption(
      settingOption(endpointSettings.settings.plain, 'HTTP in clear, for a TLS proxy on this machine'),
    )
    .addOption(settingOption(endpointSettings.settings.logLevel, 'how much it says'))
    .option('--allow-plain', 'with --plain: on other addresses than loopback too')
    .option('--check', 'say what each mail store offers and costs, and serve nobody')
    .example('packetboat serve --account me=maildir:$HOME/Maildir', 'once')
    .example('packetboat serve', 'then: what was said is remembered')

  const group = (name: string, description: string): DocumentedCommand =>
    withCommonOptions(program.command(name).description(description))
  const device = group('device', 'the devices that may sync with this endpoint')
  command(device, 'add <account> <name>', 'pair a device: prints the pairing string for init', addDevice)
    .option('--address <host:port>', 'how this device reaches the endpoint')
    .option('--tls', 'by the certificate and a token instead of a key, through a proxy say')
    .example('packetboat device add me laptop --address mail.example.org:4190', '')
  command(device, 'list [account]', 'how far each has heard, and who holds expunges back', listDevices)
  command(device, 'lost <device>', 'wait no longer for a device that is gone', declareLostCommand)
  command(device, 'revoke <device> [account]', 'shut a device out, by name or id', revokeDevice)

  const account = group('account', 'the accounts that this endpoint answers for')
  command(account, 'list', 'each with where its mail is', listAccounts)
  command(account, 'remove <name>', 'serve it no more; its mail stays', removeAccount)

  command(program, 'init <pairing>', 'set up a client: the pairing string, - for stdin, or @FILE', init)
    .addOption(settingOption(clientSettings.settings.maildir, 'where the mail goes (default: ~/Maildir)'))
    .addOption(settingOption(generalSettings.settings.names, 'mailbox names on disk'))
    .addOption(settingOption(generalSettings.settings.layout, "how the Maildir's folders lie"))
    .addOption(settingOption(clientSettings.settings.attachments, 'parts up to this size come at once'))
    .option('--force', 'another pairing string for the same account')
    .option('--merge', 'put the mail of whatever it leads to and the mail here together')
    .option('--again', 'start over: compare by digest, fetch only what is missing')
    .option('--no-check', "don't ask the endpoint whether it knows the pairing")
    .example('packetboat init -', 'paste the pairing string, which is a secret')
    .example('packetboat init @pairing --maildir ~/Mail --attachments 20k', '')
  lineOptions(command(program, 'sync [mailboxes...]', 'sync all that takes part, or only these', syncCommand))
    .option('--allow-expunge <mailbox>', 'let any share of it be expunged; may be repeated', collect)
    .option('--jitter <seconds>', 'wait a random time up to this first', seconds)
    .option('--dry-run', 'only say what would move, up and down')
    .option('--choose', 'lists and texts first, then pick what else shall come')
    .example('packetboat sync INBOX', 'only this one')
    .example('packetboat sync --link iridium --max-cost "2 USD"', '')
  command(program, 'schedule', 'when packetboat run syncs next', scheduleCommand)
  const scheduled = command(
    program,
    'run',
    'keep the schedule of the settings, until stopped',
    (context: CommandContext, options: CommonOptions) =>
      runScheduleCommand(context, ([name = '', ...words]) =>
        outcome.run([
          name,
          ...(options.config === undefined ? [] : ['--config', options.config]),
          ...(options.data === undefined ? [] : ['--data', options.data]),
          ...(options.json ? ['--json'] : []),
          ...words,
        ]),
      ),
  )
  scheduled.example('systemctl --user enable --now packetboat-run', 'contrib/systemd has the unit')
  command(program, 'usage', 'what the line has cost', usageCommand)
    .addOption(
      new Option('--by <what>', 'what a row is').choices(groupings).default('day' satisfies Grouping),
    )
    .option('--since <date>', 'from a day or month on, like 2026-11-25 or 2026-11')
    .option('--plot <file>', 'also draw it, as SVG')
    .option('--html <file>', 'also write table and drawing as one page')
    .example('packetboat usage --by mailbox --since 2026-11', '')
  command(program, 'status', 'what is here, what is deferred, what waits to go up', status)
    .option('--max-age <duration>', 'end with 13 when the last good sync is longer ago', durationOption)
    .example('packetboat status --max-age 24h >/dev/null', 'for cron')
  lineOptions(
    command(program, 'fetch [names...]', 'get what is missing: NAME, NAME/N, or - (stdin)', fetchCommand),
  )
    .option('--mailbox <pattern>', 'what is missing in a mailbox')
    .option('--from <glob>', "from a sender, by address or name, like 'ann@*'")
    .option('--under <size>', 'parts up to this size, like 100k', sizeOption)
    .option('--all', 'everything that is missing, but for what was refused')
    .option('--later', 'only put it on the list for the next sync')
    .example('packetboat fetch 9c1d02aa71f0/2', 'one part, as packetboat waiting has it')
    .example("packetboat fetch --from 'ann@*' --under 100k --later", '')
  command(program, 'waiting', "what isn't here yet, in the order in which it would come", waitingCommand)
    .option('--take <names...>', 'this comes with the next sync')
    .option('--later <names...>', 'this comes only when you say so')
    .option('--never <names...>', 'this never comes, and is listed no more')
    .option('--all', 'list what was refused, and header fields that nobody reads')
    .example('packetboat waiting --never 9c1d02aa71f0/2', '')
  command(program, 'mailboxes', 'mailboxes in the order in which they are synced', mailboxesCommand)
  command(program, 'links', 'link profiles: what is known of each, which it is now', linksCommand)
  command(program, 'conflicts', 'what two sides did to the same mail', conflictsCommand)
    .option('--all', 'those that are settled too')
    .option('--account <name>', "an endpoint's account, where it has several")
  command(program, 'settle <number>', 'settle a conflict: keep one version, or both', settleCommand)
    .addOption(
      new Option('--keep <which>', 'which version stays')
        .choices(['here', 'there', 'both'])
        .makeOptionMandatory(),
    )
    .option('--account <name>', "an endpoint's account, where it has several")
    .example('packetboat settle 3 --keep both', 'a number of packetboat conflicts')
  command(program, 'problems', "what can't take part now, why, and what to do", problemsCommand)
    .option('--retry', 'try all of it again with the next sync, whatever the pauses between tries')
    .option('--account <name>', "an endpoint's account, where it has several")
  command(program, 'duplicates [mailbox]', 'exact duplicates, by digest', duplicatesCommand)
    .option('--fold', 'make one message of each set, with the flags of all, after asking')
    .option('--yes', "don't ask")
  command(program, 'expunged', 'what went from here as the other side said, to be had back', expungedCommand)
    .option('--restore <name>', 'have one back as a new message, or all')
    .option('--account <name>', "an endpoint's account, where it has several")
  const config = group('config', 'the settings: what is in force, what is wrong')
  const side = ['--endpoint', "the endpoint's, where it has a file of its own"] as const
  command(config, 'show', 'what is in force, and who said it', showConfig)
    .option('--changed', 'only what somebody has said')
    .option('--all', 'what nobody has said too, and what is built in')
    .option('--defaults', 'what holds when nobody says anything')
    .option(...side)
  command(config, 'check', 'all that is wrong, with its line', checkConfig).option(...side)
  command(config, 'example', 'a file with every setting in it, commented out', exampleConfig).example(
    'packetboat config example > packetboat.toml',
    '',
  )
  command(
    program,
    'completion',
    'a script for the shell: bash, zsh or fish',
    async (context, shell: ShellName) => completionCommand(context, program, shell),
  )
    .addArgument(new Argument('<shell>').choices(shells))
    .example('. <(packetboat completion bash)', 'in ~/.bashrc')
    .example('packetboat completion fish > ~/.config/fish/completions/packetboat.fish', '')
  return program
}

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
