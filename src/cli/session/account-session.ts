import { PacketboatError } from '../../errors/packetboat-error.js'
import type { CommandContext } from '../command-context.js'
import { endpointSettingsOf, mailStoreOf } from '../settings/endpoint-settings.js'
import { asideOf, guardOf } from '../settings/general-settings.js'
import { openClient } from './client-session.js'
import { type OpenAccount, openAccount } from './open-account.js'

/** One side's account for a command that works on either: the client of the data directory, or an account of its endpoint. */
export interface AccountSession {
  readonly account: OpenAccount
  /** Nobody else works on it. An endpoint may be answering meanwhile. */
  readonly alone: boolean
  close(): Promise<void>
}

/**
 * Opens an account of this machine, or one of the endpoint; `name` says which where there are several. What only looks at the client does so `beside` another
 * command. Throws CONFIG, NOT_FOUND, USAGE, LOCKED.
 */
export async function openEitherSide(
  context: CommandContext,
  name: string | undefined,
  { beside = false } = {},
): Promise<AccountSession> {
  const ofClient = context.load('client').accounts
  if (name !== undefined && ofClient.has(name)) {
    const { account, close } = await openClient(context.forAccount(name), { beside })
    return { account, alone: !beside, close }
  }
  const { data, ...open } = context.open('endpoint')
  const settings = endpointSettingsOf({ data, ...open })
  const names = Object.keys(settings.accounts)
  if (name === undefined && (names.length === 0 || ofClient.size > 0)) {
    const { account, close } = await openClient(context, { beside })
    return { account, alone: !beside, close }
  }
  const chosen = name ?? (names.length === 1 ? names[0] : undefined)
  if (chosen === undefined)
    throw new PacketboatError(
      'USAGE',
      'Which account do you mean?',
      `Use --account with one of ${names.join(', ')}.`,
    )
  if (!names.includes(chosen))
    throw new PacketboatError(
      'NOT_FOUND',
      `There is no account "${chosen}" in ${data.root}.`,
      names.length > 0 ? `There is ${names.join(', ')}.` : 'An endpoint has accounts: see packetboat serve.',
    )
  const account = await openAccount({
    database: data.path('accounts', chosen, 'replica.db'),
    mailStore: mailStoreOf(settings, chosen),
    hasUpstream: false,
    guard: guardOf(settings),
    aside: asideOf(settings),
    beside: true,
  })
  return { account, alone: false, close: () => account.close() }
}
