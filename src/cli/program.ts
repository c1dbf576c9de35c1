import { Command, InvalidArgumentError, Option } from 'commander'
import { lineSettings } from '../link/line-settings.js'
import { flagName } from '../settings/config.js'
import { truth } from '../settings/kind.js'
import type { Setting } from '../settings/section.js'
import { allSettings } from './all-settings.js'
import { clientSettings } from './client-settings.js'
import type { CommandContext } from './command-context.js'
import { checkConfig, exampleConfig, showConfig } from './commands/config.js'
import { conflictsCommand, settleCommand } from './commands/conflicts.js'
import { addDevice, declareLostCommand, listDevices, revokeDevice } from './commands/device.js'
import { duplicatesCommand } from './commands/duplicates.js'
import { expungedCommand } from './commands/expunged.js'
import { fetchCommand } from './commands/fetch.js'
import { init } from './commands/init.js'
import { linksCommand } from './commands/links.js'
import { serve } from './commands/serve.js'
import { mailboxesCommand, status } from './commands/status.js'
import { syncCommand } from './commands/sync.js'
import { usageCommand } from './commands/usage.js'
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
  readonly stdin: () => Promise<string>
  readonly terminal: NodeJS.WriteStream | undefined
  readonly version: string
}

/** What a command does; its exit code, where that can be another one than 0 without an error. */
// biome-ignore lint/suspicious/noConfusingVoidType: most commands give nothing
type Action = (context: CommandContext, ...values: never[]) => Promise<number | void>

/** Where a command says how it speaks, and how it ended. */
export interface Outcome {
  output(made: Output): void
  exit(code: number): void
}

/** The whole command line: what parses it, helps with it, and is written about it. */
export function buildProgram(shell: Shell, outcome: Outcome): Command {
  const registry = allSettings()
  const settingOf = new Map<Option, Setting<unknown>>()
  /** An option that says a setting for one run. It is checked as the setting is. */
  const settingOption = (setting: Setting<unknown>, help = setting.help): Option => {
    const preset =
      setting.default === undefined
        ? ''
        : ` (default: ${setting.kind.print(setting.default).replaceAll('"', '')})`
    const option = new Option(
      setting.flag ?? '',
      `${lowerFirst(help)}${setting.kind === truth ? '' : preset}`,
    )
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
  const program = new Command('packetboat')
    .description("Keeps a person's mail in step over links that are slow, dear and often gone.")
    .version(shell.version)
    .exitOverride()
    .configureOutput({ writeOut: shell.streams.stdout, writeErr: () => undefined })
    .showHelpAfterError(false)

  /** Adds what every command takes, and hands it the context instead of commander's own things. */
  const command = (parent: Command, usage: string, description: string, action: Action): Command => {
    const made = parent
      .command(usage)
      .description(description)
      .option('-c, --config <file>', 'settings (default: $XDG_CONFIG_HOME/packetboat/packetboat.toml)')
      .option('--data <dir>', 'state, and settings of its own (default: $XDG_DATA_HOME/packetboat)')
      .option('--json', 'one JSON object a line on stdout')
      .action(async (...values: unknown[]) => {
        values.pop()
        const options = values.at(-1) as { config?: string; data?: string; json?: boolean; quiet?: boolean }
        const output = createOutput(shell.streams, options.json ?? false, options.quiet)
        outcome.output(output)
        const { signal, stdin, env } = shell
        const terminal = options.quiet ? undefined : shell.terminal
        const { config: file, data } = options
        const whereabouts = { registry, file, data, flags: flagsOf(made), env }
        const context: CommandContext = {
          load: (side) => loadConfig(side, whereabouts),
          open: (side, opening) => openConfig(side, whereabouts, opening),
          output,
          signal,
          stdin,
          terminal,
          env,
        }
        outcome.exit((await action(context, ...(values as never[]))) ?? exitCodes.done)
      })
    return made
  }

  const lineOptions = (made: Command): Command =>
    made
      .option('-q, --quiet', 'say nothing but warnings and errors')
      .option('-V, --verbose', 'say what each mailbox had, and a line even when nothing was new')
      .option(
        '--ext-exit',
        'exit code 32 when the endpoint was changed, 64 when something here was, 96 for both',
      )
      .option('--wait <seconds>', 'wait so long for another run to end', seconds)
      .addOption(
        settingOption(
          lineSettings.settings.defaultLink,
          'the profile of the link, as packetboat links has it',
        ),
      )
      .addOption(settingOption(lineSettings.settings.limitRate))
      .addOption(settingOption(lineSettings.settings.stallTimeout))
      .addOption(settingOption(lineSettings.settings.giveUpAfter))

  command(program, 'serve', 'answer devices, for one or many accounts', serve)
    .addOption(settingOption(endpointSettings.settings.listen))
    .option(
      '--account <name=maildir:path>',
      'an account and its mail store; may be repeated, and is remembered',
      collect,
    )
    .addOption(settingOption(endpointSettings.settings.address))
    .addOption(settingOption(endpointSettings.settings.certificate))
    .addOption(settingOption(endpointSettings.settings.key))
    .addOption(settingOption(endpointSettings.settings.plain))
    .option('--allow-plain', 'with --plain: on other addresses than loopback too')

  const device = program.command('device').description('the devices that may sync with this endpoint')
  command(
    device,
    'add <account> <name>',
    'pair a device: prints the pairing string for packetboat init',
    addDevice,
  )
    .option('--address <host:port>', 'how this device reaches the endpoint')
    .option('--tls', 'by the certificate and a bearer token instead of a key (through a proxy, say)')
  command(
    device,
    'list [account]',
    'list devices, how far each has heard, and who holds expunges back',
    listDevices,
  )
  command(device, 'lost <device>', 'wait no longer for a device that is gone', declareLostCommand)
  command(device, 'revoke <device> [account]', 'shut a device out, by name or id', revokeDevice)

  command(
    program,
    'init <pairing>',
    'set up a client: the pairing string, - to read it from standard input, or @FILE',
    init,
  )
    .addOption(settingOption(clientSettings.settings.maildir))
    .addOption(settingOption(generalSettings.settings.names))
    .addOption(settingOption(clientSettings.settings.attachments))
    .option('--force', 'give this client a new pairing string for the same account')
    .option('--merge', 'whatever the new one leads to: put its mail and the mail here together')
    .option(
      '--again',
      'start over: match the Maildir with the endpoint by digest, fetch only what is missing',
    )
  lineOptions(
    command(
      program,
      'sync [mailboxes...]',
      'sync now: everything that takes part, or only these',
      syncCommand,
    ),
  )
    .option('--jitter <seconds>', 'wait a random time up to this first', seconds)
    .option(
      '--allow-expunge <mailbox>',
      'let more than the usual share of this mailbox be expunged; may be repeated, patterns too',
      collect,
    )
  command(program, 'usage', 'what the line has cost', usageCommand)
    .addOption(
      new Option('--by <what>', 'what a row is').choices(groupings).default('day' satisfies Grouping),
    )
    .option('--since <date>', 'from this day or month on, like 2026-11-25 or 2026-11 (default: all)')
    .option('--plot <file>', 'also draw it, as SVG')
  command(program, 'status', 'what is here, what is deferred, what waits to go up', status)
  lineOptions(command(program, 'fetch [names...]', 'get deferred parts', fetchCommand))
    .option('--mailbox <pattern>', 'everything deferred in a mailbox')
    .option('--all', 'everything deferred')
    .option('--later', 'only put it on the list for the next sync')
  command(program, 'mailboxes', 'mailboxes in the order in which they are synced', mailboxesCommand)
  command(program, 'links', 'link profiles: what is known of each, and which one it is now', linksCommand)
  command(program, 'conflicts', 'what two sides did to the same mail, and what came of it', conflictsCommand)
    .option('--all', 'those that are settled too')
    .option('--account <name>', "an endpoint's account, where it has several")
  command(program, 'settle <number>', 'settle a conflict: keep one version, or both', settleCommand)
    .addOption(
      new Option('--keep <which>', 'which version stays')
        .choices(['here', 'there', 'both'])
        .makeOptionMandatory(),
    )
    .option('--account <name>', "an endpoint's account, where it has several")
  command(program, 'duplicates [mailbox]', 'exact duplicates, by digest', duplicatesCommand)
    .option('--fold', 'make one message of each set, with the flags of all, after asking')
    .option('--yes', "don't ask")
  command(program, 'expunged', 'what was expunged on suspicion and can be had back', expungedCommand).option(
    '--restore <name>',
    'have one back as a new message, or all',
  )
  const config = program
    .command('config')
    .description('the settings: what is in force, what is wrong, what there is')
  const side = ['--endpoint', "the endpoint's, where it has a file of its own"] as const
  command(config, 'show', 'what is in force, and who said it', showConfig)
    .option('--changed', 'only what somebody has said')
    .option('--all', 'what nobody has said too, and what is built in')
    .option('--defaults', 'what holds when nobody says anything')
    .option(...side)
  command(config, 'check', 'look for what is wrong', checkConfig).option(...side)
  command(config, 'example', 'a file with every setting in it, commented out', exampleConfig)
  return program
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

function seconds(text: string): number {
  const value = Number(text)
  if (!(value >= 0) || text.trim() === '') throw new InvalidArgumentError('It should be a number of seconds.')
  return value
}

const lowerFirst = (text: string): string =>
  /^[A-Z][a-z ]/.test(text) ? text[0]?.toLowerCase() + text.slice(1) : text
