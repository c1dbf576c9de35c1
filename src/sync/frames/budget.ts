import { contentKinds, type FrameWriter, type OutgoingFrame } from './outgoing.js'

/** A frame's head takes no more than this. */
const headBytes = 12
/** A shorter piece of an attachment isn't worth its frame. */
const pieceBytes = 64

/** Encodes frames and counts what they take. */
export interface Meter<Bytes extends Uint8Array | Promise<Uint8Array> = Uint8Array> {
  readonly spent: number
  encode(frame: OutgoingFrame): Bytes
  /** The last frame isn't sent after all: only stored ones may follow. Absent where none does. */
  retract?(): void
}

export function createMeter(writer: FrameWriter): Meter {
  let [spent, last] = [0, 0]
  return {
    get spent() {
      return spent
    },
    encode: (frame) => {
      const bytes = writer.encode(frame)
      last = bytes.length
      spent += last
      return bytes
    },
    retract: () => {
      writer.retract()
      spent -= last
    },
  }
}

/** The same where encoding is done in turns with others. */
export function createPoliteMeter(
  encode: (frame: OutgoingFrame) => Promise<Uint8Array>,
): Meter<Promise<Uint8Array>> {
  let spent = 0
  return {
    get spent() {
      return spent
    },
    encode: async (frame) => {
      const bytes = await encode(frame)
      spent += bytes.length
      return bytes
    },
  }
}

/**
 * Encodes frames as long as they fit in what is left of a budget. Of stored content, as much as fits is sent;
 * the other side continues from there. Returns whether everything went.
 * @param budget in bytes, including what the meter has spent before; undefined: no limit.
 */
export async function* withinBudget(
  frames: AsyncIterable<OutgoingFrame>,
  meter: Meter<Uint8Array | Promise<Uint8Array>>,
  budget: number | undefined,
): AsyncGenerator<Uint8Array, boolean> {
  for await (const frame of frames) {
    const room = (budget ?? Number.POSITIVE_INFINITY) - meter.spent
    if (frame.mode === 'stored' && frame.payload.length + headBytes > room) {
      const payload = frame.payload.subarray(0, Math.max(0, room - headBytes))
      if (isChunk(frame.kind) && payload.length >= pieceBytes) yield await meter.encode({ ...frame, payload })
      return false
    }
    const bytes = await meter.encode(frame)
    if (bytes.length > room) {
      meter.retract?.()
      return false
    }
    yield bytes
  }
  return true
}

function isChunk(kind: number): boolean {
  return kind === contentKinds.up.chunk || kind === contentKinds.down.chunk
}
