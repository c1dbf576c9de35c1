import { PacketboatError } from '../../errors/packetboat-error.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { keys } from '../../replica/records.js'
import { isSelected } from '../../sync/selection.js'
import { openClient } from '../client-session.js'
import type { CommandContext } from '../command-context.js'
import { type DeferredPart, deferredParts, shortName } from '../deferred.js'
import { exitCodes } from '../exit-codes.js'
import { counted } from '../sizes.js'
import { type SyncCommandOptions, syncAndReport } from './sync.js'

export interface FetchOptions extends SyncCommandOptions {
  readonly mailbox?: string
  readonly all?: boolean
  /** Only put them on the list; the next sync brings them. */
  readonly later?: boolean
}

/** `packetboat fetch NAME...`: deferred parts by message (`NAME`) or part (`NAME/N`), of a mailbox, or all there are. */
export async function fetchCommand(
  context: CommandContext,
  names: readonly string[],
  options: FetchOptions,
): Promise<number> {
  if (names.length === 0 && options.mailbox === undefined && !options.all)
    throw new PacketboatError(
      'USAGE',
      'Fetch what?',
      'Name messages as packetboat status shows them, or give --mailbox NAME or --all.',
    )
  const session = await openClient(context, { waitMs: (options.wait ?? 0) * 1000 })
  try {
    const { db } = session.account.replica
    const found = new Set<string>()
    const wanted: DeferredPart[] = []
    for await (const part of deferredParts(db)) {
      const named = names.filter((name) => name === part.name || name === shortName(part.message))
      for (const name of named) found.add(name)
      const mailbox = await getMailbox(db, part.message.mailbox)
      const inMailbox =
        options.mailbox !== undefined && mailbox !== undefined && isSelected([options.mailbox], mailbox)
      if (named.length > 0 || inMailbox || options.all) wanted.push(part)
    }
    const unknown = names.filter((name) => !found.has(name))
    if (unknown.length > 0)
      throw new PacketboatError(
        'NOT_FOUND',
        `Nothing is deferred under ${unknown.join(', ')}.`,
        'packetboat status lists what is. What is complete already is in your Maildir.',
      )
    await db.transact(async (tx) => {
      for (const { content, part } of wanted) tx.put(keys.wanted(content.id, part), true)
    })
    if (!options.later) return await syncAndReport(context, session, [], options)
    context.output.result({ event: 'wanted', parts: wanted.length }, [
      `${counted(wanted.length, 'part')} ${wanted.length === 1 ? 'comes' : 'come'} with the next sync.`,
    ])
    return exitCodes.done
  } finally {
    await session.close()
  }
}
