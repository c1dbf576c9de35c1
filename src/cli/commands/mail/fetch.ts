import { hasCode, PacketboatError } from '../../../errors/packetboat-error.js'
import { getContent } from '../../../replica/content/contents.js'
import { listMailboxes } from '../../../replica/mailboxes.js'
import type { ContentRecord } from '../../../replica/records.js'
import { tables } from '../../../replica/tables.js'
import { sayWishes } from '../../../replica/wishes.js'
import type { Reader } from '../../../store/database.js'
import { counted, formatBytes } from '../../../told/sizes.js'
import type { CommandContext } from '../../command-context.js'
import { exitCodes } from '../../exit-codes.js'
import { chosenMailboxes } from '../../looking/chosen-mailboxes.js'
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
  /** Not the parts themselves, but what they say. */
  readonly gist?: boolean
}

/**
 * `packetboat fetch NAME...`: fetches what is missing, by message (`NAME`, or `-` for the one on standard
 * input), part (`NAME/N`), mailbox, sender or size, each of which narrows the choice; or everything. Beside a
 * running sync, the choice is added to its list at once.
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
  const chosen = await putOnList(context, names, filters, options)
  if (chosen.length === 0 || options.later) return exitCodes.done
  const session = await openToFetch(context, (options.wait ?? 0) * 1000)
  const { db } = session.account.replica
  const missing = () => stillMissing(db, chosen, options.gist)
  try {
    if ((await missing()).length === 0) {
      context.output.result({ event: 'fetched' }, ['It came with the sync that was running.'])
      return exitCodes.done
    }
    const code = await syncAndReport(context, session, [], options)
    if (options.gist && code === exitCodes.done) await sayUnmade(context, db, await missing())
    return code
  } finally {
    await session.close()
  }
}

const nothing = {
  part: 'Nothing that matches is missing.',
  gist: 'Of what matches and is missing no gist can be made, or it is here already.',
}

/** Chooses, says that it is wanted, and tells so unless it is fetched in the same breath. */
async function putOnList(
  context: CommandContext,
  names: readonly string[],
  filters: Choice,
  { later = false, gist = false }: FetchOptions,
): Promise<ChosenParts[]> {
  const session = await openClient(context, { beside: true })
  try {
    const { db } = session.account.replica
    if (filters.mailbox !== undefined) chosenMailboxes(await listMailboxes(db), filters.mailbox)
    const named = names.length > 0 ? { names: await readNames(context, session.account, names) } : {}
    const { policy } = await rulesNow(context, session)
    const matching = await chooseParts(db, policy, { ...named, ...filters })
    const chosen = gist ? withGists(matching) : matching
    await sayWishes(db, wishesFor(chosen, gist ? 'gist' : 'now'))
    const { parts, bytes, words } = gist ? tallyGists(chosen) : tally(chosen)
    const running = isAtWork(session)
    if (parts === 0 || later || running)
      context.output.result({ event: 'wanted', parts, bytes, running }, [
        parts === 0
          ? nothing[gist ? 'gist' : 'part']
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

/** What of this has still not come: another run may have brought it while this one waited. */
async function stillMissing(
  reader: Reader,
  chosen: readonly ChosenParts[],
  gist = false,
): Promise<ChosenParts[]> {
  const missing: ChosenParts[] = []
  for (const { content, parts } of chosen) {
    const now = await getContent(reader, content.id)
    if (!now || now.whole) continue
    const some = parts.filter(({ part }) => !now.held.includes(part) && !(gist && hasGist(now, part)))
    if (some.length > 0) missing.push({ content: now, parts: some })
  }
  return missing
}

const hasGist = ({ gist, fileGists }: ContentRecord, part: number): boolean =>
  ((gist?.part === part ? gist.text : fileGists?.[part]?.text) ?? '') !== ''

async function sayUnmade(
  { output }: CommandContext,
  reader: Reader,
  chosen: readonly ChosenParts[],
): Promise<void> {
  const unmade: string[] = []
  let waiting = 0
  for (const { content, parts } of chosen)
    for (const { name, part } of parts)
      if (await tables.wantedGist.has(reader, content.id, part)) waiting++
      else unmade.push(name)
  const said = [
    ...(unmade.length > 0
      ? [
          `No gist came of ${unmade.join(', ')}: none can be made at your endpoint, or it has not got the whole message yet.`,
        ]
      : []),
    ...(waiting > 0
      ? [`${counted(waiting, 'gist')} more ${waiting === 1 ? 'comes' : 'come'} with the next sync.`]
      : []),
  ]
  if (said.length > 0) output.result({ event: 'gists', unmade, waiting }, said)
}

export function tally(chosen: readonly ChosenParts[]): { parts: number; bytes: number; words: string } {
  const all = chosen.flatMap(({ parts }) => parts)
  const bytes = all.reduce((sum, { sizeBytes, heldBytes }) => sum + sizeBytes - heldBytes, 0)
  return { parts: all.length, bytes, words: `${counted(all.length, 'part')} (${formatBytes(bytes)})` }
}

/** Of these, what has a gist that isn't here. */
function withGists(chosen: readonly ChosenParts[]): ChosenParts[] {
  return chosen.flatMap(({ content, parts }) => {
    const some = parts.filter(({ gistUpTo }) => gistUpTo !== undefined)
    return some.length > 0 ? [{ content, parts: some }] : []
  })
}

function tallyGists(chosen: readonly ChosenParts[]): ReturnType<typeof tally> {
  const all = chosen.flatMap(({ parts }) => parts)
  const bytes = all.reduce((sum, { gistUpTo = 0 }) => sum + gistUpTo, 0)
  return {
    parts: all.length,
    bytes,
    words: `${counted(all.length, 'gist')} (at most ${formatBytes(bytes)})`,
  }
}
