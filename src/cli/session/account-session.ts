import { PacketboatError } from '../../errors/packetboat-error.js'
import type { CommandContext } from '../command-context.js'
import { exitCodes } from '../exit-codes.js'
import { endpointSettingsOf, mailStoreOf } from '../settings/endpoint-settings.js'
import { asideOf, guardOf } from '../settings/general-settings.js'
import { ownersOf } from './by-name.js'
import { openClient } from './client-session.js'
import { forEachAccount } from './each-account.js'
import { type OpenAccount, openAccount } from './open-account.js'

/** One side's account for a command that works on either: a client's of this machine, or one of its endpoint. */
export interface AccountSession {
  readonly account: OpenAccount
  /** No other process works on the account. An endpoint may be answering meanwhile. */
  readonly alone: boolean
  close(): Promise<void>
}

interface Opening {
  /** Which account; all of this machine where none is named, or where none syncs here, all of its endpoint. */
  readonly name: string | undefined
  /** What only looks at a client does so beside another command. */
  readonly beside?: boolean
}

/** `own` speaks of the account, where there are several. */
type Work = (session: AccountSession, own: CommandContext) => Promise<void>

/** Does a command's work in the accounts of one side. Throws CONFIG, NOT_FOUND, LOCKED. */
export function forEitherSide(context: CommandContext, opening: Opening, work: Work): Promise<number> {
  return workIn(context, accountsOf(context, opening), opening, work)
}

/** The same in the one account that has this name in its list. Throws USAGE where several have. */
export async function forOwnerOnEitherSide(
  context: CommandContext,
  opening: Opening,
  name: string,
  has: (account: OpenAccount) => Promise<boolean>,
  work: Work,
): Promise<number> {
  const owners = await ownersOf(context, accountsOf(context, opening), [name], async (account) => {
    const session = await openEitherSide(context, account, true)
    return (await has(session.account).finally(() => session.close())) ? [name] : []
  })
  return workIn(context, [...owners.keys()], opening, work)
}

function workIn(
  context: CommandContext,
  accounts: readonly string[],
  { beside = false }: Opening,
  work: Work,
): Promise<number> {
  return forEachAccount(context, accounts, async ({ output }, account) => {
    const session = await openEitherSide(context, account, beside)
    try {
      await work(session, { ...context, output })
      return exitCodes.done
    } finally {
      await session.close()
    }
  })
}

/** The accounts of one side; none where nothing is set up. */
export function accountsOf(context: CommandContext, { name }: Opening): readonly string[] {
  if (name !== undefined) return [name]
  const { accounts } = context.load('client')
  return accounts.size > 0
    ? [...accounts.keys()]
    : Object.keys(endpointSettingsOf(context.open('endpoint')).accounts)
}

async function openEitherSide(
  context: CommandContext,
  name: string | undefined,
  beside: boolean,
): Promise<AccountSession> {
  if (name === undefined || context.load('client').accounts.has(name)) {
    const own = name === undefined ? context : context.forAccount(name)
    const { account, close } = await openClient(own, { beside })
    return { account, alone: !beside, close }
  }
  const { data, ...open } = context.open('endpoint')
  const settings = endpointSettingsOf({ data, ...open })
  const names = Object.keys(settings.accounts)
  if (!names.includes(name))
    throw new PacketboatError(
      'NOT_FOUND',
      `There is no account "${name}" in ${data.root}.`,
      names.length > 0 ? `There is ${names.join(', ')}.` : 'An endpoint has accounts: see packetboat serve.',
    )
  const account = await openAccount({
    database: data.path('accounts', name, 'replica.db'),
    mailStore: mailStoreOf(settings, name),
    hasUpstream: false,
    guard: guardOf(settings),
    aside: asideOf(settings),
    beside: true,
  })
  return { account, alone: false, close: () => account.close() }
}
