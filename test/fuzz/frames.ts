import { type Bundled, unbundle } from '../../src/wire/bundle.js'
import { loadZstd } from '../../src/wire/compression/zstd.js'
import { createFrameDecoder } from '../../src/wire/frame-decoder.js'
import { requestKinds } from '../../src/wire/request-frames.js'
import { responseKinds } from '../../src/wire/response/kinds.js'
import { prepare, run } from '../cuts/session.js'
import { sha256 } from '../mime/message-builders.js'

/** What went over the line in the scripted session of test/cuts: seeds for everything that reads the wire. */
export interface Traffic {
  /** Whole requests and answers. */
  readonly up: readonly Uint8Array[]
  readonly down: readonly Uint8Array[]
  readonly requestFrames: readonly Bundled[]
  readonly answerFrames: readonly Bundled[]
}

export async function recordTraffic(): Promise<Traffic> {
  const up: Uint8Array[] = []
  const down: Uint8Array[] = []
  const scenes = await prepare()
  for (const make of Object.values(scenes)) {
    const scene = await make()
    const { exchange } = scene.link
    scene.link.exchange = async (request, signal) => {
      const asked: Uint8Array[] = []
      const answered: Uint8Array[] = []
      const answer = await exchange(tap(request, asked), signal)
      return tap(answer, answered, () => {
        up.push(Buffer.concat(asked))
        down.push(Buffer.concat(answered))
      })
    }
    await run(scene)
  }
  return {
    up,
    down,
    requestFrames: await framesOf(up, requestKinds.primer),
    answerFrames: await framesOf(down, responseKinds.primer),
  }
}

/** The same bytes, and a copy of them; what is to be done when they have ended. */
export async function* tap(
  source: AsyncIterable<Uint8Array> | Uint8Array,
  into: Uint8Array[],
  ended?: () => void,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of source instanceof Uint8Array ? [source] : source) {
    into.push(bytes.slice())
    yield bytes
  }
  ended?.()
}

async function framesOf(streams: readonly Uint8Array[], primerKind: number): Promise<Bundled[]> {
  const codec = await loadZstd()
  const frames: Bundled[] = []
  for (const stream of streams) {
    const decoder = createFrameDecoder({ codec, createHash: sha256 })
    decoder.push(stream)
    for (let frame = decoder.next(); frame; frame = decoder.next()) {
      frames.push(...unbundle(frame))
      // What follows can be read with the mail that it names only.
      if (frame.kind === primerKind) break
    }
  }
  return frames
}
