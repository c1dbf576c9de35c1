import { basename } from 'node:path'

export interface SendmailCommandLine {
  readonly args: readonly string[]
  /** sendmail, mailq or newaliases. */
  readonly calledAs: string
}

const names: readonly string[] = ['sendmail', 'mailq', 'newaliases']

/**
 * Whether a process is to act as `sendmail`: it was called by such a name, for example through a link, or as
 * `packetboat sendmail`. Reading that needs nothing of the other commands' command line, which takes longer
 * to load than a mail takes to queue.
 * @param argv Node, the program, its arguments
 */
export function sendmailCall([, program = '', ...args]: readonly string[]): SendmailCommandLine | undefined {
  const calledAs = basename(program)
  if (names.includes(calledAs)) return { args, calledAs }
  return args[0] === 'sendmail' ? { args: args.slice(1), calledAs: 'sendmail' } : undefined
}
