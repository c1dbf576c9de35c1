import { PacketboatError } from '../../errors/packetboat-error.js'
import { parsePairing } from '../../link/pairing.js'
import { linkNames, linkProfile, unnamedLink } from '../../link/profile/link-profile.js'
import type { Config } from '../../settings/config.js'
import { printText } from '../../settings/kind.js'
import { parsePrice, priceWords, printPrice } from '../../settings/price.js'
import type { CommandContext } from '../command-context.js'
import { exitCodes } from '../exit-codes.js'
import { checkPairing } from '../session/check-pairing.js'
import { changeSettings } from '../settings/change-settings.js'
import { usualMaildir } from '../settings/client-settings.js'
import { dryRunWords } from '../sync-run/dry-run-words.js'
import { forecastFirstSync } from './forecast-sync.js'
import { allButSpam, pickMailboxes } from './pick-mailboxes.js'
import { type Asking, asked } from './questions.js'

/** Runs another command line, for the same account and place, and gives its exit code. */
export type Run = (words: readonly string[]) => Promise<number>

/** Asks for what `packetboat init` needs, tries the line meanwhile, and has `init` do it. Nothing is written before the last of these questions. */
export async function pairClient(context: CommandContext, run: Run, at: Asking): Promise<number> {
  const { config, account } = context.load('client')
  const { pairing, maildir, link, price } = await asked(
    () => askAll(context, config, account, at),
    'Nothing was changed.',
    'packetboat setup begins again.',
  )
  const exit = await run(['init', pairing, `--maildir=${maildir}`, '--no-check'])
  if (exit !== exitCodes.done) return exit
  await changeSettings(context, 'client', [
    ...(link === unnamedLink ? [] : [{ key: ['defaultLink'], toml: printText(link) }]),
    ...(price === '' ? [] : [{ key: ['link', link, 'price'], toml: printText(price) }]),
  ])
  return exitCodes.done
}

/** Lets the person of a client that has never synced choose mailboxes, says what that costs, and starts the first sync. */
export async function beginSyncing(context: CommandContext, run: Run, at: Asking): Promise<number> {
  const interruptible = <T>(ask: () => Promise<T>): Promise<T> =>
    asked(
      ask,
      'The account is set up, and nothing was fetched yet.',
      'packetboat setup goes on from here; packetboat sync fetches the mail.',
    )
  const forecast = await forecastFirstSync(context)
  const { report, only } = await interruptible(() => pickMailboxes(forecast, allButSpam, at))
  if (only !== undefined)
    await changeSettings(context, 'client', [
      { key: ['mailboxes'], toml: `[${only.map(printText).join(', ')}]` },
    ])
  context.output.result({ event: 'dry-run', ...report }, dryRunWords(report))
  const { default: confirm } = await import('@inquirer/confirm')
  const goes = await interruptible(() => confirm({ message: 'Start the first sync now?', default: true }, at))
  if (goes) return run(['sync'])
  context.output.result({ event: 'set-up' }, ['packetboat sync fetches the mail whenever you want.'])
  return exitCodes.done
}

interface Answers {
  readonly pairing: string
  readonly maildir: string
  /** The name of its profile. */
  readonly link: string
  /** Empty where it isn't known. */
  readonly price: string
}

async function askAll(
  context: CommandContext,
  config: Config,
  account: string | undefined,
  at: Asking,
): Promise<Answers> {
  const { default: input } = await import('@inquirer/input')
  const { default: select } = await import('@inquirer/select')
  const pairing = await askPairing(context, at)
  const maildir = await input(
    {
      message: 'Where should the mail be? Mail that is there takes part.',
      default: usualMaildir(account, context.env),
    },
    at,
  )
  const link = await select(
    {
      message: 'Which line is it? Its rate is a guess that you can correct in [link.NAME].',
      default: unnamedLink,
      choices: linkNames(config).map((name) => ({ value: name, name: linkWords(config, name) })),
    },
    at,
  )
  const { price } = linkProfile(config, link)
  const typed = await input(
    {
      message: 'What does it cost? "1.20 USD/min", "4 EUR/MB" (just Enter: nothing, or not known)',
      default: price && printPrice(price),
      validate: (text: string) => text.trim() === '' || isPrice(text) || `It should be ${priceWords}.`,
    },
    at,
  )
  return { pairing, maildir, link, price: typed.trim() }
}

/** Asks until the endpoint knows the string, or can't be asked: many set up at home what is used at sea. */
async function askPairing({ output, signal }: CommandContext, at: Asking): Promise<string> {
  const { default: password } = await import('@inquirer/password')
  for (;;) {
    // Not by the question's own check, which leaves a wrong line in place: what is pasted next would go behind it, unseen.
    const pairing = await password(
      { message: 'The pairing string that packetboat device add printed at the endpoint (not shown):' },
      at,
    )
    try {
      const { account, roundTripMs, unreachable } = await checkPairing(parsePairing(pairing), signal)
      if (unreachable === undefined)
        output.event(
          { event: 'checked', account },
          `The endpoint answers${roundTripMs === undefined ? '' : ` after ${Math.round(roundTripMs)} ms`}, and knows this machine as a device of the account ${account}.`,
        )
      else output.warning(`The line was not tested: ${unreachable} The first sync will tell.`)
      return pairing.trim()
    } catch (error) {
      // A pairing string that is none, or that the endpoint refuses, is asked for again.
      if (!(error instanceof PacketboatError) || signal.aborted) throw error
      output.error(error)
    }
  }
}

function isPrice(text: string): boolean {
  try {
    parsePrice(text)
    return true
  } catch {
    return false
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
