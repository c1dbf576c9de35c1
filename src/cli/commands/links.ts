import { estimate } from '../../link/profile/estimate.js'
import { linkNames, linkProfile } from '../../link/profile/link-profile.js'
import { printPrice } from '../../settings/price.js'
import { durationUnits, printQuantity, rateUnits } from '../../settings/quantity.js'
import { getMeasuredLine } from '../../sync/measured-line.js'
import { formatMoney, formatSeconds } from '../../told/sizes.js'
import type { CommandContext } from '../command-context.js'
import { openClient } from '../session/client-session.js'
import { otherAccounts } from '../session/each-account.js'
import { chosenLink } from '../sync-run/chosen-policy.js'

/** What the examples of `packetboat links` are about. */
const sampleBytes = 100_000

/** `packetboat links`: the profiles, what was measured on each, what 100 kB would take, and which one it is now. */
export async function linksCommand(context: CommandContext): Promise<void> {
  const session = await openClient(context, { beside: true })
  try {
    const { config } = session.open
    const chosen = await chosenLink(session.open, context.signal)
    const rows = []
    for (const name of linkNames(config)) {
      const profile = linkProfile(config, name)
      const measured = await getMeasuredLine(session.account.replica.db, name)
      rows.push({
        ...profile,
        chosen: name === chosen.name,
        measured,
        sample: estimate(0, sampleBytes, profile, measured),
      })
    }
    context.output.result({ event: 'links', links: rows }, [
      ...rows.map(({ name, chosen: isChosen, rate, latencyMs, price, measured, sample }) => {
        const known = [
          rate !== undefined && rateText(rate),
          latencyMs !== undefined && printQuantity(latencyMs, durationUnits, ['ms', 's']),
          price && printPrice(price),
        ]
        const found = [
          measured?.bitsPerSecond !== undefined && rateText(Math.round(measured.bitsPerSecond)),
          measured?.latencyMs !== undefined && `${Math.round(measured.latencyMs)} ms`,
        ]
        const takes = [
          sample.seconds !== undefined && formatSeconds(sample.seconds),
          sample.cost && formatMoney(sample.cost),
        ]
        const list = (words: readonly (string | false | undefined)[]): string =>
          words.filter(Boolean).join(', ')
        const parts = [
          list(known) || (list(found) ? '' : 'nothing is known of it yet'),
          list(found) && `measured ${list(found)}`,
          list(takes) && `100 kB: ${list(takes)}`,
        ]
        return `${isChosen ? '*' : ' '} ${name.padEnd(15)} ${parts.filter(Boolean).join('; ')}`
      }),
      ...otherAccounts(context),
    ])
  } finally {
    await session.close()
  }
}

const rateText = (bits: number): string => printQuantity(bits, rateUnits, ['bit/s', 'kbit/s', 'Mbit/s'])
