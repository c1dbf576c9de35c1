import { hasCode } from '../../../errors/packetboat-error.js'
import type { Account } from '../../../sync/account.js'
import { isSelected } from '../../../sync/policy/selection.js'
import { findMessages } from '../../../sync/search/find-messages.js'
import { type Question, readQuestion } from '../../../sync/search/read-question.js'
import { updateIndex } from '../../../sync/search/update-index.js'
import { counted } from '../../../told/sizes.js'
import type { CommandContext } from '../../command-context.js'
import { exitCodes } from '../../exit-codes.js'
import { messageLines, messageRow } from '../../looking/message-row.js'
import { misspeltField } from '../../looking/misspelt-field.js'
import { chosenAccounts, forEachAccount } from '../../session/each-account.js'
import { isUnwritable, openToRead } from '../../session/open-to-look.js'
import { keepHeapSmall } from '../../session/v8-flags.js'
import { type AshoreOptions, searchAshore } from './search-ashore.js'

export interface SearchOptions extends AshoreOptions {
  readonly mailbox?: string
  readonly ashore?: boolean
}

const usuallyListed = 50

/** Fewer are taken in before anybody wonders what takes so long. */
const worthTelling = 1000

/** `packetboat search WORDS...`: messages that fit all that is typed, in what is here of them. */
export async function searchCommand(
  context: CommandContext,
  words: readonly string[],
  options: SearchOptions,
): Promise<number> {
  const typed = asTyped(words)
  const { mailbox } = options
  if (options.ashore || options.again || (options.take ?? options.keep) !== undefined)
    return searchAshore(context, mailbox === undefined ? typed : `${typed} in:"${mailbox}"`.trim(), options)
  const question = readQuestion(typed)
  const slip = misspeltField(typed)
  return forEachAccount(context, chosenAccounts(context), async (own) => {
    await searchIn(own, question, options, slip)
    return exitCodes.done
  })
}

/** What the shell has taken out of quotation marks stood in a row. */
function asTyped(words: readonly string[]): string {
  return words
    .map((word) =>
      /\s/.test(word) && !word.includes('"')
        ? word.replace(/^((?:from|to|subject|in):)?(.*)$/is, '$1"$2"')
        : word,
    )
    .join(' ')
}

async function searchIn(
  context: CommandContext,
  question: Question,
  { limit = usuallyListed, mailbox }: SearchOptions,
  slip: string | undefined,
): Promise<void> {
  // The first search of a large account reads all of its mail.
  keepHeapSmall()
  const session = await openToRead(context)
  try {
    const { db } = session.account.replica
    await bringUpToDate(context, session.account)
    const found = await findMessages(session.account, {
      question,
      limit,
      isAmong: (place) => mailbox === undefined || isSelected([mailbox], place),
      signal: context.signal,
    })
    const rows = []
    for (const each of found.messages) rows.push(await messageRow(db, each.message, each.mailbox.path))
    const more = found.isPartial || found.total > rows.length
    const words = more
      ? `The newest ${rows.length}. --limit lists more.`
      : `${counted(rows.length, 'message')}.`
    context.output.result({ event: 'search', more, messages: rows }, [
      ...(rows.length > 0 ? messageLines(rows, { room: context.output.columns, mailboxes: true }) : []),
      rows.length > 0 ? words : 'Nothing was found in what is here.',
      ...(rows.length === 0 && slip !== undefined ? [slip] : []),
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
