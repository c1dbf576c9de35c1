import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { isLoopback } from '../../link/loopback.js'
import { listDevices } from '../../replica/devices.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import { counted, formatAgo } from '../../told/sizes.js'
import type { CommandContext } from '../command-context.js'
import { addressForDevices, openDevices, readListening } from '../serving/endpoint-files.js'
import { openMailStore } from '../session/mail-store-place.js'
import { dataDirAt } from '../settings/data-dir.js'
import { type EndpointSettings, mailStoreOf, parseAddress } from '../settings/endpoint-settings.js'
import { checkCertificate } from './check-certificate.js'
import { checkDatabase, lookForProblems } from './check-database.js'
import { checkDataDir, checkMaildir } from './check-folders.js'
import type { Findings } from './findings.js'

/** A device that hasn't asked for so long may have trouble, ms. */
const silentMs = 30 * 86_400_000

/** The endpoint as a whole: its folder, whether it runs, where devices reach it, its certificate, and its devices. */
export async function checkEndpoint(
  found: Findings,
  settings: EndpointSettings,
  { root, offline }: { readonly root: string; readonly offline: boolean },
): Promise<void> {
  const data = dataDirAt(root)
  await checkDataDir(found, root)
  const running = readListening(data)
  if (running) found.ok('serve', `The process ${running.pid} listens on ${running.address}.`)
  else found.note('serve', 'The endpoint does not run.', 'Start it: packetboat serve')
  await found.attempt('address', () => checkAddress(found, settings, running?.address, offline))
  if (settings.plain)
    found.note('encryption', 'The endpoint speaks plain HTTP: a proxy before it has to encrypt.')
  else await checkCertificate(found, settings, Date.now())
  await checkDatabase(found, data.path('devices.db'), async () => {
    const devices = await openDevices(data, { orToLook: true })
    const list = await devices.registry.listDevices(undefined).finally(() => devices.close())
    const active = list.filter(({ revokedMs }) => revokedMs === undefined)
    const silent = active.filter(({ seenMs }) => seenMs !== undefined && Date.now() - seenMs > silentMs)
    if (active.length === 0)
      found.note(
        'devices',
        'No device is paired.',
        `Pair one: packetboat device add ACCOUNT NAME. If there were some, the disk of ${data.root} may not be mounted.`,
      )
    else found.ok('devices', `${counted(active.length, 'device')} can sync.`)
    for (const { account, name, seenMs = 0 } of silent)
      found.note(
        'devices',
        `${account} ${name} asked last ${formatAgo(Date.now() - seenMs)}.`,
        'If it is gone for good: packetboat device revoke NAME',
      )
  })
}

/** Whether devices on other machines can reach what the settings say, as far as this machine can tell. */
async function checkAddress(
  found: Findings,
  settings: EndpointSettings,
  listening: string | undefined,
  offline: boolean,
): Promise<void> {
  const { address, plain } = settings
  const about = 'address'
  // A socket that systemd hands over goes before what the settings say.
  const listen = listening ?? addressForDevices(settings.listen)
  const at = parseAddress(listen, 'listen')
  if (isLoopback(at.host) && !plain)
    found.note(
      about,
      `The endpoint listens on ${listen} only: devices on other machines can't reach it.`,
      `Unless something on this machine forwards to it, start it with --listen ${at.host.includes(':') ? '[::]' : '0.0.0.0'}:${at.port}`,
    )
  else found.ok(about, `It listens on ${listen}.`)
  if (address === undefined) {
    if (['0.0.0.0', '::'].includes(at.host))
      found.note(
        about,
        'No address is set for devices.',
        'Set it once: packetboat serve --address HOST:PORT, or name it with each packetboat device add.',
      )
    return
  }
  const { host } = parseAddress(address, about)
  if (offline && !isIP(host)) return
  const addresses = await lookup(host, { all: true }).catch(() => [])
  if (addresses.length === 0)
    return found.wrong(
      about,
      `Devices use ${address}, and ${host} has no address.`,
      'Correct the name, or DNS.',
    )
  const own = new Set(
    Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map((one) => one.address)),
  )
  const theirs = addresses.map((each) => each.address)
  if (theirs.some((each) => own.has(each))) found.ok(about, `${host} is this machine.`)
  else
    found.note(
      about,
      `Devices use ${address}, which is ${theirs.join(', ')}: none of this machine's addresses.`,
      'If a router or proxy is there, it has to forward that port to this machine.',
    )
  const inner = theirs.find(isPrivate)
  if (inner !== undefined)
    found.note(
      about,
      `${inner} works only within its own network.`,
      'For devices elsewhere a public address is needed.',
    )
}

/** RFC 1918, RFC 6598 (behind a provider's NAT), RFC 3927, RFC 4193, RFC 4291 2.5.6. */
export function isPrivate(address: string): boolean {
  return /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i.test(
    address,
  )
}

/** More log entries than this that a device has yet to hear of. */
const farBehind = 10_000

/** One account of an endpoint: its mail, its database, and how far its devices are. */
export async function checkAccount(
  found: Findings,
  { signal }: Pick<CommandContext, 'signal'>,
  settings: EndpointSettings,
  { root, name, offline }: { readonly root: string; readonly name: string; readonly offline: boolean },
): Promise<void> {
  const data = dataDirAt(root)
  const place = mailStoreOf(settings, name)
  const folder = data.path('accounts', name)
  if (place.kind === 'maildir') await checkMaildir(found, place, folder, signal)
  else if (!offline)
    await found.attempt('IMAP', async () => {
      const store = await openMailStore(place, folder)
      try {
        await store.mailboxes(signal)
      } finally {
        await store.close?.()
      }
      found.ok('IMAP', 'The server takes the login and lists mailboxes.')
    })
  await checkDatabase(found, data.path('accounts', name, 'replica.db'), async (db) => {
    await lookForProblems(found, db)
    if (!(await tables.replica.has(db))) return
    const { head } = await readReplicaRecord(db)
    for (const { id, lost = false, acknowledged, sentUpTo = 0 } of await listDevices(db))
      if (!lost && head - Math.max(acknowledged, sentUpTo) > farBehind)
        found.note(
          'devices',
          `A device (${id}) has yet to hear of more than ${farBehind} changes.`,
          'packetboat device list says which. If it is gone for good: packetboat device lost ID',
        )
  })
}
