import { listMailboxes } from '../../../replica/mailboxes.js'
import { liveMessages } from '../../../replica/messages.js'
import { pathText } from '../../../replica/model.js'
import type { MailboxRecord, MessageRecord } from '../../../replica/records.js'
import { counted } from '../../../told/sizes.js'
import type { CommandContext } from '../../command-context.js'
import { exitCodes } from '../../exit-codes.js'
import { chosenMailboxes } from '../../looking/chosen-mailboxes.js'
import { messageLines, messageRow } from '../../looking/message-row.js'
import { chosenAccounts, forEachAccount } from '../../session/each-account.js'
import { openToRead } from '../../session/open-to-look.js'

export interface ListOptions {
  readonly limit: number
}

/** `packetboat list [MAILBOX]`: its messages, newest first; INBOX where none is named. Changes nothing, not even what is read. */
export async function listCommand(
  context: CommandContext,
  mailbox = 'INBOX',
  { limit }: ListOptions,
): Promise<number> {
  return forEachAccount(context, chosenAccounts(context), async (own) => {
    await listIn(own, mailbox, limit)
    return exitCodes.done
  })
}

async function listIn(context: CommandContext, pattern: string, limit: number): Promise<void> {
  const session = await openToRead(context)
  try {
    const { db } = session.account.replica
    const mailboxes = chosenMailboxes(await listMailboxes(db), pattern)
    const found: { readonly message: MessageRecord; readonly mailbox: MailboxRecord }[] = []
    for (const mailbox of mailboxes)
      for await (const message of liveMessages(db, mailbox.guid)) found.push({ message, mailbox })
    found.sort((a, b) => newestFirst(a.message, b.message))
    const rows = []
    for (const { message, mailbox } of found.slice(0, limit))
      rows.push(await messageRow(db, message, mailbox.path))
    const more = found.length > rows.length ? `${rows.length} of ` : ''
    const where = mailboxes.length === 1 ? ` in ${pathText(mailboxes[0]?.path ?? [])}` : ''
    context.output.result(
      {
        event: 'list',
        mailboxes: mailboxes.map(({ path }) => pathText(path)),
        total: found.length,
        messages: rows,
      },
      [
        ...(rows.length > 0
          ? messageLines(rows, { room: context.output.columns, mailboxes: mailboxes.length > 1 })
          : []),
        `${more}${counted(found.length, 'message')}${where}.${more ? ' --limit lists more.' : ''}`,
      ],
    )
  } finally {
    await session.close()
  }
}

/** Compares by when messages arrived, then by when they appeared here. */
function newestFirst(a: MessageRecord, b: MessageRecord): number {
  return b.internalDateMs - a.internalDateMs || b.number - a.number
}
