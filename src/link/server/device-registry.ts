import { timingSafeEqual } from 'node:crypto'
import { equalBytes } from '../../bytes/concat.js'
import { toHex } from '../../bytes/hex.js'
import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import type { Database, Transaction } from '../../store/database.js'
import { defineTable } from '../../store/table.js'
import { deriveDeviceKeys, hashBearer } from '../device-keys.js'
import { checkDeviceName } from './device-name.js'

/** One device of an account, as an endpoint knows it. */
export interface Device {
  /** 16 lower-case hex digits, random; the identity in the TLS handshake. */
  readonly id: string
  readonly account: string
  /** Unique among the account's devices that are not revoked. */
  readonly name: string
  readonly addedMs: number
  /** A revoked device stays listed, so that its owner can see that it is shut out. */
  readonly revokedMs?: number
  /** When it was last heard of. Only shown. */
  readonly seenMs?: number
  /** Until when the link opens that pairs it, for a browser that isn't paired yet. */
  readonly linkUntilMs?: number
}

/**
 * Which devices may speak for which account. Several processes may work on the same database: the running
 * endpoint, and a `packetboat device add` beside it.
 */
export interface DeviceRegistry {
  /** Makes a device. The secret (32 bytes) is nowhere else: it can't be asked for again. Throws USAGE. */
  addDevice(device: {
    readonly account: string
    readonly name: string
  }): Promise<{ readonly device: Device; readonly secret: Uint8Array }>
  /** Makes a device that is to be a browser. The token pairs it once, within a day, and is nowhere else. Throws USAGE. */
  addReader(device: {
    readonly account: string
    readonly name: string
  }): Promise<{ readonly device: Device; readonly token: string }>
  /** Takes a link's token for the one in the browser's cookie. Undefined for a link that was used, is too old, or was revoked. Fresh. */
  openLink(token: string): Promise<{ readonly device: Device; readonly cookie: string } | undefined>
  /** The browser with this token in its cookie, unless it is revoked. Fresh. */
  findByCookie(token: string): Promise<Device | undefined>
  /** All devices, or those of one account, revoked ones too; sorted by account, then by when they were added. */
  listDevices(account?: string): Promise<readonly Device[]>
  /** Shuts a device out and forgets its keys. Throws NOT_FOUND, or USAGE when two accounts have a device of that name. */
  revokeDevice(nameOrId: string, account?: string): Promise<Device>
  /**
   * Reads what other processes have changed. After it returns, `pskFor` and `activeDevice` know every device
   * that was added before the call, and none that was revoked before it. Costs one read when nothing has
   * changed.
   */
  refresh(): Promise<void>
  /** Whether there was ever a device. Fresh. */
  hadDevices(): Promise<boolean>
  /** The device with this token, unless it is revoked. Fresh. */
  findByBearer(token: string): Promise<Device | undefined>
  /** The pre-shared key of a device, unless it is revoked: as of the last `refresh`, since a TLS handshake can't wait. */
  pskFor(deviceId: string): Uint8Array | undefined
  /** A device that is not revoked, as of the last `refresh`. */
  activeDevice(deviceId: string): Device | undefined
  markSeen(deviceId: string, whenMs: number): Promise<void>
}

interface DeviceRecord {
  readonly account: string
  readonly name: string
  readonly addedMs: number
  readonly revokedMs?: number
  readonly bearerHash?: Uint8Array
  /**
   * The key itself: TLS needs it on both sides, so a hash would not do. Whoever reads the endpoint's database
   * can pose as the device over PSK (and can read the mail anyway); neither the secret nor the bearer token
   * follows from it.
   */
  readonly psk?: Uint8Array
  /** A browser: its token is a link's until it is paired, then its cookie's, and it has no key. */
  readonly reader?: { readonly linkUntilMs?: number }
}

interface Known {
  readonly device: Device
  readonly bearerHash: Uint8Array
  readonly psk: Uint8Array | undefined
  readonly shows: Shows
}

/** What a token is good for. It is good for nothing else. */
type Shows = 'bearer' | 'link' | 'cookie'

const showsOf = ({ reader }: DeviceRecord): Shows =>
  reader === undefined ? 'bearer' : reader.linkUntilMs === undefined ? 'cookie' : 'link'

/** A link lies about in a history, a chat or a photograph. */
const linkMs = 24 * 3600 * 1000

/** What the endpoint's own database holds. */
export const linkTables = {
  device: defineTable<[id: string], DeviceRecord>('link-device'),
  /** When it last connected, ms. Apart from the record: a running endpoint that notes a time must never undo a revocation by another process. */
  seen: defineTable<[id: string], number>('link-device-seen'),
  /** Random and new with each change, so that two processes that change something at once can't leave the same version. */
  version: defineTable<[], Uint8Array>('link-devices-version'),
  /** When an account has mail to send next, ms: nobody else may ask for it until then. */
  sendDue: defineTable<[account: string], number>('link-send-due'),
}

/** Devices in `db`. `random(n)` gives n secret bytes, `nowMs` the time that is shown. */
export function openDeviceRegistry(
  db: Database,
  { random, nowMs }: { readonly random: (bytes: number) => Uint8Array; readonly nowMs: () => number },
): DeviceRegistry {
  let version: Uint8Array | undefined
  let known: ReadonlyMap<string, Known> = new Map()
  let byBearer: ReadonlyMap<string, Known> = new Map()
  let refreshed: Promise<void> = Promise.resolve()

  async function reload(): Promise<void> {
    const current = await linkTables.version.get(db)
    if (current === version || (current && version && equalBytes(current, version))) return
    const all = new Map<string, Known>()
    for await (const { key, value } of linkTables.device.list(db)) {
      const { bearerHash, psk } = value
      const shows = showsOf(value)
      if (value.revokedMs !== undefined || !bearerHash || (shows === 'bearer' && !psk)) continue
      const device = shown(key[0], value)
      all.set(device.id, { device, bearerHash, psk, shows })
    }
    known = all
    byBearer = new Map([...all.values()].map((each) => [toHex(each.bearerHash), each]))
    // The version was read before the records: a change in between costs a second load, never a missed one.
    version = current
  }

  async function refresh(): Promise<void> {
    // Never joins a load that began earlier: that one may have missed what was changed just before this call.
    const mine = refreshed.then(reload)
    refreshed = mine.catch(() => undefined)
    return mine
  }

  /** One change of devices. The version that it reads and replaces makes it conflict with any other process's change. */
  async function change<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await db.transact(async (tx) => {
          await linkTables.version.get(tx)
          const result = await body(tx)
          linkTables.version.put(tx, random(16))
          return result
        })
      } catch (error) {
        if (attempt === 5 || !hasCode(error, 'STORE_CONFLICT')) throw error
      }
    }
  }

  async function everyDevice(reader: Pick<Transaction, 'list'>, account?: string): Promise<Device[]> {
    const devices: Device[] = []
    const seen = new Map<string, number>()
    for await (const { key, value } of linkTables.seen.list(reader)) seen.set(key[0], value)
    for await (const { key, value } of linkTables.device.list(reader)) {
      const [id] = key
      if (account === undefined || value.account === account) devices.push(shown(id, value, seen.get(id)))
    }
    return devices.sort(
      (a, b) => compare(a.account, b.account) || a.addedMs - b.addedMs || compare(a.id, b.id),
    )
  }

  async function add(
    { account, name }: { readonly account: string; readonly name: string },
    keys: Pick<DeviceRecord, 'bearerHash' | 'psk' | 'reader'>,
  ): Promise<Device> {
    checkDeviceName(name)
    if (account === '') throw new PacketboatError('USAGE', 'The account has no name.', 'Name the account.')
    const id = toHex(random(8))
    const record: DeviceRecord = { account, name, addedMs: nowMs(), ...keys }
    await change(async (tx) => {
      const taken = (await everyDevice(tx, account)).some((each) => each.name === name && active(each))
      if (taken) {
        throw new PacketboatError(
          'USAGE',
          `The account ${account} already has a device called ${name}.`,
          `Choose another name, or revoke that one first: packetboat device revoke ${name}`,
        )
      }
      linkTables.device.put(tx, id, record)
    })
    return shown(id, record)
  }

  async function find(token: string, shows: Shows): Promise<Known | undefined> {
    await refresh()
    const hash = hashBearer(token)
    const found = byBearer.get(toHex(hash))
    return found && found.shows === shows && timingSafeEqual(found.bearerHash, hash) ? found : undefined
  }

  return {
    async addDevice(named) {
      const secret = random(32)
      const { bearer, psk } = deriveDeviceKeys(secret)
      return { device: await add(named, { bearerHash: hashBearer(bearer), psk }), secret }
    },

    async addReader(named) {
      const token = Buffer.from(random(16)).toString('base64url')
      const reader = { linkUntilMs: nowMs() + linkMs }
      return { device: await add(named, { bearerHash: hashBearer(token), reader }), token }
    },

    async openLink(token) {
      const found = await find(token, 'link')
      // Before anything is written: what strangers guess costs a look.
      if (!found || (found.device.linkUntilMs ?? 0) <= nowMs()) return undefined
      const { id } = found.device
      const cookie = Buffer.from(random(16)).toString('base64url')
      const opened = await change(async (tx) => {
        const record = await linkTables.device.get(tx, id)
        // Another request was quicker, or the token was revoked.
        if (!record?.bearerHash || !equalBytes(record.bearerHash, found.bearerHash)) return undefined
        const paired: DeviceRecord = { ...record, bearerHash: hashBearer(cookie), reader: {} }
        linkTables.device.put(tx, id, paired)
        return shown(id, paired)
      })
      return opened && { device: opened, cookie }
    },

    findByCookie: async (token) => (await find(token, 'cookie'))?.device,

    listDevices: (account) => everyDevice(db, account),

    async revokeDevice(nameOrId, account) {
      return change(async (tx) => {
        const every = await everyDevice(tx, account)
        const named = every.filter((each) => each.name === nameOrId && active(each))
        const matches = named.length > 0 ? named : every.filter((each) => each.id === nameOrId)
        const device = matches[0]
        if (!device) {
          throw new PacketboatError(
            'NOT_FOUND',
            'No device with that name or id can connect here.',
            'packetboat device list shows all devices.',
          )
        }
        if (matches.length > 1) {
          throw new PacketboatError(
            'USAGE',
            'More than one device has that name.',
            `Name one by its id: ${matches.map(({ id, account }) => `${id} (account ${account})`).join(', ')}`,
          )
        }
        if (!active(device)) return device
        const { account: owner, name, addedMs } = device
        const record: DeviceRecord = { account: owner, name, addedMs, revokedMs: nowMs() }
        linkTables.device.put(tx, device.id, record)
        return shown(device.id, record, device.seenMs)
      })
    },

    refresh,
    hadDevices: () => refresh().then(() => version !== undefined),

    findByBearer: async (token) => (await find(token, 'bearer'))?.device,

    pskFor: (deviceId) => known.get(deviceId)?.psk,
    activeDevice: (deviceId) => known.get(deviceId)?.device,

    async markSeen(deviceId, whenMs) {
      await db.transact(async (tx) => linkTables.seen.put(tx, deviceId, whenMs))
    },
  }
}

function shown(id: string, record: DeviceRecord, seenMs?: number): Device {
  const { account, name, addedMs, revokedMs, reader } = record
  const { linkUntilMs } = reader ?? {}
  return {
    id,
    account,
    name,
    addedMs,
    ...(revokedMs === undefined ? {} : { revokedMs }),
    ...(seenMs === undefined ? {} : { seenMs }),
    ...(linkUntilMs === undefined ? {} : { linkUntilMs }),
  }
}

function active(device: Device): boolean {
  return device.revokedMs === undefined
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
