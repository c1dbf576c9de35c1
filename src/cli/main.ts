import { type Command, CommanderError } from 'commander'
import { PacketboatError } from '../errors/packetboat-error.js'
import { subcommandsOf } from './documented-command.js'
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
      output.error(
        new PacketboatError(
          'USAGE',
          error.message.replace(/^error: /, ''),
          `packetboat help ${namesOfCommand(program, args).join(' ') || 'COMMAND'} explains how to use it.`,
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

/** `config set`, of a command line that begins with these words. */
function namesOfCommand(program: Command, args: readonly string[]): string[] {
  const names: string[] = []
  let command = program
  for (const word of args) {
    const below = subcommandsOf(command).find((each) => each.name() === word)
    if (!below) continue
    names.push(word)
    command = below
  }
  return names
}
