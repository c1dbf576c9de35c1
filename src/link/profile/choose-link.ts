import type { Config } from '../../settings/config.js'
import type { Command } from '../../settings/kind.js'
import { lineSettings } from './line-settings.js'
import { type LinkProfile, linkNames, linkProfile, unnamedLink } from './link-profile.js'

/** The network of this machine as it is now. */
export interface NetworkState {
  /** Interfaces that are up. */
  readonly up: readonly string[]
  /** Interfaces with a default route; the one that is used comes first. */
  readonly defaultRoute: readonly string[]
}

/** What a choice needs to know of the world. */
export interface LinkWorld {
  /** What a command prints. */
  readonly run: (command: Command) => Promise<string>
  readonly network: () => NetworkState
}

/**
 * The profile of the link that is up: the one that the command line or the environment names; else the one
 * that the command in the settings names; else one whose interface has the default route, or else is up; else
 * the file's `defaultLink`. Throws CONFIG when the one named doesn't exist, and what the command throws.
 */
export async function chooseLink(config: Config, world: LinkWorld): Promise<LinkProfile> {
  const { defaultLink, linkCommand } = config.values(lineSettings)
  const { settings } = lineSettings
  const saidBy = config.origin(settings.defaultLink)
  const isForNow = saidBy.from === 'command line' || saidBy.from === 'environment'
  if (defaultLink !== undefined && isForNow) return linkProfile(config, defaultLink, saidBy)
  const printed = linkCommand && (await world.run(linkCommand)).trim()
  if (printed) return linkProfile(config, printed, config.origin(settings.linkCommand))
  return byInterface(config, world) ?? linkProfile(config, defaultLink ?? unnamedLink, saidBy)
}

function byInterface(config: Config, world: LinkWorld): LinkProfile | undefined {
  const profiles = linkNames(config)
    .map((name) => linkProfile(config, name))
    .filter(({ interfaces }) => interfaces.length > 0)
  // Without such profiles there is nothing to look for.
  if (profiles.length === 0) return undefined
  const { up, defaultRoute } = world.network()
  for (const name of defaultRoute) {
    const profile = profiles.find(({ interfaces }) => interfaces.some((pattern) => matches(pattern, name)))
    if (profile) return profile
  }
  return profiles.find(({ interfaces }) =>
    interfaces.some((pattern) => up.some((name) => matches(pattern, name))),
  )
}

/** `wwan*` is every interface whose name begins so. */
function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name
}
