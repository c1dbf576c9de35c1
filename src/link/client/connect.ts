import type { X509Certificate } from 'node:crypto'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { deriveDeviceKeys } from '../device-keys.js'
import { stalled } from '../line/answer-errors.js'
import { recordBytesFor } from '../line/line-rate.js'
import { watchStall } from '../line/stall.js'
import { systemClock } from '../pace.js'
import { paceStream } from '../paced-stream.js'
import { endpointName, type Pairing } from '../pairing.js'
import { isPinned } from './certificate-pin.js'
import { DeviceNotProved, linkError, PinMismatch } from './link-errors.js'

export interface Connection {
  /** What HTTP is spoken on. */
  readonly socket: Socket
  /** The TCP connection below it: its counts are the bytes on the line, with TLS. */
  readonly tcp: Socket
  /** What the TLS handshake took; without TLS, TCP's. */
  readonly handshakeMs: number
}

/** What is heard of a connection while it is made. */
export interface ConnectionEvents {
  /**
   * Called with the TCP connection before anything is sent on it. `passed` counts what has moved above it:
   * under a cap, that goes on while the connection below rests.
   */
  onTcp(tcp: Socket, passed: () => number): void
  /** How long the first packet took there and back, ms. */
  onRoundTrip?(ms: number): void
  /** Called with an endpoint's certificate, once it has been accepted. */
  onCertificate?(certificate: X509Certificate): void
}

/**
 * Opens a connection and completes the handshake. Gives up when nothing has moved for `stallMs`, or when
 * `signal` fires. `limitRate`: bits a second in either direction. Throws LINK_FAILED, AUTH, WRONG_ENDPOINT.
 */
export function openConnection(
  pairing: Pairing,
  options: ConnectionEvents & {
    readonly stallMs: number
    readonly limitRate?: number | undefined
    readonly signal: AbortSignal
  },
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const tcp = connectTcp({
      host: pairing.host,
      port: pairing.port,
      noDelay: true,
      // Node's usual 250 ms would skip every address that answers over a satellite.
      autoSelectFamilyAttemptTimeout: 10_000,
    })
    let attemptMs = performance.now()
    // One for each address that is tried, after its name was looked up.
    tcp.on('connectionAttempt', () => {
      attemptMs = performance.now()
    })
    let beganMs = performance.now()
    tcp.once('connect', () => {
      const nowMs = performance.now()
      options.onRoundTrip?.(nowMs - attemptMs)
      if (pairing.via !== 'http') beganMs = nowMs
    })
    const paced =
      options.limitRate === undefined ? undefined : paceStream(tcp, options.limitRate, systemClock)
    const passed = (): number => paced?.passed ?? 0
    options.onTcp(tcp, passed)
    const below = paced ?? tcp
    // Undici takes any duplex stream; its types and ours say Socket.
    const socket =
      pairing.via === 'http' ? (below as Socket) : connectTls({ socket: below, ...tlsOptions(pairing) })

    const stopWatch = watchStall({
      moved: () => tcp.bytesRead + tcp.bytesWritten + passed(),
      stallMs: options.stallMs,
      onStall: () => fail(stalled(endpointName(pairing), options.stallMs, 'connecting')),
    })
    const settle = () => {
      stopWatch()
      options.signal.removeEventListener('abort', onAbort)
      tcp.removeListener('error', fail)
      socket.removeListener('error', fail)
      socket.removeListener('close', onClose)
    }
    const fail = (error: unknown) => {
      settle()
      // Later errors of a socket that is given up say nothing new, but would end the process if nobody heard them.
      tcp.on('error', () => undefined)
      socket.on('error', () => undefined)
      socket.destroy()
      tcp.destroy()
      reject(linkError(error, pairing))
    }
    const onAbort = () => fail(options.signal.reason)
    options.signal.addEventListener('abort', onAbort, { once: true })
    const onClose = () => fail(new Error('closed while connecting'))
    tcp.on('error', fail)
    socket.on('error', fail)
    socket.on('close', onClose)
    const opened = pairing.via === 'http' ? tcp : socket
    opened.once(pairing.via === 'http' ? 'connect' : 'secureConnect', () => {
      const problem = pairing.via === 'http' ? undefined : checkPeer(pairing, socket as TLSSocket)
      if (problem) return fail(problem)
      settle()
      const certificate = pairing.via === 'tls' && (socket as TLSSocket).getPeerX509Certificate()
      if (certificate) options.onCertificate?.(certificate)
      const handshakeMs = performance.now() - beganMs
      if (pairing.via !== 'http') (socket as TLSSocket).setMaxSendFragment(recordBytesFor(handshakeMs))
      resolve({ socket, tcp, handshakeMs })
    })
  })
}

function tlsOptions(pairing: Pairing): ConnectionOptions {
  const suite: ConnectionOptions = { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' }
  if (pairing.via === 'psk') {
    const { psk } = deriveDeviceKeys(pairing.secret)
    return {
      ...suite,
      pskCallback: () => ({ psk, identity: pairing.deviceId }),
      // One group and one signature algorithm: their lists would be 44 bytes of the hello, for certificates that must not come.
      ecdhCurve: 'X25519',
      sigalgs: 'ed25519',
      rejectUnauthorized: true,
      // Only called when the handshake ended with a certificate.
      checkServerIdentity: () => new DeviceNotProved('the endpoint did not take the device’s key'),
    }
  }
  const pinned = pairing.via === 'tls' && pairing.pin !== undefined
  return {
    ...suite,
    ...(isIP(pairing.host) ? {} : { servername: pairing.host }),
    host: pairing.host,
    // With a pin only this very certificate counts: not who signed it, what name it bears, or what a boat's clock says.
    rejectUnauthorized: !pinned,
  }
}

function checkPeer(pairing: Pairing, socket: TLSSocket): Error | undefined {
  if (pairing.via === 'psk') {
    return socket.isSessionReused()
      ? undefined
      : new DeviceNotProved('the handshake ended without the device’s key')
  }
  if (pairing.via === 'tls' && pairing.pin) {
    const certificate = socket.getPeerX509Certificate()
    if (!certificate || !isPinned(certificate, pairing.pin)) return new PinMismatch('another key')
  }
  return undefined
}
