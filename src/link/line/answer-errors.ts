import { PacketboatError } from '../../errors/packetboat-error.js'
import { insufficientStorage } from './endpoint-http.js'

/** What an answer that is none means, in words. `where` names the endpoint for a person. */

/** Ends a sentence on a line that was lost. */
export const kept = 'What has arrived is kept.'

/** Ends a sentence on an answer of somebody else: on a train or a ship that is often the network itself. */
export const loginPage = 'On a network that asks for a login first, log in with a browser, then sync again.'

/** The line moved no byte for too long. */
export function stalled(
  where: string,
  afterMs: number,
  what: 'connecting' | 'the exchange',
): PacketboatError {
  return new PacketboatError(
    'LINK_FAILED',
    `Nothing came from ${where} and nothing went there for ${Math.round(afterMs / 1000)} s during ${what}.`,
    what === 'connecting'
      ? 'Check that the line is up, and the endpoint’s address and port.'
      : `${kept} Check that the line is up and run the same command again to go on.`,
  )
}

/** What a status other than success means. `ours`: the answer bears an endpoint's mark. */
export function statusError(status: number, ours: boolean, where: string): PacketboatError {
  if (status === 401 || status === 403) {
    if (ours) return notKnown(where, { ours })
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
    `Check the host, port and path in the pairing string, and where the proxy there forwards to.${ours ? '' : ` ${loginPage}`}`,
  )
}

/** A success without an endpoint's mark, or with the mark of another version. */
export function wrongMark(mark: string | undefined, where: string): PacketboatError {
  if (mark === undefined) {
    return new PacketboatError(
      'WRONG_ENDPOINT',
      `What answers at ${where} is another server, not a packetboat endpoint.`,
      `Check the host, port and path in the pairing string. ${loginPage}`,
    )
  }
  return new PacketboatError(
    'WRONG_ENDPOINT',
    `The endpoint at ${where} speaks another version of the protocol.`,
    'Install the same version of packetboat on both sides.',
  )
}

/** The endpoint doesn't know the device, or doesn't any more. What doesn't bear its mark may be somebody else. */
export function notKnown(
  where: string,
  { ours = false, cause }: { readonly ours?: boolean; readonly cause?: unknown } = {},
): PacketboatError {
  const pairAgain =
    'Run packetboat device list at the endpoint. If it lists none, its disk may not be mounted. If necessary, add the device again and use the new pairing string.'
  return new PacketboatError(
    'AUTH',
    `${where} refuses this device: its secret is wrong${ours ? ' or it was revoked' : ', it was revoked, or another server answers there'}.`,
    ours ? pairAgain : `${pairAgain} ${loginPage}`,
    { cause },
  )
}

/** The error of a cancelled exchange: the reason that the caller gave, or one of ours. */
export function interrupted(signal: AbortSignal): PacketboatError {
  const cause: unknown = signal.reason
  if (cause instanceof PacketboatError) return cause
  return new PacketboatError(
    'INTERRUPTED',
    'Stopped.',
    'Everything that arrived is kept. Run the command again to go on from here.',
    { cause },
  )
}

/** The error of an exchange on a link that its owner has closed. */
export function linkClosed(): PacketboatError {
  return new PacketboatError('LINK_FAILED', 'The link was closed.', 'Sync again.')
}
