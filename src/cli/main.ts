import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { PacketboatError } from '../errors/packetboat-error.js'
import type { CommandContext } from './command-context.js'
import { conflictsCommand, settleCommand } from './commands/conflicts.js'
import { addDevice, declareLostCommand, listDevices, revokeDevice } from './commands/device.js'
import { duplicatesCommand } from './commands/duplicates.js'
import { expungedCommand } from './commands/expunged.js'
import { fetchCommand } from './commands/fetch.js'
import { init } from './commands/init.js'
import { serve } from './commands/serve.js'
import { mailboxesCommand, status } from './commands/status.js'
import { syncCommand } from './commands/sync.js'
import { openDataDir } from './data-dir.js'
import { exitCodeOf, exitCodes } from './exit-codes.js'
import { createOutput, type Output, type Streams } from './output.js'

/** What the program gets from the process around it. */
export interface Shell {
  readonly streams: Streams
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  readonly stdin: () => Promise<string>
  readonly terminal: NodeJS.WriteStream | undefined
  readonly version: string
}

/** Runs one command line and returns its exit code. */
export async function main(args: readonly string[], shell: Shell): Promise<number> {
  let output = createOutput(shell.streams, args.includes('--json'))
  const program = buildProgram(shell, (made) => {
    output = made
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCodes.done
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.done
      output.error(
        new PacketboatError(
          'USAGE',
          error.message.replace(/^error: /, ''),
          'packetboat help COMMAND says how it is used.',
        ),
      )
      return exitCodes.usage
    }
    if (shell.signal.aborted) {
      output.error(
        new PacketboatError(
          'INTERRUPTED',
          'Stopped.',
          'Everything that arrived is kept. Sync again to go on from here.',
        ),
      )
      return exitCodes.interrupted
    }
    output.error(error)
    return exitCodeOf(error)
  }
}

type Action = (context: CommandContext, ...values: never[]) => Promise<void>

function buildProgram(shell: Shell, use: (output: Output) => void): Command {
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
      .option('--data <dir>', 'state and configuration (default: $XDG_DATA_HOME/packetboat)')
      .option('--json', 'one JSON object a line on stdout')
      .action(async (...values: unknown[]) => {
        values.pop()
        const options = values.at(-1) as { data?: string; json?: boolean }
        const output = createOutput(shell.streams, options.json ?? false)
        use(output)
        const data = openDataDir(options.data, shell.env)
        const { signal, stdin, terminal } = shell
        await action({ data, output, signal, stdin, terminal }, ...(values as never[]))
      })
    return made
  }

  command(program, 'serve', 'answer devices, for one or many accounts', serve)
    .option('--listen <host:port>', 'where to listen (default: 127.0.0.1:4190); port 0 takes a free one')
    .option(
      '--account <name=maildir:path>',
      'an account and its mail store; may be repeated, and is remembered',
      collect,
    )
    .option('--address <host:port>', 'how devices reach it, where that is another address')
    .option('--certificate <file>', 'a certificate, PEM: for devices paired with --tls')
    .option('--key <file>', 'its key, PEM')
    .option('--plain', 'HTTP in clear, for a reverse proxy on this machine that speaks TLS')
    .option('--allow-plain', 'with --plain: on other addresses than loopback too')
    .option(
      '--check',
      'say what the mail store of each account makes possible and what it costs, and serve nobody',
    )

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
    .option('--maildir <path>', 'where the mail goes (default: ~/Maildir)')
    .addOption(new Option('--names <encoding>', 'mailbox names on disk').choices(['mutf7', 'utf8']))
    .option(
      '--attachments <size>',
      'parts up to this size come by themselves, like 64k, none or all (default: 64k)',
    )
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
  ).option(
    '--allow-expunge <mailbox>',
    'let more than the usual share of this mailbox be expunged; may be repeated, patterns too',
    collect,
  )
  command(program, 'status', 'what is here, what is deferred, what waits to go up', status)
  lineOptions(command(program, 'fetch [names...]', 'get deferred parts', fetchCommand))
    .option('--mailbox <pattern>', 'everything deferred in a mailbox')
    .option('--all', 'everything deferred')
    .option('--later', 'only put it on the list for the next sync')
  command(program, 'mailboxes', 'mailboxes in the order in which they are synced', mailboxesCommand)
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
  return program
}

function lineOptions(command: Command): Command {
  return command
    .option('--wait <seconds>', 'wait so long for another run to end', seconds)
    .option('--stall <seconds>', 'a line on which no byte moves for so long is dead (default: 120)', seconds)
    .option(
      '--give-up-after <seconds>',
      'stop dialling after so long without progress (default: 120)',
      seconds,
    )
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

function seconds(text: string): number {
  const value = Number(text)
  if (!(value >= 0) || text.trim() === '') throw new InvalidArgumentError('It should be a number of seconds.')
  return value
}
