import { randomBytes } from 'node:crypto'
import { printPairing } from '../../src/link/pairing.js'
import { openDeviceRegistry } from '../../src/link/server/device-registry.js'
import { startServer } from '../../src/link/server/server.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { openDatabase } from '../../src/store/open-database.js'
import { bundleKind, encodeBundle } from '../../src/wire/bundle.js'
import { encodeAccept } from '../../src/wire/response/accept-frame.js'
import { responseKinds } from '../../src/wire/response/kinds.js'
import { encodeList } from '../../src/wire/response/list-frame.js'
import { encodeOpen, encodeStructure } from '../../src/wire/response/structure-frames.js'
import { type Frames, many, newGuid, streamOf } from './frames.js'

/** What a hostile endpoint answers. */
export interface Lie {
  readonly name: string
  readonly bound: string
  readonly mix?: boolean
  frames(): Frames
}

const accept = (): Frames =>
  encodeAccept({
    upstream: newGuid(),
    applied: 0,
    needsPolicy: false,
    results: [],
    pending: [],
    heldBack: [],
  }).map((payload) => [responseKinds.accept, payload])

/** The first frame of an accept of which more is to come. */
function acceptPiece(): Frames[number] {
  const pending = many(2001, () => ({ message: newGuid(), held: [] }))
  const [piece] = encodeAccept({
    upstream: newGuid(),
    applied: 0,
    needsPolicy: false,
    results: [],
    pending,
    heldBack: [],
  })
  return [responseKinds.accept, piece ?? new Uint8Array()]
}

const opens = (count: number): Frames[number] => {
  const payload = encodeOpen('09'.repeat(16))
  return [bundleKind, encodeBundle(many(count, () => ({ kind: responseKinds.open, payload })))]
}

/** A mailbox of so many messages that don't exist. */
function listed(count: number): Frames {
  const mailbox = newGuid()
  const state = { guid: mailbox, path: ['Lies'], subscribed: true, uidValidity: 1, deleted: false }
  const structure = encodeStructure({ mailboxes: [state], log: 1 })
  const each = 500
  const lists = many(count / each, (n): Frames[number] => {
    const entries = many(each, (i) => ({
      number: count - each * n - i,
      uid: 0,
      guid: newGuid(),
      flags: [],
      internalDateMs: 1_764_000_000_000,
      envelope: { from: [], to: [], cc: [], subject: 'x' },
      outline: { tree: { kind: 'part' as const, part: 0 }, parts: [{ type: 'text/plain', size: 10 }] },
    }))
    return [responseKinds.list, encodeList({ mailbox: 0, entries, missing: [] })]
  })
  return [
    ...accept(),
    [responseKinds.structure, structure],
    [responseKinds.open, encodeOpen(mailbox)],
    ...lists,
  ]
}

export const lies: readonly Lie[] = [
  {
    name: 'an accept without end',
    bound: '100,000 more things than there are',
    frames: () => many(1000, acceptPiece),
  },
  {
    name: 'mailboxes without end',
    bound: '100,000 mailboxes',
    frames: () => [...accept(), ...many(1000, () => opens(10_000))],
  },
  {
    name: 'zeros',
    bound: '4,000 B a byte from 4 MiB on',
    frames: () => [
      ...accept(),
      ...many(1000, (): Frames[number] => [responseKinds.chunk, new Uint8Array(256 * 1024)]),
    ],
  },
  {
    name: '200 frames of codec 2',
    bound: '32 KiB a frame',
    mix: true,
    frames: () => [...accept(), ...many(200, () => opens(1700))],
  },
  { name: '50,000 messages that do not exist', bound: 'none', frames: () => listed(50_000) },
]

/** An endpoint on loopback that answers any device with this. */
export async function openLiar(lie: Lie) {
  const stream = await streamOf(lie.frames(), lie.mix ?? false)
  let sent = 0
  const devices = openDeviceRegistry(openDatabase(new MemoryStore()), {
    random: (length) => new Uint8Array(randomBytes(length)),
    nowMs: Date.now,
  })
  const server = await startServer({
    listen: { host: '127.0.0.1', port: 0 },
    devices,
    nowMs: Date.now,
    respond: async function* (request) {
      for await (const _ of request);
      for (const bytes of stream) {
        sent += bytes.length
        yield bytes
      }
    },
  })
  const { device, secret } = await devices.addDevice({ account: 'me', name: 'laptop' })
  const pairing = printPairing({ via: 'psk', deviceId: device.id, secret, ...server.address })
  return { pairing, bytesSent: () => sent, close: () => server.close() }
}
