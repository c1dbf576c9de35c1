import { PacketboatError } from '../errors/packetboat-error.js'

/**
 * The error for a frame that can't be what the other side meant. `what` completes a sentence that begins with
 * "A frame arrived damaged:".
 */
export function frameCorrupt(what: string, cause?: unknown): PacketboatError {
  return new PacketboatError(
    'FRAME_CORRUPT',
    `A frame arrived damaged: ${what}.`,
    'The damaged part was not used, and everything before it is kept. Sync again to go on from here. If this happens again, check that both sides run the same version of packetboat.',
    cause === undefined ? undefined : { cause },
  )
}
