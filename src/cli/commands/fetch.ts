import { PacketboatError } from '../../errors/packetboat-error.js'
import { getContent } from '../../replica/contents.js'
import { wantParts } from '../../replica/wishes.js'
import type { Database } from '../../store/database.js'
import { openClient, rulesNow } from '../client-session.js'
import type { CommandContext } from '../command-context.js'
import { exitCodes } from '../exit-codes.js'
import { type ChosenParts, chooseParts, readNames } from '../name-parts.js'
import { counted, formatBytes } from '../sizes.js'
import { type SyncCommandOptions, syncAndReport } from './sync.js'

export interface FetchOptions extends SyncCommandOptions {
  readonly mailbox?: string
  readonly from?: string
  readonly under?: number
  readonly all?: boolean
  /** Only put them on the list; the next sync brings them. */
  readonly later?: boolean
}

/**
 * `packetboat fetch NAME...`: what is missing, by message (`NAME`, or `-` for the one on standard input), part (`NAME/N`), mailbox, sender or
 * size, each narrowing the choice; or all there is.
 */
export async function fetchCommand(
  context: CommandContext,
  names: readonly string[],
  options: FetchOptions,
): Promise<number> {
  const { mailbox, from, under, all } = options
  const filters = {
    ...(mailbox !== undefined && { mailbox }),
    ...(from !== undefined && { from }),
    ...(under !== undefined && { under }),
  }
  if (names.length === 0 && Object.keys(filters).length === 0 && !all)
    throw new PacketboatError(
      'USAGE',
      'Fetch what?',
      'Name messages as packetboat waiting shows them, or say which: --mailbox, --from, --under, --all.',
    )
  const session = await openClient(context, { waitMs: (options.wait ?? 0) * 1000 })
  try {
    const { db } = session.account.replica
    const named = names.length > 0 ? { names: await readNames(context, db, names) } : {}
    const chosen = await chooseParts(db, (await rulesNow(context, session)).policy, { ...named, ...filters })
    await takeParts(db, chosen)
    const { parts, bytes, words } = tally(chosen)
    if (parts > 0 && !options.later) return await syncAndReport(context, session, [], options)
    context.output.result({ event: 'wanted', parts, bytes }, [
      parts === 0
        ? 'Nothing of that kind is missing.'
        : `${words} ${parts === 1 ? 'comes' : 'come'} with the next sync.`,
    ])
    return exitCodes.done
  } finally {
    await session.close()
  }
}

/** Puts parts on the list of what the next exchange brings. */
export async function takeParts(db: Database, chosen: readonly ChosenParts[]): Promise<void> {
  await db.transact(async (tx) => {
    for (const { content, parts } of chosen) {
      const current = await getContent(tx, content.id)
      const numbers = parts.map(({ part }) => part)
      if (current) wantParts(tx, current, numbers)
    }
  })
}

export function tally(chosen: readonly ChosenParts[]): { parts: number; bytes: number; words: string } {
  const all = chosen.flatMap(({ parts }) => parts)
  const bytes = all.reduce((sum, { sizeBytes, heldBytes }) => sum + sizeBytes - heldBytes, 0)
  return { parts: all.length, bytes, words: `${counted(all.length, 'part')} (${formatBytes(bytes)})` }
}
