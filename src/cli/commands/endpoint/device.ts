import { existsSync } from 'node:fs'
import { PacketboatError } from '../../../errors/packetboat-error.js'
import { isLoopback } from '../../../link/loopback.js'
import { printPairing } from '../../../link/pairing.js'
import { declareDeviceLost, listDevices as listReplicas } from '../../../replica/devices.js'
import { readReplicaRecord } from '../../../replica/replica.js'
import { tables } from '../../../replica/tables.js'
import type { Database } from '../../../store/database.js'
import { openDatabase } from '../../../store/open-database.js'
import { openSqliteStore } from '../../../store/sqlite/sqlite-store.js'
import type { CommandContext } from '../../command-context.js'
import { pinOf } from '../../serving/endpoint-certificate.js'
import { addressForDevices, openDevices, readListening } from '../../serving/endpoint-files.js'
import { readerHints, readerLink } from '../../serving/reader-link.js'
import type { DataDir } from '../../settings/data-dir.js'
import { type EndpointSettings, endpointSettingsOf, parseAddress } from '../../settings/endpoint-settings.js'
import { type KnownReplica, linesForPeople, linesForScripts } from './device-lines.js'

interface Endpoint {
  readonly data: DataDir
  readonly settings: EndpointSettings
}

function openEndpoint(context: CommandContext): Endpoint {
  const open = context.open('endpoint')
  return { data: open.data, settings: endpointSettingsOf(open) }
}

/** `packetboat device add ACCOUNT NAME`: the pairing string, or for a browser the link, alone on stdout. */
export async function addDevice(
  context: CommandContext,
  account: string,
  name: string,
  options: { readonly address?: string; readonly tls?: boolean; readonly reader?: boolean },
): Promise<void> {
  const { output } = context
  const { data, settings } = openEndpoint(context)
  if (!(account in settings.accounts))
    throw new PacketboatError(
      'NOT_FOUND',
      `There is no account "${account}" in ${data.root}.`,
      `Add it first: packetboat account add ${account} maildir:PATH.`,
    )
  if (options.reader && options.tls)
    throw new PacketboatError('USAGE', 'A browser has no use for --tls.', 'Leave out --tls or --reader.')
  const listening = readListening(data)
  const address = reachableAddress(settings, options.address, listening?.address)
  const devices = await openDevices(data)
  try {
    const served = listening === undefined || listening.accounts.includes(account)
    if (options.reader) {
      const { device, token } = await devices.registry.addReader({ account, name })
      const link = readerLink(address, settings.plain && isLoopback(address.host), token)
      output.result({ event: 'device', id: device.id, account, name, link, served }, [link])
      await hint(context, () => readerHints(link))
    } else {
      const { device, secret } = await devices.registry.addDevice({ account, name })
      const common = { deviceId: device.id, secret, ...address, account }
      const pairing = settings.plain
        ? printPairing({ ...common, via: 'http', prefix: '' })
        : options.tls
          ? printPairing({ ...common, via: 'tls', prefix: '', ...pinOf(settings) })
          : printPairing({ ...common, via: 'psk' })
      output.result({ event: 'device', id: device.id, account, name, pairing, served }, [pairing])
      await hint(context, () => [
        'On the device, run these, and paste the line above when the first one asks for it:',
        '  packetboat init',
        '  packetboat sync',
      ])
    }
    if (options.reader && !settings.reader)
      output.warning('This endpoint does not serve the reader yet: start it with packetboat serve --reader.')
    if (!served)
      output.warning(
        `The running endpoint doesn't serve ${account} yet. It reads its settings within 5 seconds of a change; if they are wrong, its log says so.`,
      )
  } finally {
    await devices.close()
  }
}

/** The string or link alone is for scripts; whoever reads it on a terminal wants to know what to do with it. */
async function hint(
  { output, terminal }: CommandContext,
  lines: () => readonly string[] | Promise<readonly string[]>,
): Promise<void> {
  if (!terminal || output.json) return
  for (const line of await lines()) output.event({ event: 'hint' }, line)
}

/** Where devices reach the endpoint: the address that was given, else the one it listens on, unless that is every address. */
function reachableAddress(
  settings: EndpointSettings,
  option: string | undefined,
  listening: string | undefined,
): { host: string; port: number } {
  const text = option ?? settings.address ?? listening ?? addressForDevices(settings.listen)
  const address = parseAddress(text, 'address')
  if (address.port === 0 || ['0.0.0.0', '::'].includes(address.host))
    throw new PacketboatError(
      'USAGE',
      `Devices can't reach the endpoint as ${text}.`,
      'Give the address that devices use: packetboat device add ACCOUNT NAME --address HOST:PORT.',
    )
  return address
}

/** Pairings, and under each the replicas that have asked by it: how far they have heard, and who holds expunges back. */
export async function listDevices(context: CommandContext, account: string | undefined): Promise<void> {
  const endpoint = needAccounts(context, account)
  const devices = await openDevices(endpoint.data, { orToLook: true })
  try {
    const list = await devices.registry.listDevices(account)
    const replicas = await replicasOf(endpoint, account)
    const shown = list.map((device) => ({
      ...device,
      // The replica that asked last is the device as it is now; the others are from before its database was lost, or copies.
      replicas: replicas
        .filter(({ pairing }) => pairing === device.id)
        .sort((a, b) => (b.seenMs ?? 0) - (a.seenMs ?? 0)),
    }))
    const { columns } = context.output
    const lines = columns === undefined ? linesForScripts(shown) : linesForPeople(shown, columns)
    context.output.result(
      { event: 'devices', devices: shown },
      lines.length > 0
        ? lines
        : [
            `No device is paired yet: packetboat device add ACCOUNT NAME. If there were some, the disk of ${endpoint.data.root} may not be mounted.`,
          ],
    )
  } finally {
    await devices.close()
  }
}

/** Throws NOT_FOUND before anything is made in a directory that is no endpoint's. */
function needAccounts(context: CommandContext, account: string | undefined): Endpoint {
  const { data, settings } = openEndpoint(context)
  const { accounts } = settings
  if (account === undefined ? Object.keys(accounts).length === 0 : !(account in accounts))
    throw new PacketboatError(
      'NOT_FOUND',
      account === undefined
        ? `There is no endpoint in ${data.root}.`
        : `There is no account "${account}" in ${data.root}.`,
      'Name the data directory that packetboat serve uses: --data DIR.',
    )
  return { data, settings }
}

async function replicasOf({ data, settings }: Endpoint, only: string | undefined): Promise<KnownReplica[]> {
  const known: KnownReplica[] = []
  for (const account of Object.keys(settings.accounts)) {
    if (only !== undefined && account !== only) continue
    await withAccountDatabase(data, account, async (db) => {
      const { head } = await readReplicaRecord(db)
      const tombstones: number[] = []
      for await (const { key } of tables.tombstone.list(db)) tombstones.push(key[0])
      for (const device of await listReplicas(db)) {
        const { id, pairing, seenMs, lost = false, acknowledged, sentUpTo = 0 } = device
        const unsent = head - Math.max(acknowledged, Math.min(sentUpTo, head))
        const holdsBack = tombstones.filter((position) => position > acknowledged).length
        known.push({ account, id, pairing, seenMs, lost, behind: head - acknowledged, unsent, holdsBack })
      }
    })
  }
  return known
}

/** The database of an account, beside a running endpoint if there is one. Nothing is done where there is none yet. */
async function withAccountDatabase(
  data: DataDir,
  account: string,
  work: (db: Database) => Promise<void>,
): Promise<void> {
  const path = data.path('accounts', account, 'replica.db')
  if (!existsSync(path)) return
  const store = await openSqliteStore(path, { orToLook: true })
  try {
    const db = openDatabase(store, { conflictRetries: 10 })
    if (await tables.replica.has(db)) await work(db)
  } finally {
    await store.close()
  }
}

/** `packetboat device lost DEVICE`: nobody waits for it any more. If it comes back after all, it compares everything. */
export async function declareLostCommand(context: CommandContext, device: string): Promise<void> {
  const endpoint = needAccounts(context, undefined)
  const devices = await openDevices(endpoint.data)
  try {
    const list = await devices.registry.listDevices(undefined)
    const ids = new Set(list.filter(({ name, id }) => name === device || id === device).map(({ id }) => id))
    const found = (await replicasOf(endpoint, undefined)).filter(
      ({ id, pairing }) => id === device || (pairing !== undefined && ids.has(pairing)),
    )
    if (found.length === 0)
      throw new PacketboatError(
        'NOT_FOUND',
        `No device called ${device} has synced here.`,
        'packetboat device list shows them.',
      )
    await giveUp(endpoint.data, found)
    context.output.result({ event: 'lost', device, replicas: found.map(({ id }) => id) }, [
      `${device} counts as lost: nothing is kept for it any more. If it syncs again, it compares all its mail first. To shut it out, use packetboat device revoke.`,
    ])
  } finally {
    await devices.close()
  }
}

async function giveUp(data: DataDir, replicas: readonly KnownReplica[]): Promise<void> {
  for (const { account, id } of replicas)
    await withAccountDatabase(data, account, async (db) => {
      await db.transact((tx) => declareDeviceLost(tx, id))
    })
}

/** `packetboat device revoke DEVICE`: shut out, and so nobody waits for it either. */
export async function revokeDevice(
  context: CommandContext,
  device: string,
  account: string | undefined,
): Promise<void> {
  const endpoint = openEndpoint(context)
  const devices = await openDevices(endpoint.data)
  try {
    const revoked = await devices.registry.revokeDevice(device, account)
    const replicas = (await replicasOf(endpoint, revoked.account)).filter(
      ({ pairing }) => pairing === revoked.id,
    )
    await giveUp(endpoint.data, replicas)
    context.output.result({ event: 'revoked', id: revoked.id, name: revoked.name }, [
      `${revoked.name} (${revoked.id}) is shut out from now on, and nothing is kept for it any more.`,
    ])
  } finally {
    await devices.close()
  }
}
