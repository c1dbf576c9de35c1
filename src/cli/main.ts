import { type Command, CommanderError } from 'commander'
import { hasCode, PacketboatError } from '../errors/packetboat-error.js'
import { nearestName } from '../settings/nearest-name.js'
import { subcommandsOf, unknownWords } from './documented-command.js'
import { exitCodeOf, exitCodes } from './exit-codes.js'
import { buildProgram, type Shell } from './program.js'
import { createOutput } from './text/output.js'

/** Runs one command line and returns its exit code. */
export async function main(args: readonly string[], shell: Shell): Promise<number> {
  let output = createOutput(shell.streams, args.includes('--json'))
  let exit: number = exitCodes.done
  const program = buildProgram(shell, {
    output: (made) => {
      output = made
    },
    exit: (code) => {
      exit = code
    },
    run: (again) => main(again, shell),
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exit
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.done
      if (error.code === 'commander.help') {
        // A command without the one below it that would do something.
        const named = program.commands.find((each) => each.name() === program.args[0]) ?? program
        named.outputHelp()
        if (named !== program)
          output.error(
            new PacketboatError(
              'USAGE',
              `packetboat ${named.name()} alone does nothing.`,
              `Say which: packetboat ${named.name()} ${named.commands.map((each) => each.name()).join(' | ')}.`,
            ),
          )
        return exitCodes.usage
      }
      const words = commandsNamed(program, args)
        .map((each) => each.name())
        .join(' ')
      output.error(
        new PacketboatError(
          'USAGE',
          unknownCommand(program, args, error) ??
            `${error.message.replace(/^error: /, '')}${meantOption(program, args, error)}`,
          `packetboat help ${words || 'COMMAND'} explains how to use it.`,
        ),
      )
      return exitCodes.usage
    }
    // What was stopped may know better what stands now.
    if (shell.signal.aborted && !hasCode(error, 'INTERRUPTED')) {
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

/** `config` and `config set`, of a command line that begins with these words. */
function commandsNamed(program: Command, args: readonly string[]): Command[] {
  const named: Command[] = []
  for (const word of args) {
    const below = subcommandsOf(named.at(-1) ?? program).find((each) => each.name() === word)
    if (below) named.push(below)
  }
  return named
}

/** A command that does something by itself, and has others below it, takes their names for arguments. */
function unknownCommand(program: Command, args: readonly string[], { code }: CommanderError) {
  const command = commandsNamed(program, args).at(-1)
  const word = command?.args[0]
  if (code !== 'commander.excessArguments' || !command || word === undefined) return undefined
  return subcommandsOf(command).length > 0 ? unknownWords(command, word) : undefined
}

/** Options that every command has are in no help, where commander looks for what was meant. */
function meantOption(program: Command, args: readonly string[], { code, message }: CommanderError): string {
  const [, wrong] = /^error: unknown option '(--[^'=]+)/.exec(message) ?? []
  if (code !== 'commander.unknownOption' || wrong === undefined || message.includes('Did you mean')) return ''
  const commands = [program, ...commandsNamed(program, args)]
  const known = ['--help', ...commands.flatMap((each) => each.options.map(({ long }) => long ?? ''))]
  const nearest = nearestName(wrong, known)
  return nearest === undefined ? '' : ` (Did you mean ${nearest}?)`
}
