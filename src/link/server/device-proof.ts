import type { TLSSocket } from 'node:tls'

/**
 * Which device a TLS connection has proved to be. An offered identity proves nothing yet: a client may offer
 * one without knowing its key and let the handshake end with the certificate (a cipher with another hash
 * suffices, as tried with OpenSSL 3.0). Only a handshake that ended with the pre-shared key counts, which
 * shows as a reused session (RFC 8446 2.2: both are the same mechanism). Endpoints here keep no sessions, so
 * nothing else can be reused.
 */
export interface DeviceProof {
  /** For TLS's `pskCallback`: notes which identity was offered. Returns undefined for a second one, so that no key is used. */
  offered(socket: TLSSocket, deviceId: string): string | undefined
  /** The device that a connection has proved to be; undefined before the handshake ended or when a certificate ended it. */
  of(socket: TLSSocket): string | undefined
}

/** Keeps proofs for as long as their sockets live. */
export function createDeviceProof(): DeviceProof {
  const offers = new WeakMap<TLSSocket, string | null>()
  return {
    offered(socket, deviceId) {
      // One hello may offer several identities; ours offer one. With two it would be open which of them the handshake proved.
      const offer = offers.has(socket) ? null : deviceId
      offers.set(socket, offer)
      return offer ?? undefined
    },
    of(socket) {
      return socket.isSessionReused() ? (offers.get(socket) ?? undefined) : undefined
    },
  }
}
