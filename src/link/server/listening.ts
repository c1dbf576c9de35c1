import { createServer, isIPv4, type Server, type Socket } from 'node:net'
import { PacketboatError } from '../../errors/packetboat-error.js'

export interface Address {
  readonly host: string
  readonly port: number
}

/** An address, of which port 0 takes a free one, or the file descriptor of a TCP socket that listens already. */
export type Place = Address | { readonly fd: number }

/** What listens, at one address or several. */
export interface Front {
  /** In the order of the settings. */
  readonly addresses: readonly [Address, ...Address[]]
  /** Listens no more. Connections that were accepted stay. */
  close(): Promise<void>
}

/**
 * Listens on all of these addresses, or on none. Throws CONFIG with what is in the way.
 * @param options `accept` gets connections, paused; `refuseClear` throws for a host on which nothing may
 * listen in the clear; `onError` hears of connections that can't be accepted (for lack of file descriptors,
 * for example), which is no reason to stop.
 */
export async function listenOn(
  places: readonly Place[],
  options: {
    readonly accept: (socket: Socket) => void
    readonly refuseClear: (host: string) => void
    readonly onError: (error: Error) => void
  },
): Promise<Front> {
  const servers: Server[] = []
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((each) => new Promise<void>((resolve) => each.close(() => resolve()))))
  }
  const addresses: Address[] = []
  try {
    for (const place of places) {
      const server = createServer({ pauseOnConnect: true }, options.accept)
      servers.push(server)
      const address = await listening(server, place, places)
      server.on('error', options.onError)
      options.refuseClear(address.host)
      addresses.push(address)
    }
  } catch (error) {
    await close()
    throw error
  }
  const [first, ...others] = addresses
  if (!first) throw new Error('a server that listens nowhere')
  return { addresses: [first, ...others], close }
}

/** Makes a server listen, and returns where it does. `all`: where others listen. Throws CONFIG with what is in the way. */
export function listening(server: Server, on: Place, all: readonly Place[] = []): Promise<Address> {
  const where = 'fd' in on ? `socket ${on.fd}` : `${on.host} port ${on.port}`
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void =>
      reject(
        new PacketboatError(
          'CONFIG',
          `Can't listen on ${where}: ${why}.`,
          'Choose another address or port, or stop what uses it.',
          { cause },
        ),
      )
    const onError = (cause: NodeJS.ErrnoException): void =>
      fail(listenProblems.get(cause.code ?? '') ?? cause.message, cause)
    server.once('error', onError)
    server.listen('fd' in on ? on : { ...on, ipv6Only: hasIpv4Beside(on, all) }, () => {
      server.removeListener('error', onError)
      const bound = server.address()
      if (bound === null || typeof bound === 'string') fail('it is no TCP socket')
      else resolve({ host: 'fd' in on ? bound.address : on.host, port: bound.port })
    })
  })
}

/** `::` takes IPv4 too, which leaves no room for an address of IPv4 with the same port. */
function hasIpv4Beside({ host, port }: Address, all: readonly Place[]): boolean {
  return host === '::' && all.some((other) => 'host' in other && isIPv4(other.host) && other.port === port)
}

const listenProblems: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'something else listens there'],
  ['EACCES', 'not allowed, as ports below 1024 need privileges'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['ENOTFOUND', 'there is no such host name'],
  ['EAI_AGAIN', 'no name server answers'],
])
