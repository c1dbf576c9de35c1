import type { ImapSettings } from './imap-settings.js'

/** How to log in to the IMAP server of a new account: one of the first three. */
export interface ImapLogin {
  readonly passwordFile?: string
  /** A command and its arguments, split at spaces. */
  readonly passwordCommand?: string
  readonly tokenCommand?: string
  readonly tls?: ImapSettings['tls']
}

/** The parts of `imap:USER@HOST[:PORT]`; undefined where it is something else. */
export function imapPlace(
  mail: string,
): { user: string; host: string; port: number | undefined } | undefined {
  const [, user, host, port] = /^imap:(.+)@(\[[^\]]+\]|[^:@]+)(?::(\d+))?$/s.exec(mail) ?? []
  if (user === undefined || host === undefined) return undefined
  return { user, host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? undefined : Number(port) }
}

/** A new account's table, as the settings would have it. */
export function imapTable(
  mail: string,
  { passwordFile, passwordCommand, tokenCommand, tls }: ImapLogin,
): object {
  const { user, host, port } = imapPlace(mail) ?? {}
  const words = (text: string): string[] => text.split(' ').filter((word) => word !== '')
  return {
    mailstore: 'imap',
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(tls !== undefined && { tls }),
    ...(user !== undefined && { user }),
    ...(passwordFile !== undefined && { passwordFile }),
    ...(passwordCommand !== undefined && { passwordCommand: words(passwordCommand) }),
    ...(tokenCommand !== undefined && { tokenCommand: words(tokenCommand) }),
  }
}
