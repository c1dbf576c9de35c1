import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import type { CommandContext } from '../command-context.js'
import { chosenAccounts, forEachAccount, ofAccount } from './each-account.js'

/** Which of these names, as lists of all accounts show them, are of this account. */
export type FindNames = (context: CommandContext, names: readonly string[]) => Promise<readonly string[]>

/**
 * Does a command's work in the accounts of this machine that have the given names, each with its own of them.
 * All names are looked up before anything is done. Throws USAGE for a name that several accounts have; for a
 * name that doesn't exist, what `work` throws.
 */
export async function forOwnersOf(
  context: CommandContext,
  names: readonly string[],
  find: FindNames,
  work: (context: CommandContext, names: readonly string[]) => Promise<number>,
): Promise<number> {
  const accounts = chosenAccounts(context)
  const owners = await ownersOf(context, accounts, names, (account) =>
    find(silenced(context.forAccount(account)), names),
  )
  return forEachAccount(context, [...owners.keys()], (own, account) =>
    work(own, owners.get(account ?? '') ?? names),
  )
}

/**
 * The accounts that have these names, each with its own. A single account gets them all; of several, the
 * first gets the names that none has, since any of them has the right error for those. Throws USAGE for a
 * name that several have.
 */
export async function ownersOf(
  { signal }: CommandContext,
  accounts: readonly string[],
  names: readonly string[],
  find: (account: string) => Promise<readonly string[]>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const [first, ...others] = accounts
  if (first === undefined || others.length === 0) return new Map(first === undefined ? [] : [[first, names]])
  const owned = new Map<string, readonly string[]>()
  let missed: unknown
  for (const account of accounts)
    try {
      const found = await find(account)
      if (found.length > 0) owned.set(account, found)
    } catch (error) {
      // This account isn't set up yet, or can't be read: another one may have the name.
      if (signal.aborted || hasCode(error, 'INTERRUPTED')) throw error
      missed ??= error instanceof PacketboatError ? ofAccount(error, account, `${account}: `) : error
    }
  for (const name of names) {
    const owners = [...owned].flatMap(([account, found]) => (found.includes(name) ? [account] : []))
    if (owners.length > 1)
      throw new PacketboatError(
        'USAGE',
        `Several accounts have "${name}": ${owners.join(', ')}.`,
        'Add -a with one of them.',
      )
    if (owners.length === 1) continue
    if (missed !== undefined) throw missed
    return new Map([[first, [name]]])
  }
  return owned
}

/** Leaves out what is said of an account: that comes when the account's turn does. */
function silenced(context: CommandContext): CommandContext {
  return { ...context, output: { ...context.output, warning: () => undefined, event: () => undefined } }
}

/** For a command that looks at standard input more than once. */
export function readingOnce(context: CommandContext): CommandContext {
  let text: Promise<string> | undefined
  const stdin: CommandContext['stdin'] = (mostBytes, hidden) => {
    text ??= context.stdin(mostBytes, hidden)
    return text
  }
  const once = (of: CommandContext): CommandContext => ({
    ...of,
    stdin,
    forAccount: (name, output) => once(of.forAccount(name, output)),
  })
  return once(context)
}
