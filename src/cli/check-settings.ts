import { PacketboatError } from '../errors/packetboat-error.js'
import { lineSettings, linkSettings } from '../link/line-settings.js'
import { linkProfile } from '../link/link-profile.js'
import type { Config, Origin, Problem } from '../settings/config.js'
import { ruleSettings } from './rule-settings.js'
import { scheduleSettings } from './schedule/schedule-settings.js'

/** All that is wrong with the settings, what is wrong between them too, in the order of the file's lines. */
export function allProblems(config: Config): Problem[] {
  const problems = [...config.problems, ...wrongLinks(config)]
  const lineOf = ({ message }: Problem): number => Number(/^[^\n]*?:(\d+): /.exec(message)?.[1] ?? 0)
  return problems.sort((a, b) => lineOf(a) - lineOf(b))
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
