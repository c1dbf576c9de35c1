import { constants } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { Socket } from 'node:net'
import { PacketboatError } from '../errors/packetboat-error.js'
import type { DeviceProof } from './device-proof.js'
import type { DeviceRegistry } from './device-registry.js'
import { recordBytesFor } from './line-rate.js'

// Node's own limits count from a request's start and would end an exchange of hours; connection-watch.ts has ours.
export const httpLimits = {
  requestTimeout: 0,
  headersTimeout: 0,
  keepAliveTimeout: 0,
  maxHeaderSize: 8192,
  noDelay: true,
} as const

/** HTTPS for devices with pre-shared keys, and with a certificate for others. Throws CONFIG when the certificate is no good. */
export function createTlsServer(
  options: {
    readonly tls: { readonly cert: string | Uint8Array; readonly key: string | Uint8Array } | undefined
    readonly devices: DeviceRegistry
    readonly proof: DeviceProof
    readonly handshakeMs: number
    readonly log: (line: string) => void
  },
  onRequest: (req: IncomingMessage, res: ServerResponse) => void,
): Server {
  const { tls, devices, proof, log } = options
  // From the device's hello to the end of the handshake it is one round trip.
  const offeredMs = new WeakMap<Socket, number>()
  try {
    const server = createServer(
      {
        ...httpLimits,
        ...(tls ? { cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) } : {}),
        minVersion: 'TLSv1.3',
        // One suite only, the one that every TLS 1.3 has: with others beside it a client could offer a device's
        // identity and have the handshake end with the certificate.
        ciphers: 'TLS_AES_128_GCM_SHA256',
        // A session that was resumed with a ticket would look like a pre-shared key. With this OpenSSL still sends one, of 79 bytes instead of
        // 250, that names a session by its id; and none is kept, as nobody listens for `newSession`.
        secureOptions: constants.SSL_OP_NO_TICKET,
        handshakeTimeout: options.handshakeMs,
        pskCallback: (socket, identity) => {
          offeredMs.set(socket, performance.now())
          const deviceId = proof.offered(socket, identity)
          const psk = deviceId === undefined ? undefined : devices.pskFor(deviceId)
          return psk === undefined ? null : Buffer.from(psk)
        },
      },
      onRequest,
    )
    server.on('secureConnection', (socket) => {
      const began = offeredMs.get(socket)
      socket.setMaxSendFragment(recordBytesFor(began && performance.now() - began))
    })
    server.on('tlsClientError', (error: Error & { code?: string }, socket) => {
      log(`${socket.remoteAddress ?? 'unknown'}: TLS failed: ${error.code ?? error.message}`)
      socket.destroy()
    })
    return server
  } catch (cause) {
    throw new PacketboatError(
      'CONFIG',
      `The certificate or its key can't be used: ${cause instanceof Error ? cause.message : cause}`,
      'Both must be PEM and belong to each other; put the whole chain into the certificate file.',
      { cause },
    )
  }
}
