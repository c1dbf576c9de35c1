import { PacketboatError } from '../../errors/packetboat-error.js'
import { linkNames } from '../../link/profile/link-profile.js'
import type { Config } from '../../settings/config.js'
import { clientSettings, windowsOf } from './client-settings.js'

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
