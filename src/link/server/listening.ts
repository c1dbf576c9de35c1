import type { Server } from 'node:net'
import { PacketboatError } from '../../errors/packetboat-error.js'

/** Has a server listen. Throws CONFIG with what is in the way. */
export function listening(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) => {
      reject(
        new PacketboatError(
          'CONFIG',
          `Can't listen on ${host} port ${port}: ${listenProblems.get(cause.code ?? '') ?? cause.message}.`,
          'Choose another address or port, or stop what uses it.',
          { cause },
        ),
      )
    }
    server.once('error', onError)
    server.listen({ host, port }, () => {
      server.removeListener('error', onError)
      resolve()
    })
  })
}

const listenProblems: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'something else listens there'],
  ['EACCES', 'not allowed, as ports below 1024 need privileges'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['ENOTFOUND', 'there is no such host name'],
])
