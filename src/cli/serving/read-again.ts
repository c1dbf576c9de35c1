import { PacketboatError } from '../../errors/packetboat-error.js'
import type { CommandContext } from '../command-context.js'
import { type EndpointSettings, endpointSettingsOf } from '../settings/endpoint-settings.js'
import { noFile } from '../settings/open-config.js'
import type { ServeLog } from './serve-log.js'

/** How often a running endpoint looks whether its settings, or the files that they name, have changed, ms. A change is heeded at the second look. */
export const changeLookMs = 2000

/** Tells a person who has just changed settings when they take effect. */
export const heededSoon = 'A running endpoint heeds it within 5 seconds.'

/** The settings as they are now; undefined, and the old ones stay, where they are wrong. Says what of them takes a restart. */
export function readSettingsAgain(
  context: CommandContext,
  log: ServeLog,
  before: EndpointSettings,
): EndpointSettings | undefined {
  try {
    const open = context.open('endpoint')
    if (!open.isThere) throw noFile(open.path)
    const now = endpointSettingsOf(open)
    // What a full disk or an editor that died leaves: nobody's wish.
    if (Object.keys(now.accounts).length === 0 && Object.keys(open.config.document?.root ?? {}).length === 0)
      throw new PacketboatError('CONFIG', `${open.path} is empty.`, 'Restore it from a copy.')
    for (const name of ['listen', 'plain', 'log', 'metrics', 'metricsByAccount'] as const)
      if (String(now[name]) !== String(before[name]))
        log.line('warning', `${name} has changed; that takes a restart.`)
    return now
  } catch (error) {
    log.error(error)
    log.line('warning', 'The endpoint goes on with the settings that it had.')
    return undefined
  }
}
