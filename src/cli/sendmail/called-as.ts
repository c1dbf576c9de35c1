import { basename } from 'node:path'

export interface SendmailCommandLine {
  readonly args: readonly string[]
  /** sendmail, mailq or newaliases. */
  readonly calledAs: string
}

const names: readonly string[] = ['sendmail', 'mailq', 'newaliases']

/**
 * Whether a process is to be `sendmail`: it was called by such a name, as by a link, or as `packetboat sendmail`. That needs none of the
 * command line of the other commands, which takes longer to load than a mail takes to queue.
 *
 * @param argv Node, the program, its arguments
 */
export function sendmailCall([, program = '', ...args]: readonly string[]): SendmailCommandLine | undefined {
  const calledAs = basename(program)
  if (names.includes(calledAs)) return { args, calledAs }
  return args[0] === 'sendmail' ? { args: args.slice(1), calledAs: 'sendmail' } : undefined
}
