import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import test, { type TestContext } from 'node:test'
import {
  type ConnectionWatch,
  defaultServerLimits,
  defaultServerTimeouts,
  watchConnections,
} from '../../../src/link/server/connection-watch.js'

/** A connection that is there and says nothing. */
class StillSocket extends EventEmitter {
  destroyed = false
  bytesRead = 0
  readonly bytesWritten = 0

  constructor(
    readonly remoteAddress: string,
    readonly remotePort: number,
  ) {
    super()
  }

  destroy(): void {
    this.destroyed = true
  }
}

/** The watch of an endpoint with the bounds that it has when nobody says anything, and a clock that stands still. */
function watched(t: TestContext, plain = false) {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const stop = new AbortController()
  t.after(() => stop.abort())
  let nowMs = 0
  const watch = watchConnections({
    limits: defaultServerLimits(plain),
    timeouts: defaultServerTimeouts,
    nowMs: () => nowMs,
    log: { stranger: () => undefined, close: () => undefined },
    signal: stop.signal,
  })
  let port = 0
  const dial = (address: string): StillSocket => {
    const socket = new StillSocket(address, ++port)
    watch.admit(socket as unknown as Socket)
    return socket
  }
  return {
    dial,
    device: (address: string) => recognised(watch, dial(address)),
    guest: (address: string): StillSocket => {
      const socket = dial(address)
      watch.guest(socket)
      return socket
    },
    /** Lets time pass, and the watch look round at its end. */
    pass: (ms: number): void => {
      nowMs += ms
      t.mock.timers.tick(defaultServerTimeouts.crowdedMs)
    },
  }
}

function recognised(watch: ConnectionWatch, socket: StillSocket): StillSocket {
  watch.authenticated(socket)
  return socket
}

const times = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n))
const staying = (sockets: readonly StillSocket[]): number =>
  sockets.filter(({ destroyed }) => !destroyed).length
const network = (n: number): string => `10.${n >> 8}.${n & 255}.1`

test('an endpoint has 1,024 connections at the most: a stranger makes room, and where all are devices the new one goes', (t) => {
  const { dial, device } = watched(t)
  const devices = times(1023, (n) => device(network(n >> 4)))
  const [first, second] = [dial('192.0.2.1'), dial('192.0.2.2')]
  assert.deepEqual([first.destroyed, second.destroyed], [true, false])
  const last = device('192.0.2.3')
  assert.deepEqual([second.destroyed, last.destroyed], [true, false])
  assert.equal(dial('192.0.2.4').destroyed, true)
  assert.equal(staying(devices), 1023)
})

test('768 of these may be strangers', (t) => {
  const { dial } = watched(t)
  const strangers = times(768, (n) => dial(network(n)))
  assert.equal(staying(strangers), 768)
  dial('192.0.2.1')
  assert.equal(staying(strangers), 767)
})

test('64 may come from one address, or from one /64: its oldest stranger makes room, or the new one goes', (t) => {
  const { dial, device } = watched(t)
  for (const address of ['192.0.2.1', '2001:db8::1']) {
    const strangers = times(64, () => dial(address))
    assert.equal(staying(strangers), 64)
    dial(address)
    assert.deepEqual([staying(strangers), strangers[0]?.destroyed], [63, true])
  }
  assert.equal(staying(times(64, () => device('192.0.2.9'))), 64)
  assert.equal(dial('192.0.2.9').destroyed, true)
})

test('behind a proxy all come from one address, and as many as there is room for stay', (t) => {
  const { dial } = watched(t, true)
  assert.equal(staying(times(700, () => dial('127.0.0.1'))), 700)
})

test('a stranger has 180 s, however much it says, and 30 s in a crowd', (t) => {
  const { dial, device, pass } = watched(t)
  const [stranger, known] = [dial('192.0.2.1'), device('192.0.2.2')]
  pass(179_000)
  stranger.bytesRead = 1000
  assert.equal(stranger.destroyed, false)
  pass(1000)
  assert.deepEqual([stranger.destroyed, known.destroyed], [true, false])

  const crowd = times(768, (n) => dial(network(n >> 1)))
  pass(29_000)
  assert.equal(staying(crowd), 768)
  pass(1000)
  assert.ok(staying(crowd) < 768)
})

test('a device on whose connection nothing moves has 30 minutes', (t) => {
  const { device, pass } = watched(t)
  const [still, busy] = [device('192.0.2.1'), device('192.0.2.2')]
  pass(1_799_000)
  assert.equal(still.destroyed, false)
  busy.bytesRead = 1
  pass(1000)
  assert.deepEqual([still.destroyed, busy.destroyed], [true, false])
})

test('a browser has half an hour for a file of the reader, and the time of a stranger while they are crowded', (t) => {
  const { dial, guest, pass } = watched(t)
  const [stranger, loading] = [dial('192.0.2.1'), guest('192.0.2.2')]
  pass(defaultServerTimeouts.authenticateMs + 1)
  assert.deepEqual([stranger.destroyed, loading.destroyed], [true, false])
  pass(defaultServerTimeouts.idleMs)
  assert.equal(loading.destroyed, true)
  const late = guest('192.0.2.3')
  pass(1000)
  times(767, (n) => dial(network(n)))
  pass(defaultServerTimeouts.authenticateMs)
  assert.equal(late.destroyed, true)
})
