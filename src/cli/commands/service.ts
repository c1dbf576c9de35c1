import { resolve } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import type { CommandContext } from '../command-context.js'
import type { CommonOptions } from '../command-line/toolkit.js'
import { scheduleSettings } from '../schedule/schedule-settings.js'
import { installationOf } from '../service/installation.js'
import type { Invocation, ServiceKind } from '../service/service-files.js'
import { noClient } from '../settings/client-settings.js'
import { endpointSettings } from '../settings/endpoint-settings.js'

export interface ServiceOptions extends CommonOptions {
  /** The endpoint of this machine, instead of its client. */
  readonly endpoint?: boolean
}

/** `packetboat service install`: has systemd, or cron, run the client or the endpoint of this user by itself. */
export async function installService(context: CommandContext, options: ServiceOptions): Promise<void> {
  const kind = kindOf(context, options)
  const how: Invocation = {
    program: [process.execPath, ...process.execArgv, resolve(process.argv[1] ?? '')],
    options: [
      ...(options.config === undefined ? [] : ['--config', resolve(options.config)]),
      ...(options.data === undefined ? [] : ['--data', resolve(options.data)]),
    ],
  }
  if ([...how.program, ...how.options].some((word) => /[\n\r]/.test(word)))
    throw new PacketboatError(
      'USAGE',
      'A path with a line break can stand in no unit and no crontab.',
      'Choose another place with --data DIR or -c FILE.',
    )
  const installation = await installationOf(context.env, { toInstall: true })
  const { lines, files } = await installation.install(kind, how)
  context.output.result({ event: 'installed', kind, files }, lines)
}

/** `packetboat service remove`: what `install` wrote, and nothing else. */
export async function removeService({ env, output }: CommandContext): Promise<void> {
  const removed = await (await installationOf(env)).remove()
  output.result(
    { event: 'removed', removed },
    removed.length > 0 ? removed.map((each) => `Removed: ${each}`) : [nothing],
  )
}

/** `packetboat service show`: what runs by itself, and how it is. */
export async function showService({ env, output }: CommandContext): Promise<void> {
  const services = await (await installationOf(env)).show()
  output.result({ event: 'services', services }, services.length > 0 ? services : [nothing])
}

const nothing = 'packetboat service install has written nothing here.'

/** What the settings make of it. Throws CONFIG where what is to run isn't set up. */
function kindOf(context: CommandContext, { endpoint = false }: ServiceOptions): ServiceKind {
  if (endpoint) {
    const { config, path } = context.open('endpoint')
    if (Object.keys(config.values(endpointSettings).accounts).length > 0) return 'serve'
    throw new PacketboatError(
      'CONFIG',
      `No endpoint is set up in ${path}.`,
      'Set it up first: packetboat setup, or packetboat account add NAME maildir:PATH.',
    )
  }
  const open = context.open('client')
  const { config, accounts } = open
  if (accounts.size === 0) throw noClient(open)
  return config.named(scheduleSettings).size > 0 ? 'schedule' : 'hourly'
}
