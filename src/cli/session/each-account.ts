import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import { wordsOf } from '../../errors/words-of.js'
import { topAccount } from '../../settings/account-table.js'
import type { CommandContext } from '../command-context.js'
import { exitCodeOf, exitCodes } from '../exit-codes.js'
import type { Line, Output } from '../text/output.js'

/** The accounts of this machine that a command works on: the one that `-a` names, or all. */
export function chosenAccounts(context: CommandContext): readonly string[] {
  const { account, accounts } = context.load('client')
  return account === undefined ? [...accounts.keys()] : [account]
}

/**
 * Does a command's work for each of several accounts, in this order and under the account's name; for a
 * single one as if there were no others. An error in one is reported and stops no other; only Ctrl-C and the
 * errors that `endsAll` names end everything. Gives the first exit code that isn't 0.
 */
export async function forEachAccount(
  context: CommandContext,
  names: readonly string[],
  work: (context: CommandContext, account?: string) => Promise<number>,
  endsAll: (error: unknown) => boolean = () => false,
): Promise<number> {
  const [only, ...others] = names
  if (only === undefined) return work(context)
  if (others.length === 0) return advised(only, () => work(context.forAccount(only), only))
  const told = new Set<string>()
  let exit: number = exitCodes.done
  for (const name of names) {
    const own = context.forAccount(name, labelled(context.output, name))
    try {
      const code = await work(own, name)
      if (exit === exitCodes.done) exit = code
    } catch (error) {
      if (context.signal.aborted || hasCode(error, 'INTERRUPTED') || endsAll(error)) throw error
      // What is wrong with the command line or the top of the file is told once.
      const words = wordsOf(error)
      if (!told.has(words)) own.output.error(error)
      told.add(words)
      if (exit === exitCodes.done) exit = exitCodeOf(error)
    }
  }
  return exit
}

/** For a command that shows one account: which others there are, unless one was named. */
export function otherAccounts(context: CommandContext, named = context.load('client').account): string[] {
  const names = [...context.load('client').accounts.keys()]
  if (named !== undefined || names.length < 2) return []
  const others = names.filter((name) => name !== topAccount)
  return [`With -a NAME it shows another account of this machine: ${others.join(', ')}.`]
}

/** A command that works on one account, where there are several and none was named. Throws USAGE. */
export function oneAccount(context: CommandContext): CommandContext {
  const { account, accounts } = context.load('client')
  if (account !== undefined || accounts.size === 0 || accounts.has(topAccount)) return context
  const [first, ...others] = accounts.keys()
  if (first !== undefined && others.length === 0) return context.forAccount(first)
  throw new PacketboatError(
    'USAGE',
    'Which account?',
    `Add -a with one of ${[...accounts.keys()].join(', ')}.`,
  )
}

/** Advice that works on the account that it was given for. */
async function advised<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (name === topAccount) return work()
  try {
    return await work()
  } catch (error) {
    throw error instanceof PacketboatError ? ofAccount(error, name) : error
  }
}

/** What went wrong with an account, with advice that works on it. */
export function ofAccount(error: PacketboatError, name: string, label = ''): PacketboatError {
  const { code, message, next } = error
  const commands =
    /\bpacketboat (sync|fetch|waiting|list|search|mailboxes|init|conflicts|settle|problems|expunged|duplicates)\b/g
  const own = (words: string): string => words.replace(commands, `packetboat $1 -a ${name}`)
  return new PacketboatError(code, `${label}${own(message)}`, own(next), { cause: error })
}

/** Says of everything which account it is about. */
function labelled(output: Output, name: string): Output {
  return {
    ...output,
    columns: output.columns === undefined ? undefined : output.columns - 2,
    result: (event, lines) =>
      output.result(
        { account: name, ...event },
        lines.length > 1
          ? [`${name}:`, ...lines.map((line) => begun('  ', line))]
          : lines.map((line) => begun(`${name}: `, line)),
      ),
    event: (event, line) =>
      output.event({ account: name, ...event }, line === undefined ? undefined : `${name}: ${line}`),
    warning: (text) => output.warning(`${name}: ${text}`),
    error: (error) =>
      output.error(
        error instanceof PacketboatError ? ofAccount(error, name, output.json ? '' : `${name}: `) : error,
        { account: name },
      ),
  }
}

const begun = (words: string, line: Line): Line =>
  typeof line === 'string' ? `${words}${line}` : { ...line, text: `${words}${line.text}` }
