import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Line, LineStats } from './line.js'
import { type LineName, type LineProfile, lineProfiles } from './lines.js'

/** As a packet would carry. */
const sliceBytes = 1400

interface Mark {
  readonly payloadDown: number
  readonly up: number
  readonly down: number
  readonly seconds: number
}

/**
 * Where no line can be emulated: a TCP relay on loopback, with rate and delay. It sees payload only: no headers, no
 * acknowledgements, no handshake of TCP; and its two ends are two connections, so TCP's own round trips don't show either.
 */
export function startRelayLine(): Line {
  const servers: Server[] = []
  const sockets = new Set<Socket>()
  let profile: LineProfile = lineProfiles.fast
  let marks: Mark[] = []
  let counted = zero()
  let last: 'up' | 'down' | undefined
  let startMs: number | undefined
  let isCut = false
  /** When the transmitter of each way is idle again. */
  const idleMs = { up: 0, down: 0 }

  const pass = (way: 'up' | 'down', from: Socket, to: Socket): void => {
    const arrive = (slice: Buffer): void => {
      if (!to.writable) return
      startMs ??= performance.now()
      if (way === 'down' && last === 'up') counted.turns++
      last = way
      counted[way].bytes += slice.length
      counted[way].packets++
      if (way === 'down')
        marks.push({
          payloadDown: counted.down.bytes,
          up: counted.up.bytes,
          down: counted.down.bytes,
          seconds: (performance.now() - startMs) / 1000,
        })
      to.write(slice)
    }
    from.on('data', (data: Buffer) => {
      const now = performance.now()
      const rate = profile[way]
      idleMs[way] = Math.max(now, idleMs[way])
      const size = rate === 0 ? data.length : sliceBytes
      for (let at = 0; at < data.length; at += size) {
        const slice = data.subarray(at, at + size)
        idleMs[way] += rate === 0 ? 0 : (slice.length * 8000) / rate
        setTimeout(arrive, idleMs[way] - now + profile.delayMs, slice)
      }
      // Nothing more is taken before all that is on its way, so that the sender feels the rate.
      if (rate > 0) {
        from.pause()
        setTimeout(() => from.resume(), idleMs[way] - now)
      }
    })
    from.on('end', () => setTimeout(() => to.end(), idleMs[way] - performance.now() + profile.delayMs + 1))
    from.on('error', () => to.destroy())
    from.on('close', () => sockets.delete(from))
  }

  return {
    counts: 'payload',
    serverHost: '127.0.0.1',
    dial: async (port) => {
      const server = createServer((client) => {
        if (isCut) {
          client.resetAndDestroy()
          return
        }
        counted.connections++
        const upstream = connect(port, '127.0.0.1')
        sockets.add(client).add(upstream)
        pass('up', client, upstream)
        pass('down', upstream, client)
      })
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
      servers.push(server)
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('a relay without a port')
      return `127.0.0.1:${address.port}`
    },
    on: (_side, command) => command,
    profile: async (name: LineName) => {
      profile = lineProfiles[name]
    },
    reset: async () => {
      counted = zero()
      marks = []
      last = startMs = undefined
    },
    stats: async () => finished(counted),
    at: async (payloadDown) =>
      marks.find((mark) => mark.payloadDown >= payloadDown) ?? marks.at(-1) ?? { up: 0, down: 0, seconds: 0 },
    cut: async () => {
      isCut = true
      idleMs.up = idleMs.down = 0
      for (const socket of sockets) socket.resetAndDestroy()
    },
    mend: async () => {
      isCut = false
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      for (const server of servers) server.close()
    },
  }
}

interface Counted {
  readonly up: { bytes: number; packets: number }
  readonly down: { bytes: number; packets: number }
  turns: number
  connections: number
}

const zero = (): Counted => ({
  up: { bytes: 0, packets: 0 },
  down: { bytes: 0, packets: 0 },
  turns: 0,
  connections: 0,
})

function finished({ up, down, turns, connections }: Counted): LineStats {
  const way = ({ bytes, packets }: { bytes: number; packets: number }) => ({
    bytes,
    packets,
    payload: bytes,
    again: 0,
    twice: 0,
    unread: 0,
  })
  return { up: way(up), down: way(down), turns, depth: turns, connections }
}
