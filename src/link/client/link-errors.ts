import { errors } from 'undici'
import { certificateProblems } from '../../errors/certificate-problem.js'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { kept, loginPage, notKnown } from '../line/answer-errors.js'
import { endpointName, type Pairing } from '../pairing.js'

/** The certificate is not the one that the pairing string names. Carried through TLS's error event. */
export class PinMismatch extends Error {
  override readonly name = 'PinMismatch'
}

/** A TLS handshake that was to prove the device ended with a certificate instead. */
export class DeviceNotProved extends Error {
  override readonly name = 'DeviceNotProved'
}

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
      `If the endpoint got a new key, pair again with a new string; if not, somebody may be listening in. ${loginPage}`,
    )
  }
  if (cause instanceof DeviceNotProved) return notKnown(where, { cause })
  const plainWords = unreachable.get(code)
  if (plainWords) return make('LINK_FAILED', `${where} ${plainWords.what}.`, plainWords.next)
  if (code.startsWith('ERR_SSL_')) {
    if (pairing.via === 'psk' && /ILLEGAL_PARAMETER|DECRYPT_ERROR|HANDSHAKE_FAILURE|UNKNOWN_PSK/.test(code)) {
      return notKnown(where, { cause })
    }
    return make(
      'WRONG_ENDPOINT',
      `What answers at ${where} does not speak TLS 1.3 as a packetboat endpoint does (${code}).`,
      `Check host and port of the pairing string, and that the endpoint is what listens there. ${loginPage}`,
    )
  }
  if (certificateProblems.has(code)) {
    return make(
      'WRONG_ENDPOINT',
      `The certificate of ${where} ${certificateProblems.get(code)}.`,
      `Check this machine’s date and the host of the pairing string; for a self-signed certificate pair with a string that holds its pin. ${loginPage}`,
    )
  }
  if (cause instanceof errors.HTTPParserError || cause instanceof errors.HeadersOverflowError) {
    return make(
      'WRONG_ENDPOINT',
      `What answers at ${where} does not speak HTTP.`,
      `Check host, port and kind (psk, tls, http) of the pairing string. ${loginPage}`,
    )
  }
  return make(
    'LINK_FAILED',
    `The connection to ${where} was lost.`,
    `${kept} Run the same command again to go on.`,
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
