import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { hasCode } from '../../errors/packetboat-error.js'
import { openHttpLink } from '../../link/client/client.js'
import { endpointName, type Pairing } from '../../link/pairing.js'
import { formatBytes, formatSpan } from '../../told/sizes.js'
import { protocolVersion } from '../../wire/request-frames.js'
import { certificateAge } from './check-certificate.js'
import type { Findings } from './findings.js'

/** A dead line must not make a diagnosis wait for long, ms. */
const patienceMs = 20_000

/** Clocks that are further apart than this make certificates and schedules fail, ms. */
const clockMs = 120_000

/**
 * Checks whether the endpoint of a pairing can be found and reached, knows this device, and has the same
 * time. Asks for no mail: one connection and a one-line request.
 */
export async function checkLine(found: Findings, pairing: Pairing, signal: AbortSignal): Promise<void> {
  const where = endpointName(pairing)
  if (!isIP(pairing.host) && !(await checkName(found, pairing.host))) return
  let aheadMs: number | undefined
  let theirs: number | undefined
  const link = openHttpLink(pairing, {
    timeouts: { connectMs: patienceMs, stallMs: patienceMs },
    signal,
    onRoundTrip: (ms) => {
      found.ok('line', `${where} answers after ${Math.round(ms)} ms.`)
    },
    onCertificate: ({ validTo }) => certificateAge(found, `The certificate of ${where}`, validTo, Date.now()),
    onDate: (ms) => {
      aheadMs = Date.now() - ms
    },
    onFrames: (version) => {
      theirs = version
    },
  })
  try {
    const account = await found.attempt(blame, () => link.account())
    const { up, down } = link.stats
    if (account !== undefined) {
      checkProtocol(found, theirs)
      if (pairing.account !== undefined && pairing.account !== account)
        found.wrong(
          'pairing',
          `The endpoint knows this device as one of ${account}, not of ${pairing.account}.`,
          'Pair again: packetboat device add at the endpoint, packetboat init --force here.',
        )
      else found.ok('pairing', `The endpoint knows this device, as one of the account ${account}.`)
      checkClock(found, aheadMs)
    }
    found.ok('cost', `Asking took ${formatBytes(up + down)} of the line.`)
  } finally {
    await link.close()
  }
}

/** What a failure to ask is about. */
const blame = (error: unknown): string => (hasCode(error, 'LINK_FAILED') ? 'line' : 'pairing')

async function checkName(found: Findings, host: string): Promise<boolean> {
  const beganMs = performance.now()
  const addresses = await found.attempt('name', async () => {
    try {
      return await lookup(host, { all: true })
    } catch {
      found.wrong(
        'name',
        `${host} has no address, or no name server answers.`,
        'Check that the line is up, and the host of the pairing string.',
      )
      return []
    }
  })
  if (!addresses?.length) return false
  const tookMs = Math.round(performance.now() - beganMs)
  found.ok('name', `${host} is ${addresses.map(({ address }) => address).join(', ')} (${tookMs} ms).`)
  return true
}

/** `theirs`: the version of the frames at the endpoint; undefined where it doesn't say. */
export function checkProtocol(found: Findings, theirs: number | undefined): void {
  if (theirs === undefined)
    found.note(
      'protocol',
      `The endpoint is an older version that does not tell which protocol it speaks: this side speaks version ${protocolVersion}, and a sync shows whether both fit.`,
    )
  else if (theirs === protocolVersion) found.ok('protocol', `Both sides speak version ${protocolVersion}.`)
  else
    found.wrong(
      'protocol',
      `The endpoint speaks version ${theirs} of the protocol, and this side version ${protocolVersion}: they can't sync.`,
      `Update packetboat ${theirs > protocolVersion ? 'here' : 'at the endpoint'}. Mail and changes wait until then.`,
    )
}

/** `aheadMs`: how much later it is here; undefined where an endpoint doesn't say what time it has. */
export function checkClock(found: Findings, aheadMs: number | undefined): void {
  if (aheadMs === undefined) {
    found.note('clock', 'The endpoint is an older version that does not tell its time.')
    return
  }
  if (Math.abs(aheadMs) <= clockMs) found.ok('clock', 'This machine and the endpoint have the same time.')
  else
    found.wrong(
      'clock',
      `This machine's clock is ${formatSpan(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} the endpoint's.`,
      'Set the clock that is wrong. Mail is merged without clocks; certificates, schedules and dates need them.',
    )
}
