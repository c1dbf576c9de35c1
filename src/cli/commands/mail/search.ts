import { hasCode, PacketboatError } from '../../../errors/packetboat-error.js'
import { getMailbox } from '../../../replica/mailboxes.js'
import { isLive, messagesOf } from '../../../replica/messages.js'
import type { MailboxRecord, MessageRecord } from '../../../replica/records.js'
import type { Reader } from '../../../store/database.js'
import type { Account } from '../../../sync/account.js'
import { isSelected } from '../../../sync/policy/selection.js'
import { findContents } from '../../../sync/search/find-contents.js'
import { wantedWords } from '../../../sync/search/fold-words.js'
import { updateIndex } from '../../../sync/search/update-index.js'
import type { CommandContext } from '../../command-context.js'
import { exitCodes } from '../../exit-codes.js'
import { messageLines, messageRow } from '../../looking/message-row.js'
import { chosenAccounts, forEachAccount } from '../../session/each-account.js'
import { isUnwritable, openToRead } from '../../session/open-to-look.js'
import { counted } from '../../text/sizes.js'
import { newestFirst } from './list.js'

export interface SearchOptions {
  readonly limit: number
  readonly mailbox?: string
}

/** Fewer are taken in before anybody wonders what takes so long. */
const worthTelling = 1000

/** `packetboat search WORDS...`: messages that have all of the words, in what is here of them. */
export async function searchCommand(
  context: CommandContext,
  words: readonly string[],
  options: SearchOptions,
): Promise<number> {
  const typed = words.join(' ')
  if (wantedWords(typed).length === 0)
    throw new PacketboatError('USAGE', 'There is no word to search for.', 'Use letters or digits.')
  return forEachAccount(context, chosenAccounts(context), async (own) => {
    await searchIn(own, typed, options)
    return exitCodes.done
  })
}

async function searchIn(context: CommandContext, typed: string, options: SearchOptions): Promise<void> {
  const session = await openToRead(context)
  try {
    const { db } = session.account.replica
    await bringUpToDate(context, session.account)
    const found = await findMessages(db, typed, options)
    const rows = []
    for (const { message, mailbox } of found.slice(0, options.limit))
      rows.push(await messageRow(db, message, mailbox.path))
    const more = found.length > rows.length
    const words = more
      ? `The newest ${rows.length}. --limit lists more.`
      : `${counted(rows.length, 'message')}.`
    context.output.result({ event: 'search', more, messages: rows }, [
      ...(rows.length > 0 ? messageLines(rows, { room: context.output.columns, mailboxes: true }) : []),
      rows.length > 0 ? words : 'Nothing was found in what is here.',
    ])
  } finally {
    await session.close()
  }
}

async function bringUpToDate({ output, signal }: CommandContext, account: Account): Promise<void> {
  let told = false
  try {
    await updateIndex(account, {
      signal,
      onProgress: (done, total) => {
        if (!told && total - done >= worthTelling)
          output.event(
            { event: 'indexing', messages: total },
            `Reading ${counted(total, 'message')} for the index.`,
          )
        told = true
      },
    })
  } catch (error) {
    // Another command takes in the same, or nothing can be taken in: what isn't in the index isn't found now.
    if (!hasCode(error, 'STORE_CONFLICT') && !isUnwritable(error)) throw error
  }
}

interface Found {
  readonly message: MessageRecord
  readonly mailbox: MailboxRecord
}

/** The newest; one more than is to be shown where there is one. */
async function findMessages(
  reader: Reader,
  typed: string,
  { limit, mailbox }: SearchOptions,
): Promise<Found[]> {
  const found: Found[] = []
  for await (const content of findContents(reader, typed)) {
    for (const message of await messagesOf(reader, content)) {
      const place = isLive(message) ? await getMailbox(reader, message.mailbox) : undefined
      if (place && (mailbox === undefined || isSelected([mailbox], place)))
        found.push({ message, mailbox: place })
    }
    if (found.length > limit) break
  }
  return found.sort((a, b) => newestFirst(a.message, b.message))
}
