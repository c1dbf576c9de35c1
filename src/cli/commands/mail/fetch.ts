import { hasCode, PacketboatError } from '../../../errors/packetboat-error.js'
import { getContent } from '../../../replica/contents.js'
import { sayWishes } from '../../../replica/wishes.js'
import type { Reader } from '../../../store/database.js'
import { counted, formatBytes } from '../../../told/sizes.js'
import type { CommandContext } from '../../command-context.js'
import { exitCodes } from '../../exit-codes.js'
import { type FindNames, forOwnersOf, readingOnce } from '../../session/by-name.js'
import { type ClientSession, isAtWork, openClient } from '../../session/client-session.js'
import { chosenAccounts, forEachAccount } from '../../session/each-account.js'
import { rulesNow } from '../../sync-run/chosen-policy.js'
import { SharedBudget } from '../../sync-run/shared-budget.js'
import {
  type Choice,
  type ChosenParts,
  chooseParts,
  namesWaiting,
  readNames,
  wishesFor,
} from '../../waiting/name-parts.js'
import { type SyncCommandOptions, syncAndReport } from '../sync.js'

export interface FetchOptions extends SyncCommandOptions {
  readonly mailbox?: string
  readonly from?: string
  readonly under?: number
  readonly all?: boolean
  /** Only puts the parts on the list; the next sync brings them. */
  readonly later?: boolean
}

/**
 * `packetboat fetch NAME...`: what is missing, by message (`NAME`, or `-` for the one on standard input), part (`NAME/N`), mailbox, sender or
 * size, each narrowing the choice; or all there is. Beside a sync that runs, what is chosen goes on the list at once.
 */
export async function fetchCommand(
  context: CommandContext,
  names: readonly string[],
  options: FetchOptions,
): Promise<number> {
  const { mailbox, from, under, all } = options
  const filters: Choice = {
    ...(mailbox !== undefined && { mailbox }),
    ...(from !== undefined && { from }),
    ...(under !== undefined && { under }),
  }
  if (names.length === 0 && Object.keys(filters).length === 0 && !all)
    throw new PacketboatError(
      'USAGE',
      'You did not say what to fetch.',
      'Use names from packetboat waiting, or --mailbox, --from, --under or --all.',
    )
  const accounts = chosenAccounts(context)
  const shared = accounts.length > 1 && {
    shared: new SharedBudget(context.load('client').config, Date.now()),
  }
  const fetch = (own: CommandContext, ownNames: readonly string[]): Promise<number> =>
    fetchFrom(own, ownNames, filters, { ...options, ...shared })
  if (names.length > 0) return forOwnersOf(readingOnce(context), names, namesMissing, fetch)
  return forEachAccount(
    context,
    accounts,
    (own) => fetch(own, []),
    (error) => hasCode(error, 'BUDGET'),
  )
}

async function fetchFrom(
  context: CommandContext,
  names: readonly string[],
  filters: Choice,
  options: FetchOptions,
): Promise<number> {
  const chosen = await putOnList(context, names, filters, options.later ?? false)
  if (chosen.length === 0 || options.later) return exitCodes.done
  const session = await openToFetch(context, (options.wait ?? 0) * 1000)
  try {
    if (await isMissing(session.account.replica.db, chosen))
      return await syncAndReport(context, session, [], options)
    context.output.result({ event: 'fetched' }, ['It came with the sync that was running.'])
    return exitCodes.done
  } finally {
    await session.close()
  }
}

/** Chooses, says that it is wanted, and tells so unless it is fetched in the same breath. */
async function putOnList(
  context: CommandContext,
  names: readonly string[],
  filters: Choice,
  later: boolean,
): Promise<ChosenParts[]> {
  const session = await openClient(context, { beside: true })
  try {
    const { db } = session.account.replica
    const named = names.length > 0 ? { names: await readNames(context, session.account, names) } : {}
    const chosen = await chooseParts(db, (await rulesNow(context, session)).policy, { ...named, ...filters })
    await sayWishes(db, wishesFor(chosen, 'now'))
    const { parts, bytes, words } = tally(chosen)
    const running = isAtWork(session)
    if (parts === 0 || later || running)
      context.output.result({ event: 'wanted', parts, bytes, running }, [
        parts === 0
          ? 'Nothing that matches is missing.'
          : `${words} ${parts === 1 ? 'comes' : 'come'} ${withWhich(session)}.`,
      ])
    return chosen
  } finally {
    await session.close()
  }
}

/** Says which sync brings what is on the list. */
export function withWhich(session: ClientSession): string {
  return isAtWork(session) ? 'with the sync that runs now, or the next one' : 'with the next sync'
}

/** The names of an account's messages and parts of which something is missing. */
export const namesMissing: FindNames = async (context, names) => {
  const session = await openClient(context, { beside: true })
  try {
    const { policy } = await rulesNow(context, session)
    return await namesWaiting(context, session.account, policy, names)
  } finally {
    await session.close()
  }
}

/** Throws LOCKED, in words that say what becomes of the list. */
async function openToFetch(context: CommandContext, waitMs: number): Promise<ClientSession> {
  try {
    return await openClient(context, { waitMs, exchanges: true })
  } catch (cause) {
    if (!hasCode(cause, 'LOCKED')) throw cause
    throw new PacketboatError(
      'LOCKED',
      cause.message,
      'Your request is saved: the running sync, or the next one, fetches it. To wait for that, use --wait SECONDS.',
      { cause },
    )
  }
}

/** Whether anything of this has still not come: another run may have brought it while this one waited. */
async function isMissing(reader: Reader, chosen: readonly ChosenParts[]): Promise<boolean> {
  for (const { content, parts } of chosen) {
    const now = await getContent(reader, content.id)
    if (now && !now.whole && parts.some(({ part }) => !now.held.includes(part))) return true
  }
  return false
}

export function tally(chosen: readonly ChosenParts[]): { parts: number; bytes: number; words: string } {
  const all = chosen.flatMap(({ parts }) => parts)
  const bytes = all.reduce((sum, { sizeBytes, heldBytes }) => sum + sizeBytes - heldBytes, 0)
  return { parts: all.length, bytes, words: `${counted(all.length, 'part')} (${formatBytes(bytes)})` }
}
