import { constants, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { Socket } from 'node:net'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { recordBytesFor } from '../line/line-rate.js'
import type { DeviceProof } from './device-proof.js'
import type { DeviceRegistry } from './device-registry.js'
import type { EdgeLog } from './edge-log.js'

// Node's own limits count from a request's start and would end an exchange of hours; connection-watch.ts has ours.
export const httpLimits = {
  requestTimeout: 0,
  headersTimeout: 0,
  keepAliveTimeout: 0,
  maxHeaderSize: 8192,
  noDelay: true,
} as const

/** A certificate chain and its key, PEM. */
export interface Certificate {
  readonly cert: string | Uint8Array
  readonly key: string | Uint8Array
}

export interface TlsServer {
  readonly http: Server
  /** New connections see another certificate. Throws CONFIG when it is no good; then the one before stays. */
  renew(certificate: Certificate | undefined): void
}

/** HTTPS for devices with pre-shared keys, and with a certificate for others. Throws CONFIG when the certificate is no good. */
export function createTlsServer(
  options: {
    readonly tls: Certificate | undefined
    readonly devices: DeviceRegistry
    readonly proof: DeviceProof
    readonly handshakeMs: number
    readonly log: EdgeLog
    /** The end of this peer's connection is told. */
    readonly explained: (peer: Socket) => void
  },
  onRequest: (req: IncomingMessage, res: ServerResponse) => void,
): TlsServer {
  const { devices, proof, log } = options
  // One round trip passes between the device's hello and the end of the handshake.
  const offeredMs = new WeakMap<Socket, number>()
  const offeredId = new WeakMap<Socket, string>()
  // An id that doesn't exist must look like an id with a wrong key: a handshake that fails at its binder.
  const decoy = randomBytes(32)
  try {
    const server = createServer(
      {
        ...httpLimits,
        ...contextOf(options.tls),
        handshakeTimeout: options.handshakeMs,
        pskCallback: (socket, identity) => {
          // Something else's: a ticket of an earlier session, say, which is passed over.
          if (!deviceIdShape.test(identity)) return null
          offeredMs.set(socket, performance.now())
          offeredId.set(socket, identity)
          const deviceId = proof.offered(socket, identity)
          return Buffer.from((deviceId !== undefined && devices.pskFor(deviceId)) || decoy)
        },
      },
      onRequest,
    )
    server.on('secureConnection', (socket) => {
      const began = offeredMs.get(socket)
      socket.setMaxSendFragment(recordBytesFor(began && performance.now() - began))
    })
    server.on('tlsClientError', (error: Error & { code?: string }, socket) => {
      // A connection that is gone already has lost its address: whoever watches connections has it, and says so.
      if (socket.remoteAddress !== undefined) {
        const id = offeredId.get(socket)
        log.stranger('TLS failed', `${socket.remoteAddress}: ${whyRefused(error, id, devices)}`)
        options.explained(socket)
      }
      socket.destroy()
    })
    return { http: server, renew: (certificate) => renew(server, certificate) }
  } catch (cause) {
    throw unusable(cause)
  }
}

/** What the handshake is made with. `setSecureContext` takes all of it anew. */
function contextOf(tls: Certificate | undefined): SecureContextOptions {
  return {
    ...(tls ? { cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) } : {}),
    minVersion: 'TLSv1.3',
    // Only the one suite that every TLS 1.3 has: with others beside it, a client could offer a device's
    // identity and have the handshake end with the certificate.
    ciphers: 'TLS_AES_128_GCM_SHA256',
    // A session resumed with a ticket would look like a pre-shared key. With this option OpenSSL still sends
    // a ticket (79 bytes instead of 250) that names a session by its id, and since nobody listens for
    // `newSession`, none is kept.
    secureOptions: constants.SSL_OP_NO_TICKET,
  }
}

function renew(server: Server, certificate: Certificate | undefined): void {
  const context = contextOf(certificate)
  try {
    // The server would have dropped its old one by the time that it finds the new one wanting.
    createSecureContext(context)
    server.setSecureContext(context)
  } catch (cause) {
    throw unusable(cause)
  }
}

const deviceIdShape = /^[0-9a-f]{16}$/

function whyRefused(
  error: Error & { code?: string },
  id: string | undefined,
  devices: DeviceRegistry,
): string {
  if (id === undefined || error.code !== 'ERR_SSL_BINDER_DOES_NOT_VERIFY')
    return `TLS failed: ${error.code ?? error.message}`
  const device = devices.activeDevice(id)
  return device
    ? `refused, the wrong key for ${device.account} ${device.name}`
    : `refused, unknown or revoked device ${id}`
}

function unusable(cause: unknown): PacketboatError {
  return new PacketboatError(
    'CONFIG',
    `The certificate or its key can't be used: ${cause instanceof Error ? cause.message : cause}`,
    'Both must be PEM, and the key must belong to the certificate. Put the whole chain into the certificate file.',
    { cause },
  )
}
