import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PacketboatError } from '../errors/packetboat-error.js'
import type { CommandContext } from './command-context.js'

/** What a person edits files with. Throws USAGE where there is none to run: `otherwise` says what to do instead. */
export function editorOf(
  { env, keyboard }: Pick<CommandContext, 'env' | 'keyboard'>,
  otherwise: string,
): string {
  const editor = env['VISUAL'] || env['EDITOR'] || (keyboard ? 'vi' : undefined)
  if (editor === undefined)
    throw new PacketboatError('USAGE', 'There is no terminal to open an editor on.', otherwise)
  return editor
}

/** Through a shell, since what people name as their editor has options. Throws CONFIG when it fails, with what that came to. */
export async function runEditor(
  editor: string,
  draft: string,
  env: NodeJS.ProcessEnv,
  consequence: string,
): Promise<void> {
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', draft], { stdio: 'inherit', env })
  const [status, killed] = (await once(child, 'close')) as [number | null, string | null]
  if (status !== 0)
    throw new PacketboatError(
      'CONFIG',
      `The editor (${editor}) ended with ${killed ?? status}. ${consequence}`,
      'Name another one in $EDITOR. What you have written so far is opened again.',
    )
}

/** False also where nobody can be asked. */
export async function askToEditAgain(
  { keyboard, terminal, output, stdin }: CommandContext,
  question: string,
): Promise<boolean> {
  if (!keyboard || !terminal || output.json) return false
  output.event({ event: 'question' }, question)
  return !/^\s*n/i.test(await stdin())
}
