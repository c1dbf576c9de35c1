import type { Command } from 'commander'
import { PacketboatError } from '../../errors/packetboat-error.js'
import type { CommandContext } from '../command-context.js'
import { completionScript, type NameKind, type ShellName } from '../completion.js'
import { plainText } from '../text/plain-text.js'

/** `packetboat completion SHELL`: a script that the shell reads. With `--names`, what that script asks for at a Tab. */
export async function completionCommand(
  context: CommandContext,
  program: Command,
  shell: ShellName | undefined,
  { names: kind }: { readonly names?: NameKind },
): Promise<void> {
  const { output } = context
  if (kind !== undefined) {
    const { namesFor } = await import('../completion-names.js')
    // A shell that asks at a Tab has no use for complaints; what a terminal would obey is offered to none.
    const found = await namesFor(context, kind).catch((): string[] => [])
    const names = found.filter((name) => plainText(name) === name)
    return output.result({ event: 'names', kind, names }, names)
  }
  if (shell === undefined)
    throw new PacketboatError('USAGE', 'For which shell?', 'Say packetboat completion bash, zsh or fish.')
  const script = completionScript(shell, program)
  output.result({ event: 'completion', shell, script }, script.trimEnd().split('\n'))
}
