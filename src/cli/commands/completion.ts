import type { Command } from 'commander'
import type { CommandContext } from '../command-context.js'
import { completionScript, type ShellName } from '../completion.js'

/** `packetboat completion SHELL`: a script that the shell reads. */
export async function completionCommand(
  { output }: CommandContext,
  program: Command,
  shell: ShellName,
): Promise<void> {
  const script = completionScript(shell, program)
  output.result({ event: 'completion', shell, script }, script.trimEnd().split('\n'))
}
