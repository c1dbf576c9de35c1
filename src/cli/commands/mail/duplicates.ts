import { PacketboatError } from '../../../errors/packetboat-error.js'
import { decodeEnvelope } from '../../../mime/headers/envelope-codec.js'
import { getContent } from '../../../replica/content/contents.js'
import { listMailboxes } from '../../../replica/mailboxes.js'
import { pathText } from '../../../replica/model.js'
import { scanMailStore } from '../../../sync/scan/scan-mail-store.js'
import { findDuplicates, foldDuplicates } from '../../../sync/write/resolve-conflict.js'
import { counted, formatBytes } from '../../../told/sizes.js'
import type { CommandContext } from '../../command-context.js'
import { exitCodes } from '../../exit-codes.js'
import { chosenMailboxes } from '../../looking/chosen-mailboxes.js'
import { openClient } from '../../session/client-session.js'
import { chosenAccounts, forEachAccount } from '../../session/each-account.js'
import { openToLook } from '../../session/open-to-look.js'

export interface DuplicatesOptions {
  readonly fold?: boolean
  readonly yes?: boolean
}

/** `packetboat duplicates [MAILBOX]`: exact duplicates by digest; with --fold each set becomes one message, after asking. */
export async function duplicatesCommand(
  context: CommandContext,
  mailbox: string | undefined,
  options: DuplicatesOptions,
): Promise<number> {
  if (options.fold && mailbox === undefined)
    throw new PacketboatError(
      'USAGE',
      '--fold needs the name of a mailbox.',
      'Use packetboat duplicates MAILBOX --fold.',
    )
  const accounts = chosenAccounts(context)
  if (options.fold && accounts.length > 1)
    throw new PacketboatError(
      'USAGE',
      '--fold is for one account.',
      `Add -a with one of ${accounts.join(', ')}.`,
    )
  return forEachAccount(context, accounts, async (own) => {
    await duplicatesIn(own, mailbox, options)
    return exitCodes.done
  })
}

async function duplicatesIn(
  context: CommandContext,
  mailbox: string | undefined,
  options: DuplicatesOptions,
): Promise<void> {
  const session = options.fold ? await openClient(context) : (await openToLook(context)).session
  try {
    const { account } = session
    const { db } = account.replica
    if (options.fold) await scanMailStore(account, { signal: context.signal })
    const mailboxes = await listMailboxes(db)
    const chosen = mailbox === undefined ? mailboxes : chosenMailboxes(mailboxes, mailbox)
    const sets = await findDuplicates(
      db,
      chosen.map(({ guid }) => guid),
    )
    const rows = []
    for (const { path, content, sizeBytes, messages } of sets) {
      const envelope = (await getContent(db, content))?.envelope
      const subject = envelope ? decodeEnvelope(envelope).subject : ''
      rows.push({ mailbox: pathText(path), subject, copies: messages.length, sizeBytes })
    }
    const lines = rows.map(
      (row) =>
        `${String(row.copies).padStart(3)} x ${formatBytes(row.sizeBytes).padStart(7)}  "${row.subject}" in ${row.mailbox}`,
    )
    if (!options.fold || rows.length === 0) {
      const none = ['There are no exact duplicates.']
      context.output.result({ event: 'duplicates', sets: rows }, lines.length > 0 ? lines : none)
      return
    }
    const surplus = rows.reduce((sum, { copies }) => sum + copies - 1, 0)
    if (!options.yes && !(await asked(context, lines, surplus))) {
      context.output.result({ event: 'duplicates', sets: rows, folded: 0 }, ['Nothing was changed.'])
      return
    }
    const folded = await foldDuplicates(account, sets)
    context.output.result({ event: 'duplicates', sets: rows, folded }, [
      `${counted(folded, 'duplicate')} ${folded === 1 ? 'is' : 'are'} folded. The next sync tells the endpoint.`,
    ])
  } finally {
    await session.close()
  }
}

async function asked(context: CommandContext, lines: readonly string[], surplus: number): Promise<boolean> {
  const { output } = context
  if (!output.json) for (const line of lines) output.event({}, line)
  output.event(
    { event: 'question', surplus },
    `Remove ${surplus} of them, so that one of each is left with the flags of all? Type yes:`,
  )
  return /^\s*y(?:es)?\s*$/i.test((await context.stdin()).split('\n')[0] ?? '')
}
