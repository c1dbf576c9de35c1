import { Client } from 'undici'
import { endpointName, type Pairing } from '../pairing.js'
import { type Connection, type ConnectionEvents, openConnection } from './connect.js'

/** One connection that lasts from exchange to exchange, and is made anew when it was lost. */
export interface Line {
  readonly client: Client
  moved(): { readonly up: number; readonly down: number }
  /** Changes as long as anything moves, under a cap too. */
  activity(): number
  /** Connects when it isn't connected. What the handshake took. */
  handshakeMs(): Promise<number>
  /** Gives up, while it is still connecting too: nothing can be sent on it afterwards. */
  abandon(): Promise<void>
  /** Ends a connection on which everything has been answered. */
  hangUp(): Promise<void>
  busy: boolean
}

// Undici's own limits of 300 s for a head and between two pieces of a body are off: watchStall takes their place.
const clientOptions = {
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout: 600_000,
  maxHeaderSize: 8192,
  pipelining: 1,
}

/** Connects with the first request, or when the handshake is asked for. `connectMs`: how long nothing may move meanwhile. */
export function openLine(
  pairing: Pairing,
  connectMs: number,
  {
    limitRate,
    onRoundTrip,
    onCertificate,
  }: Partial<Pick<ConnectionEvents, 'onRoundTrip' | 'onCertificate'>> & {
    readonly limitRate?: number | undefined
  },
): Line {
  const before = { up: 0, down: 0 }
  let tcp: Connection['tcp'] | undefined
  let passed = (): number => 0
  let last: Connection | undefined
  /** Made before there was a request to send. */
  let ahead: Promise<Connection> | undefined
  const abandoned = new AbortController()
  const connect = async (): Promise<Connection> => {
    const onTcp = (socket: Connection['tcp'], passing: () => number) => {
      if (tcp) {
        before.up += tcp.bytesWritten
        before.down += tcp.bytesRead
      }
      tcp = socket
      passed = passing
    }
    last = await openConnection(pairing, {
      stallMs: connectMs,
      limitRate,
      onTcp,
      ...(onRoundTrip && { onRoundTrip }),
      ...(onCertificate && { onCertificate }),
      signal: abandoned.signal,
    })
    return last
  }
  const client = new Client(originOf(pairing), {
    ...clientOptions,
    connect: (_options, callback) => {
      const connected = ahead && last?.socket.destroyed === false ? ahead : connect()
      ahead = undefined
      connected.then(
        ({ socket }) => callback(null, socket),
        (error: Error) => callback(error, null),
      )
    },
  })
  return {
    client,
    busy: false,
    async handshakeMs() {
      if (last?.socket.destroyed !== false) {
        ahead = connect()
        const { socket } = await ahead.catch((error: unknown) => {
          ahead = undefined
          throw error
        })
        // The connection may be lost before anything is sent on it; then it is made anew.
        socket.on('error', () => undefined)
      }
      return last?.handshakeMs ?? Number.POSITIVE_INFINITY
    },
    abandon: () => {
      abandoned.abort(new Error('given up while connecting'))
      ahead?.then(
        ({ socket }) => socket.destroy(),
        () => undefined,
      )
      return client.destroy()
    },
    hangUp: () => {
      // A reset is all that TCP needs then. FIN, TLS's close_notify and their acknowledgements would be five packets more.
      if (last && !last.tcp.destroyed) last.tcp.resetAndDestroy()
      // A client whose exchange broke off connects again by itself, and would keep the program until that ends.
      abandoned.abort(new Error('hung up while connecting'))
      return client.destroy()
    },
    activity: () => (tcp?.bytesWritten ?? 0) + (tcp?.bytesRead ?? 0) + passed(),
    moved: () => ({ up: before.up + (tcp?.bytesWritten ?? 0), down: before.down + (tcp?.bytesRead ?? 0) }),
  }
}

function originOf(pairing: Pairing): string {
  return `${pairing.via === 'http' ? 'http' : 'https'}://${endpointName(pairing)}`
}
