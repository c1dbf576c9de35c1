import { PacketboatError } from '../../errors/packetboat-error.js'
import { type Config, describeOrigin, type Origin } from '../../settings/config.js'
import { nearestName } from '../../settings/nearest-name.js'
import type { Price, Step } from '../../settings/price.js'
import type { Setting, WrittenOf } from '../../settings/section.js'
import { lineSettings, linkSettings } from './line-settings.js'

/** What is known of the link that a run goes over. */
export interface LinkProfile {
  readonly name: string
  readonly interfaces: readonly string[]
  /** Bits a second, undefined where nobody has said. */
  readonly rate: number | undefined
  /** The same upwards. */
  readonly rateUp: number | undefined
  /** A round trip. */
  readonly latencyMs: number | undefined
  readonly price: Price | undefined
  readonly billingStep: Step | undefined
  /** Never more than so many bits a second in either direction. */
  readonly limitRate: number | undefined
  readonly connectTimeoutMs: number
  readonly stallTimeoutMs: number
  readonly giveUpAfterMs: number
}

/** The profile of a line of which nobody has said anything. */
export const unnamedLink = 'default'

/** The names of all profiles: those in the file first, in its order. */
export function linkNames(config: Config): string[] {
  return [
    ...new Set([
      ...config.named(linkSettings).keys(),
      ...Object.keys(linkSettings.builtIn ?? {}),
      unnamedLink,
    ]),
  ]
}

/**
 * A profile by its name. For each setting, the first of these counts that has it: the command line and the
 * environment, `[link.NAME]`, the top of the file, the built-in profile, the default. Throws CONFIG when
 * there is no such profile, or USAGE if the command line named it; `saidBy` is who named it.
 */
export function linkProfile(config: Config, name: string, saidBy?: Origin): LinkProfile {
  const written = config.named(linkSettings).get(name) ?? {}
  const builtIn = builtInLink(name) ?? builtInLink(written.like)
  if (!linkNames(config).includes(name)) throw noLink(name, linkNames(config), saidBy)
  if (written.like !== undefined && !builtInLink(written.like))
    throw noLink(
      written.like,
      Object.keys(linkSettings.builtIn ?? {}),
      config.namedOrigin(linkSettings, name, 'like'),
    )
  const link = { ...builtIn, ...written }
  const top = config.values(lineSettings)
  const first = <T>(setting: Setting<T>, said: T, own: T | undefined, standard: T | undefined): T => {
    const { from } = config.origin(setting)
    if (from === 'command line' || from === 'environment') return said
    return own ?? (from === 'file' ? said : (standard ?? said))
  }
  const { settings } = lineSettings
  const { limitRate, connectTimeout, stallTimeout, giveUpAfter } = settings
  return {
    name,
    interfaces: link.interfaces ?? [],
    rate: link.rate,
    rateUp: link.rateUp ?? written.rate ?? link.rate,
    latencyMs: link.latency,
    price: link.price,
    billingStep: link.billingStep,
    limitRate: first<number | undefined>(limitRate, top.limitRate, written.limitRate, builtIn?.limitRate),
    connectTimeoutMs: first(
      connectTimeout,
      top.connectTimeout,
      written.connectTimeout,
      builtIn?.connectTimeout,
    ),
    stallTimeoutMs: first(stallTimeout, top.stallTimeout, written.stallTimeout, builtIn?.stallTimeout),
    giveUpAfterMs: first(giveUpAfter, top.giveUpAfter, written.giveUpAfter, builtIn?.giveUpAfter),
  }
}

function builtInLink(name: string | undefined): WrittenOf<typeof linkSettings.settings> | undefined {
  const { builtIn = {} } = linkSettings
  return name !== undefined && Object.hasOwn(builtIn, name) ? builtIn[name] : undefined
}

function noLink(name: string, names: readonly string[], saidBy: Origin | undefined): PacketboatError {
  const meant = nearestName(name, names)
  return new PacketboatError(
    saidBy?.from === 'command line' ? 'USAGE' : 'CONFIG',
    `${saidBy ? `${describeOrigin(saidBy)}: there` : 'There'} is no link profile "${name}".`,
    meant === undefined ? `There is ${names.join(', ')}.` : `Did you mean "${meant}"?`,
  )
}
