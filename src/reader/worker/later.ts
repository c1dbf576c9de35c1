import { PacketboatError } from '../../errors/packetboat-error.js'

/** What no first screen needs: it is loaded once the mail is there, or when it is asked for before that. */
type LaterActs = typeof import('./later-acts.js')

/** Throws LINK_FAILED. Whoever waits for it goes on in the order of the calls. */
export async function laterActs(): Promise<LaterActs> {
  try {
    return await import('./later-acts.js')
  } catch (cause) {
    throw new PacketboatError(
      'LINK_FAILED',
      'A part of the reader could not be loaded.',
      'Try it again when there is a line.',
      { cause },
    )
  }
}
