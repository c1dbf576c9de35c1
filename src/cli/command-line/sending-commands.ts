import { PacketboatError } from '../../errors/packetboat-error.js'
import {
  cancelOutbox,
  editOutbox,
  holdOutbox,
  outboxCommand,
  releaseOutbox,
  retryOutbox,
  showOutbox,
} from '../command-actions.js'
import type { DocumentedCommand } from '../documented-command.js'
import { accountOption } from './options.js'
import type { Toolkit } from './toolkit.js'

/** What is done with mail that is to be sent. */
export function addSendingCommands({ program, command, clientCommand }: Toolkit): void {
  sendmailCommand(command(program, 'sendmail [recipients...]', 'queue a mail from standard input', misplaced))
  const outbox = clientCommand(program, 'outbox', 'list mail that waits to be sent', outboxCommand)
  clientCommand(outbox, 'show <name>', 'show whom a mail is for, or the mail itself', showOutbox)
    .option('--raw', 'print its bytes as they are')
    .option('--original', 'the same as you wrote it, with its pictures as they were')
    .example('packetboat outbox show 7e1f', 'a name of packetboat outbox, or its end')
  clientCommand(outbox, 'hold <names...>', 'keep mail here until it is released', holdOutbox)
  clientCommand(outbox, 'release <names...>', 'let held mail go with the next sync', releaseOutbox)
  clientCommand(outbox, 'edit <name>', 'open mail that waits here in your editor', editOutbox)
  clientCommand(outbox, 'retry <names...>', "send mail again that didn't go", retryOutbox)
  clientCommand(outbox, 'cancel <names...>', "delete mail that waits: it won't be sent", cancelOutbox)
}

/** For help, manual and completion only: the options are read by `sendmail/arguments.ts`, which runs before this command line is made. */
function sendmailCommand(made: DocumentedCommand): void {
  made
    .option('-t', 'send to the addresses in To, Cc and Bcc, too')
    .option('-f <address>', 'who gets reports of failed delivery (default: From); -r is the same')
    .option('-F <name>', 'your name, for mail without From')
    .option('-N <when>', 'report delivery: never, or success, failure, delay')
    .option('-R <what>', 'what a report returns: full or hdrs')
    .option('-V <id>', 'a name for the mail that reports repeat')
    .option('-v', 'print the name under which it waits')
    .option('--at <time>', 'send no earlier: 18:00, "2 h", 2026-12-24T18:00')
    .option('--urgent', 'send before all other mail')
    .option('--hold', 'keep it here until packetboat outbox release')
    .option('--as-is', 'send pictures as large as they are, and placeholders of parts that are not here')
    .addOption(accountOption())
    .example('set sendmail="packetboat sendmail"', 'in ~/.muttrc')
    .example('packetboat sendmail -t < mail.eml', '')
}

async function misplaced(): Promise<never> {
  throw new PacketboatError(
    'USAGE',
    'Options of sendmail stand behind the word sendmail, as its callers write them.',
    'packetboat sendmail --data DIR -t, for example.',
  )
}
