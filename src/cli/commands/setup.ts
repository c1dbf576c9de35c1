import { PacketboatError } from '../../errors/packetboat-error.js'
import { parsePairing } from '../../link/pairing.js'
import { linkNames, linkProfile, unnamedLink } from '../../link/profile/link-profile.js'
import type { Config } from '../../settings/config.js'
import { printText } from '../../settings/kind.js'
import { printPrice } from '../../settings/price.js'
import type { CommandContext } from '../command-context.js'
import { exitCodes } from '../exit-codes.js'
import { isClient, usualMaildir } from '../settings/client-settings.js'
import { writeSettings } from '../settings/open-config.js'

/** Runs another command line, for the same account and place, and gives its exit code. */
type Run = (words: readonly string[]) => Promise<number>

/**
 * `packetboat setup`: asks for what `packetboat init` needs, and has that and a first `packetboat sync` do it. Nothing is written before the last
 * question of those. Gives the exit code of what failed.
 */
export async function setupCommand(context: CommandContext, run: Run): Promise<number> {
  const { keyboard: input, terminal: output, signal } = context
  if (!input || !output || context.output.json)
    throw new PacketboatError(
      'USAGE',
      'packetboat setup asks questions, and there is no terminal to ask on.',
      'Without one: packetboat init @FILE --maildir PATH, then packetboat sync.',
    )
  const { config, path, account } = context.load('client')
  if (isClient(config))
    throw new PacketboatError(
      'CONFIG',
      `${path} already sets up ${account === undefined ? 'a client' : `the account "${account}"`}.`,
      'To add another account: packetboat setup --account NAME. To start over: packetboat init - --again.',
    )
  const at = { input, output, signal }
  const { pairing, maildir, link } = await asked(() => askAll(config, account, at))
  const exit = await run(['init', pairing, `--maildir=${maildir}`])
  if (exit !== exitCodes.done) return exit
  const onLink = link === unnamedLink ? [] : ['--link', link]
  if (link !== unnamedLink)
    writeSettings(context.open('client'), [{ key: ['defaultLink'], toml: printText(link) }])
  const { default: confirm } = await import('@inquirer/confirm')
  const shown = await run(['sync', '--dry-run', ...onLink])
  if (shown !== exitCodes.done) return shown
  const goes = await asked(() => confirm({ message: 'Start the first sync now?', default: true }, at))
  return goes ? run(['sync', ...onLink]) : exitCodes.done
}

interface Answers {
  readonly pairing: string
  readonly maildir: string
  readonly link: string
}

async function askAll(
  config: Config,
  account: string | undefined,
  at: {
    readonly input: NodeJS.ReadStream
    readonly output: NodeJS.WriteStream
    readonly signal: AbortSignal
  },
): Promise<Answers> {
  const { default: password } = await import('@inquirer/password')
  const { default: input } = await import('@inquirer/input')
  const { default: select } = await import('@inquirer/select')
  const pairing = await password(
    {
      message: 'The pairing string that packetboat device add printed at the endpoint (not shown):',
      validate: wrongPairing,
    },
    at,
  )
  const maildir = await input(
    {
      message: 'Where should the mail be? Mail that is there takes part.',
      default: usualMaildir(account),
    },
    at,
  )
  const link = await select(
    {
      message: 'Which line is it? Rate and price of it are guesses that you can correct in [link.NAME].',
      default: unnamedLink,
      choices: linkNames(config).map((name) => ({ value: name, name: linkWords(config, name) })),
    },
    at,
  )
  return { pairing: pairing.trim(), maildir, link }
}

/** True, or what is wrong: without the string. */
function wrongPairing(text: string): true | string {
  try {
    parsePairing(text)
    return true
  } catch (error) {
    return (error as Error).message
  }
}

function linkWords(config: Config, name: string): string {
  const { rate, price } = linkProfile(config, name)
  const known = [
    rate !== undefined && `${rate >= 1e6 ? `${rate / 1e6} Mbit/s` : `${rate / 1e3} kbit/s`}`,
    price && printPrice(price),
  ].filter((each) => typeof each === 'string')
  return known.length === 0 ? `${name}: packetboat measures it` : `${name}: ${known.join(', ')}`
}

/** Ctrl-C at a question ends all. Throws INTERRUPTED. */
async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    if (cause instanceof PacketboatError) throw cause
    throw new PacketboatError(
      'INTERRUPTED',
      'Stopped at a question.',
      'Run packetboat setup again; once it has set up the account, packetboat sync.',
      { cause },
    )
  }
}
