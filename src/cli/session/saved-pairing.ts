import { PacketboatError } from '../../errors/packetboat-error.js'
import { type Pairing, parsePairing } from '../../link/pairing.js'
import type { Secret } from '../../settings/kind.js'
import { readSecret } from '../settings/read-secret.js'

/** The pairing that the settings name, whole and right. Throws CONFIG in words that name the setting, INTERRUPTED. */
export async function savedPairing(endpoint: Secret, signal: AbortSignal): Promise<Pairing> {
  const text = await readSecret(endpoint, 'endpoint', signal)
  try {
    return parsePairing(text)
  } catch (error) {
    if (!(error instanceof PacketboatError)) throw error
    throw new PacketboatError(
      'CONFIG',
      `In the settings, endpoint is wrong. ${error.message}`,
      `${error.next} packetboat init --force takes the new one.`,
      { cause: error },
    )
  }
}

/** The pairing in such a text, whose checksum isn't looked at; undefined where there is none. */
export function pairingIn(text: string): Pairing | undefined {
  try {
    return parsePairing(text, { unchecked: true })
  } catch {
    return undefined
  }
}
