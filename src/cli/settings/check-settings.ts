import { PacketboatError } from '../../errors/packetboat-error.js'
import { lineSettings, linkSettings } from '../../link/profile/line-settings.js'
import { linkNames, linkProfile } from '../../link/profile/link-profile.js'
import { type Config, describeOrigin, type Origin, type Problem } from '../../settings/config.js'
import type { Money } from '../../settings/price.js'
import { scheduleSettings } from '../schedule/schedule-settings.js'
import { budgetSettings } from './budget-settings.js'
import { clientSettings, windowsOf } from './client-settings.js'
import { misplacedKeep, ruleSettings } from './rule-settings.js'

/** Everything that is wrong with the settings, also in combination, in the order of the file's lines. */
export function allProblems(config: Config): Problem[] {
  const links = wrongLinks(config)
  const budgets = links.length > 0 ? [] : unpricedBudgets(config)
  return byLine([...config.problems, ...links, ...budgets, ...misplacedKeep(config)])
}

/** Sorts problems by the lines that they name. */
export function byLine(problems: readonly Problem[]): Problem[] {
  const lineOf = ({ message }: Problem): number => Number(/^[^\n]*?:(\d+): /.exec(message)?.[1] ?? 0)
  return [...problems].sort((a, b) => lineOf(a) - lineOf(b))
}

/** Budgets in money for links of which no price is known: every such run would be refused. */
function unpricedBudgets(config: Config): Problem[] {
  const priced = (link: string, currency: string): boolean =>
    linkProfile(config, link).price?.currency === currency
  const look = (
    maxCost: Money | undefined,
    link: string | undefined,
    saidBy: Origin | undefined,
  ): Problem[] => {
    if (!maxCost || !saidBy) return []
    const { currency } = maxCost
    const links = link === undefined ? linkNames(config) : [link]
    if (links.some((name) => priced(name, currency))) return []
    const of = link === undefined ? 'no link has a price' : `the link "${link}" has no price`
    return [
      {
        code: 'CONFIG',
        message: `${describeOrigin(saidBy)}: maxCost is in ${currency}, and ${of} in it.`,
        next: `Say what the link costs: [link.${link ?? 'NAME'}] price = "1.20 ${currency}/min", or "4 ${currency}/MB".`,
      },
    ]
  }
  const { maxCost } = config.values(budgetSettings)
  const said = config.origin(budgetSettings.settings.maxCost)
  return [
    // What the command line says is for a link that is only known when it is dialled.
    ...(said.from === 'command line' ? [] : look(maxCost, undefined, said)),
    ...[...config.named(scheduleSettings)].flatMap(([name, { maxCost, link }]) =>
      look(maxCost, link, config.namedOrigin(scheduleSettings, name, 'maxCost')),
    ),
  ]
}

/** Settings that name a link profile that isn't there, each once. */
function wrongLinks(config: Config): Problem[] {
  const found = new Map<string, Problem>()
  const look = (name: string | undefined, saidBy: Origin | undefined): void => {
    if (name === undefined) return
    try {
      linkProfile(config, name, saidBy)
    } catch (error) {
      if (!(error instanceof PacketboatError)) throw error
      const { message, next, code } = error
      found.set(message, { code: code === 'USAGE' ? 'USAGE' : 'CONFIG', message, next })
    }
  }
  const { defaultLink } = config.values(lineSettings)
  look(defaultLink, config.origin(lineSettings.settings.defaultLink))
  for (const name of config.named(linkSettings).keys()) look(name, undefined)
  for (const [name, { link }] of config.named(scheduleSettings))
    look(link, config.namedOrigin(scheduleSettings, name, 'link'))
  for (const [name, { links = [] }] of config.named(ruleSettings))
    for (const link of links) look(link, config.namedOrigin(ruleSettings, name, 'links'))
  return [...found.values()]
}

/** Why no mail can leave this disk, whatever `evict` says; undefined where some may. */
export function whyNothingLeaves(config: Config): string | undefined {
  const links = linkNames(config)
  const keepAll = links.filter((link) => windowsOf(config, link).every(({ keep }) => keep === 'all'))
  if (keepAll.length === 0) return undefined
  return keepAll.length === links.length
    ? 'keep says nothing but "all", so no mail is older than that, and none can leave this disk'
    : `keep is "all" on the link ${keepAll.map((link) => `"${link}"`).join(' and ')}, so no mail is older than keep says on every link, and none can leave this disk`
}

/** Throws CONFIG where by hand nothing could go either. */
export function checkSomeLeave(config: Config): void {
  const why = whyNothingLeaves(config)
  if (why !== undefined)
    throw new PacketboatError(
      'CONFIG',
      `${why[0]?.toUpperCase()}${why.slice(1)}.`,
      'Say how much to keep here: packetboat config set keep "90 days".',
    )
}

/** Settings that do nothing, since `keep` leaves nothing out. */
export function idleEviction(config: Config): string[] {
  const { evict, diskBudget } = config.values(clientSettings)
  const set = Object.entries({ evict, diskBudget }).filter(([, value]) => value !== undefined)
  const why = set.length > 0 && whyNothingLeaves(config)
  return why ? [`${set.map(([name]) => name).join(' and ')}: ${why}.`] : []
}
