import { type Estimate, estimate } from '../../../link/profile/estimate.js'
import type { Mailbox } from '../../../mime/headers/envelope.js'
import { pathText } from '../../../replica/model.js'
import { sayWishes } from '../../../replica/wishes.js'
import { getMeasuredLine } from '../../../sync/measured-line.js'
import { counted, formatBytes } from '../../../told/sizes.js'
import { partTitle, type WaitingPart, waitingInOrder } from '../../../told/waiting-parts.js'
import type { CommandContext } from '../../command-context.js'
import { exitCodes } from '../../exit-codes.js'
import { forOwnersOf, readingOnce } from '../../session/by-name.js'
import { type ClientSession, isAtWork, openClient } from '../../session/client-session.js'
import { chosenAccounts, forEachAccount } from '../../session/each-account.js'
import { rulesNow } from '../../sync-run/chosen-policy.js'
import { costWords } from '../../text/cost-words.js'
import { chooseParts, readNames, wishesFor } from '../../waiting/name-parts.js'
import { namesMissing, tally, withWhich } from './fetch.js'

export interface WaitingOptions {
  readonly take?: readonly string[]
  readonly later?: readonly string[]
  readonly never?: readonly string[]
  readonly all?: boolean
}

/**
 * `packetboat waiting`: lists what isn't here, in the order in which it would come, with size, time and
 * price; or marks some of it to come with the next sync, later, or never. Neither waits for a running sync.
 */
export async function waitingCommand(context: CommandContext, options: WaitingOptions): Promise<number> {
  const { take, later, never } = options
  const named = [...(take ?? []), ...(later ?? []), ...(never ?? [])]
  if (named.length > 0)
    return forOwnersOf(readingOnce(context), named, namesMissing, (own, names) => {
      const ofAccount = (given: readonly string[] | undefined) =>
        given?.filter((name) => names.includes(name))
      const decided = {
        take: ofAccount(take) ?? [],
        later: ofAccount(later) ?? [],
        never: ofAccount(never) ?? [],
      }
      return withSession(own, decided, decide)
    })
  return forEachAccount(context, chosenAccounts(context), (own) => withSession(own, options, list))
}

async function withSession(
  context: CommandContext,
  options: WaitingOptions,
  work: (context: CommandContext, session: ClientSession, options: WaitingOptions) => Promise<void>,
): Promise<number> {
  const session = await openClient(context, { beside: true })
  try {
    await work(context, session, options)
    return exitCodes.done
  } finally {
    await session.close()
  }
}

async function decide(
  context: CommandContext,
  session: ClientSession,
  options: WaitingOptions,
): Promise<void> {
  const { db } = session.account.replica
  const { policy } = await rulesNow(context, session)
  const choose = async (names: readonly string[] | undefined) =>
    names ? chooseParts(db, policy, { names: await readNames(context, session.account, names) }) : []
  // Nothing is done before all names are known.
  const [taken, later, never] = [
    await choose(options.take),
    await choose(options.later),
    await choose(options.never),
  ]
  await sayWishes(db, [
    ...wishesFor(taken, 'now'),
    ...wishesFor(later, 'later'),
    ...wishesFor(never, 'never'),
  ])
  const said = [
    { chosen: taken, one: `comes ${withWhich(session)}`, more: `come ${withWhich(session)}` },
    { chosen: later, one: 'comes only when you ask for it', more: 'come only when you ask for them' },
    { chosen: never, one: 'is refused; --take takes it back', more: 'are refused; --take takes them back' },
  ]
  context.output.result(
    {
      event: 'decided',
      taken: tally(taken).parts,
      later: tally(later).parts,
      never: tally(never).parts,
      running: isAtWork(session),
    },
    said.flatMap(({ chosen, one, more }) => {
      const { parts, words } = tally(chosen)
      return parts > 0 ? [`${words} ${parts === 1 ? one : more}.`] : []
    }),
  )
}

async function list(context: CommandContext, session: ClientSession, { all }: WaitingOptions): Promise<void> {
  const { account, settings } = session
  const { profile, policy } = await rulesNow(context, session)
  const measured = await getMeasuredLine(account.replica.db, profile.name)
  const costs = (bytes: number): Estimate => estimate(0, bytes, profile, measured)
  const found = await waitingInOrder(account.replica, policy, settings.priority)
  const hidden = all ? 0 : found.filter(({ parts }) => parts.some(({ cold }) => cold)).length
  const messages = found.flatMap(({ name, mailbox, envelope, parts }) => {
    const shown = parts.filter(({ state, cold }) => all || (state !== 'never' && !cold))
    if (shown.length === 0) return []
    const { from, subject, dateMs } = envelope
    return [
      {
        name,
        mailbox: pathText(mailbox.path),
        from: from.map(nameOf),
        subject: subject ?? '(no subject)',
        ...(dateMs !== undefined && { date: new Date(dateMs).toISOString() }),
        parts: shown.map(({ gistUpTo, ...part }) => ({
          ...withoutIndex(part),
          ...costs(left(part)),
          ...(gistUpTo !== undefined && { gistUpTo: { bytes: gistUpTo, ...costs(gistUpTo) } }),
        })),
      },
    ]
  })
  const parts = messages.flatMap((message) => message.parts)
  const bytes = parts.reduce((sum, part) => sum + left(part), 0)
  const total = { parts: parts.length, bytes, ...costs(bytes) }
  const summary = `${counted(total.parts, 'part')} of ${counted(messages.length, 'message')}, ${costWords(total.bytes, total)}.`
  const cold =
    hidden > 0 ? [`Header fields that nobody reads are missing too, of ${counted(hidden, 'message')}.`] : []
  context.output.result(
    { event: 'waiting', messages, ...total, coldHeaders: hidden, link: profile.name },
    parts.length === 0
      ? ['Nothing is missing.', ...cold]
      : [
          ...messages.flatMap((message) => [
            `${message.from[0] ?? '(nobody)'}: ${message.subject}  (${message.mailbox}${message.date ? `, ${message.date.slice(0, 10)}` : ''})`,
            ...message.parts.flatMap((part) => [partLine(part), ...firstOf(part)]),
          ]),
          `${summary} Take some: packetboat fetch NAME, or packetboat waiting --take NAME.`,
          ...(parts.some(({ gistUpTo }) => gistUpTo)
            ? ['A gist says in a few words what is in a part: packetboat fetch NAME --gist.']
            : []),
          ...cold,
        ],
  )
}

const left = ({ sizeBytes, heldBytes }: Pick<WaitingPart, 'sizeBytes' | 'heldBytes'>): number =>
  sizeBytes - heldBytes

const nameOf = ({ name, address }: Mailbox): string => name || address

function withoutIndex<T extends { readonly part: number }>({ part: _, ...rest }: T): Omit<T, 'part'> {
  return rest
}

/** As much of a file's gist as a list has room for. */
function firstOf({ gist }: Pick<WaitingPart, 'gist'>): string[] {
  const [first = ''] = gist?.split('\n') ?? []
  return first === '' ? [] : [`${' '.repeat(18)}${first}`]
}

type PricedPart = Omit<WaitingPart, 'part' | 'gistUpTo'> &
  Estimate & { readonly gistUpTo?: Estimate & { readonly bytes: number } }

function partLine(part: PricedPart): string {
  const { name, heldBytes, state, gistUpTo } = part
  const words = [
    `  ${name.padEnd(15)} ${costWords(left(part), part).padStart(7)}`,
    partTitle(part),
    heldBytes > 0 && `${formatBytes(heldBytes)} here`,
    state !== 'deferred' && state,
    gistUpTo && `gist: at most ${costWords(gistUpTo.bytes, gistUpTo)}`,
  ]
  return words.filter(Boolean).join('  ')
}
