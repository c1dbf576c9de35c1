import { InvalidValue } from '../../../settings/invalid-value.js'
import { type Command, command, path } from '../../../settings/kind.js'
import { setting } from '../../../settings/section.js'
import { readSecret } from '../read-secret.js'

/** How to log in to a server: one of these. */
export interface LoginSettings {
  /** The first line that it writes is the password. */
  readonly passwordCommand?: Command
  /** A file whose first line is the password. */
  readonly passwordFile?: string
  /** The first line that it writes is an OAuth2 access token. Asked at each connection. */
  readonly tokenCommand?: Command
}

export const loginSettings = {
  passwordCommand: setting(command, {
    example: '["pass", "show", "mail/me"]',
    help: 'A command that prints the password on its first line',
  }),
  passwordFile: setting(path, {
    example: '"password"',
    help: 'A file with the password on its first line, instead of passwordCommand',
  }),
  tokenCommand: setting(command, {
    example: '["oauth2-token", "me@example.org"]',
    help: 'A command that prints an OAuth2 access token, instead of a password; it runs at each connection',
  }),
}

/** Ways to log in besides `passwordCommand`: of all three a table has one. */
export const otherLogins: readonly (keyof LoginSettings)[] = ['passwordFile', 'tokenCommand']

export function waysToLogIn({ passwordCommand, passwordFile, tokenCommand }: LoginSettings): number {
  return [passwordCommand, passwordFile, tokenCommand].filter((way) => way !== undefined).length
}

/** Throws InvalidValue for a port that can't be. */
export function checkPort(port: number | undefined): void {
  if (port !== undefined && (port < 1 || port > 65535))
    throw new InvalidValue('a port, up to 65535', { path: ['port'] })
}

const firstLine = (output: string): string => output.split(/\r?\n/, 1)[0] ?? ''

/** Throws CONFIG, INTERRUPTED. */
export async function credentialsOf(
  { passwordCommand, passwordFile, tokenCommand }: LoginSettings,
  signal = new AbortController().signal,
): Promise<{ readonly password: string } | { readonly token: string }> {
  if (tokenCommand)
    return {
      token: firstLine(await readSecret({ from: 'command', ...tokenCommand }, 'tokenCommand', signal)),
    }
  const secret = passwordCommand
    ? ({ from: 'command', ...passwordCommand } as const)
    : ({ from: 'file', path: passwordFile ?? '' } as const)
  const name = passwordCommand ? 'passwordCommand' : 'passwordFile'
  return { password: firstLine(await readSecret(secret, name, signal)) }
}
