import { readFileSync } from 'node:fs'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { whyUnreadable } from '../../errors/why-unreadable.js'
import type { Secret } from '../../settings/kind.js'
import { runCommand } from './run-command.js'

/** A secret from where its setting says. Throws CONFIG in words that name the setting, INTERRUPTED. */
export async function readSecret(secret: Secret, name: string, signal: AbortSignal): Promise<string> {
  if (secret.from === 'text') return secret.text
  if (secret.from === 'command') {
    const output = await runCommand(secret, { what: `The command for ${name}`, signal })
    if (output !== '') return output
    throw new PacketboatError(
      'CONFIG',
      `The command for ${name} (${secret.argv.join(' ')}) printed nothing.`,
      'Run the command in a terminal. It must print the secret and nothing else.',
    )
  }
  try {
    return readFileSync(secret.path, 'utf8').trimEnd()
  } catch (cause) {
    throw new PacketboatError(
      'CONFIG',
      `The file for ${name}, ${secret.path}, can't be read: ${whyUnreadable(cause)}.`,
      'Check its path and permissions.',
      { cause },
    )
  }
}
