import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import { openHttpLink } from '../../link/client/client.js'
import type { Pairing } from '../../link/pairing.js'

/** A dead line must not make setting up wait for long, ms. */
const checkMs = 20_000

/** What came of asking: whose mail the pairing leads to and after how long the endpoint answered, or why it can't be reached. */
export interface PairingCheck {
  readonly account?: string
  readonly roundTripMs?: number
  readonly unreachable?: string
}

/** Asks the endpoint whether the secret is right and whose mail it leads to, before anything is written. Throws AUTH, WRONG_ENDPOINT. */
export async function checkPairing(pairing: Pairing, signal: AbortSignal): Promise<PairingCheck> {
  let roundTripMs: number | undefined
  const link = openHttpLink(pairing, {
    timeouts: { connectMs: checkMs, stallMs: checkMs },
    signal,
    onRoundTrip: (ms) => {
      roundTripMs = ms
    },
  })
  try {
    const account = await link.account()
    if (pairing.account !== undefined && account !== pairing.account)
      throw new PacketboatError(
        'WRONG_ENDPOINT',
        `The pairing string is for the account ${pairing.account}, but the endpoint knows this device as one of ${account}. Nothing was changed.`,
        'Copy the string again as packetboat device add printed it.',
      )
    return { account, ...(roundTripMs !== undefined && { roundTripMs }) }
  } catch (error) {
    if (!hasCode(error, 'LINK_FAILED')) throw error
    return { unreachable: error.message }
  } finally {
    await link.close()
  }
}
