import { errors } from 'undici'
import { certificateProblems } from '../../errors/certificate-problem.js'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { insufficientStorage } from '../endpoint-http.js'
import { endpointName, type Pairing } from '../pairing.js'

/** The certificate is not the one that the pairing string names. Carried through TLS's error event. */
export class PinMismatch extends Error {
  override readonly name = 'PinMismatch'
}

/** A TLS handshake that was to prove the device ended with a certificate instead. */
export class DeviceNotProved extends Error {
  override readonly name = 'DeviceNotProved'
}

const kept = 'What has arrived is kept.'

/** Turns whatever Node or undici threw while connecting or exchanging into words: LINK_FAILED, AUTH or WRONG_ENDPOINT. */
export function linkError(cause: unknown, pairing: Pairing): PacketboatError {
  if (cause instanceof PacketboatError) return cause
  const where = endpointName(pairing)
  const code = errorCode(cause)
  const make = (kind: 'LINK_FAILED' | 'AUTH' | 'WRONG_ENDPOINT', what: string, next: string) =>
    new PacketboatError(kind, what, next, { cause })

  if (cause instanceof PinMismatch) {
    return make(
      'WRONG_ENDPOINT',
      `${where} shows a certificate with another key than the one this device was paired with.`,
      'If the endpoint got a new key, pair again with a new string; if not, somebody may be listening in.',
    )
  }
  if (cause instanceof DeviceNotProved) return notKnown(pairing, cause)
  const plainWords = unreachable.get(code)
  if (plainWords) return make('LINK_FAILED', `${where} ${plainWords.what}.`, plainWords.next)
  if (code.startsWith('ERR_SSL_')) {
    if (pairing.via === 'psk' && /ILLEGAL_PARAMETER|DECRYPT_ERROR|HANDSHAKE_FAILURE|UNKNOWN_PSK/.test(code)) {
      return notKnown(pairing, cause)
    }
    return make(
      'WRONG_ENDPOINT',
      `What answers at ${where} does not speak TLS 1.3 as a packetboat endpoint does (${code}).`,
      'Check host and port of the pairing string, and that the endpoint is what listens there.',
    )
  }
  if (certificateProblems.has(code)) {
    return make(
      'WRONG_ENDPOINT',
      `The certificate of ${where} ${certificateProblems.get(code)}.`,
      'Check this machine’s date and the host of the pairing string; for a self-signed certificate pair with a string that holds its pin.',
    )
  }
  if (cause instanceof errors.HTTPParserError || cause instanceof errors.HeadersOverflowError) {
    return make(
      'WRONG_ENDPOINT',
      `What answers at ${where} does not speak HTTP.`,
      'Check host, port and kind (psk, tls, http) of the pairing string.',
    )
  }
  return make(
    'LINK_FAILED',
    `The connection to ${where} was lost.`,
    `${kept} Run the same command again to go on.`,
  )
}

/** The line moved no byte for too long. */
export function stalled(
  pairing: Pairing,
  afterMs: number,
  what: 'connecting' | 'the exchange',
): PacketboatError {
  return new PacketboatError(
    'LINK_FAILED',
    `Nothing came from ${endpointName(pairing)} and nothing went there for ${Math.round(afterMs / 1000)} s during ${what}.`,
    what === 'connecting'
      ? 'Check that the line is up, and the endpoint’s address and port.'
      : `${kept} Check that the line is up and run the same command again to go on.`,
  )
}

/** What a status other than success means. `ours`: the answer bears an endpoint's mark. */
export function statusError(status: number, ours: boolean, pairing: Pairing): PacketboatError {
  const where = endpointName(pairing)
  if (status === 401 || status === 403) {
    if (ours) return notKnown(pairing)
    return new PacketboatError(
      'AUTH',
      `A proxy before the endpoint at ${where} refused the request (HTTP ${status}).`,
      'Configure the proxy to pass the Authorization header to the endpoint, and to ask for no login itself.',
    )
  }
  if (status === insufficientStorage) {
    return new PacketboatError(
      'MAILSTORE_AWAY',
      `The endpoint at ${where} can't use its mail store: the disk there is full, read-only or not mounted.`,
      `No mail is lost. Correct the disk at the endpoint (its log says what is wrong), then sync again.`,
    )
  }
  if (status === 429 || status === 408 || (status >= 500 && status !== 501 && status !== 505)) {
    return new PacketboatError(
      'LINK_FAILED',
      `The endpoint at ${where} can't answer now (HTTP ${status}).`,
      `${kept} Try again later. The endpoint's log says more.`,
    )
  }
  return new PacketboatError(
    'WRONG_ENDPOINT',
    `What answers at ${where} is not a packetboat endpoint (HTTP ${status}).`,
    'Check the host, port and path in the pairing string, and where the proxy there forwards to.',
  )
}

/** A success without an endpoint's mark, or with the mark of another version. */
export function wrongMark(mark: string | undefined, pairing: Pairing): PacketboatError {
  const where = endpointName(pairing)
  if (mark === undefined) {
    return new PacketboatError(
      'WRONG_ENDPOINT',
      `What answers at ${where} is another server, not a packetboat endpoint.`,
      'Check the host, port and path in the pairing string. A network that asks for a login first answers like this too.',
    )
  }
  return new PacketboatError(
    'WRONG_ENDPOINT',
    `The endpoint at ${where} speaks another version of the protocol.`,
    'Install the same version of packetboat on both sides.',
  )
}

function notKnown(pairing: Pairing, cause?: unknown): PacketboatError {
  return new PacketboatError(
    'AUTH',
    `${endpointName(pairing)} refuses this device: its secret is wrong, it was revoked, or another server answers there.`,
    'Run packetboat device list at the endpoint. If necessary, add the device again and use the new pairing string.',
    { cause },
  )
}

function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0])
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}

const unreachable: ReadonlyMap<string, { readonly what: string; readonly next: string }> = new Map([
  [
    'ECONNREFUSED',
    {
      what: 'refuses connections: nothing listens there',
      next: 'Start the endpoint there (packetboat serve), or check host and port of the pairing string.',
    },
  ],
  [
    'ENOTFOUND',
    {
      what: 'can’t be found: there is no such host name',
      next: 'Check the host of the pairing string, and that the line is up.',
    },
  ],
  [
    'EAI_AGAIN',
    {
      what: 'can’t be found now: no name server answers',
      next: 'Check that the line is up, then try again.',
    },
  ],
  [
    'ETIMEDOUT',
    { what: 'does not answer', next: 'Check that the line is up, and the endpoint’s address and port.' },
  ],
  ['EHOSTUNREACH', { what: 'can’t be reached', next: 'Check that the line is up.' }],
  ['ENETUNREACH', { what: 'can’t be reached: there is no network', next: 'Check that the line is up.' }],
  ['ENETDOWN', { what: 'can’t be reached: the network is down', next: 'Check that the line is up.' }],
])
