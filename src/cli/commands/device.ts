import { PacketboatError } from '../../errors/packetboat-error.js'
import type { Device } from '../../link/device-registry.js'
import { printPairing } from '../../link/pairing.js'
import type { CommandContext } from '../command-context.js'
import { readFileIfThere } from '../data-dir.js'
import { pinOf } from '../endpoint-certificate.js'
import { type EndpointSettings, parseAddress, readEndpointSettings } from '../endpoint-settings.js'
import { listeningFile, openDevices } from './serve.js'

/** `packetboat device add ACCOUNT NAME`: the pairing string alone on stdout. */
export async function addDevice(
  context: CommandContext,
  account: string,
  name: string,
  options: { readonly address?: string; readonly tls?: boolean },
): Promise<void> {
  const { data, output } = context
  const settings = readEndpointSettings(data)
  if (!(account in settings.accounts))
    throw new PacketboatError(
      'NOT_FOUND',
      `There is no account "${account}" in ${data.root}.`,
      `Start the endpoint with it first: packetboat serve --data DIR --account ${account}=maildir:PATH.`,
    )
  const { host, port } = reachableAddress(settings, options.address, readFileIfThere(listeningFile(data)))
  const devices = await openDevices(data)
  try {
    const { device, secret } = await devices.registry.addDevice({ account, name })
    const common = { deviceId: device.id, secret, host, port, account }
    const pairing = settings.plain
      ? printPairing({ ...common, via: 'http', prefix: '' })
      : options.tls
        ? printPairing({ ...common, via: 'tls', prefix: '', ...pinOf(settings) })
        : printPairing({ ...common, via: 'psk' })
    output.result({ event: 'device', id: device.id, account, name, pairing }, [pairing])
  } finally {
    await devices.close()
  }
}

/** Where devices reach the endpoint: as told, else where it listens, unless that is everywhere. */
function reachableAddress(
  settings: EndpointSettings,
  option: string | undefined,
  listening: string | undefined,
): { host: string; port: number } {
  const text = option ?? settings.address ?? listening ?? settings.listen
  const address = parseAddress(text, 'address')
  if (address.port === 0 || ['0.0.0.0', '::'].includes(address.host))
    throw new PacketboatError(
      'USAGE',
      `Devices can't reach the endpoint as ${text}.`,
      'Say under which name they do: packetboat device add ACCOUNT NAME --address HOST:PORT.',
    )
  return address
}

export async function listDevices(context: CommandContext, account: string | undefined): Promise<void> {
  const devices = await openDevices(context.data)
  try {
    const list = await devices.registry.listDevices(account)
    const lines = list.map((device) => `${device.account}\t${device.name}\t${device.id}\t${stateOf(device)}`)
    context.output.result({ event: 'devices', devices: list }, lines)
  } finally {
    await devices.close()
  }
}

function stateOf(device: Device): string {
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
  if (device.revokedMs !== undefined) return `revoked ${day(device.revokedMs)}`
  return device.seenMs === undefined ? 'never seen' : `last seen ${day(device.seenMs)}`
}

export async function revokeDevice(
  context: CommandContext,
  device: string,
  account: string | undefined,
): Promise<void> {
  const devices = await openDevices(context.data)
  try {
    const revoked = await devices.registry.revokeDevice(device, account)
    context.output.result({ event: 'revoked', id: revoked.id, name: revoked.name }, [
      `${revoked.name} (${revoked.id}) is shut out from now on.`,
    ])
  } finally {
    await devices.close()
  }
}
