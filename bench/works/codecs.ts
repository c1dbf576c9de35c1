import type { Work } from '../../src/wire/compression/codec.js'
import { loadZstd } from '../../src/wire/compression/zstd.js'
import { createFrameDecoder } from '../../src/wire/frame-decoder.js'
import { createFrameEncoder } from '../../src/wire/frame-encoder.js'
import { sha256 } from '../attacks/device.js'
import { bytesOf } from '../attacks/frames.js'
import type { Bench } from '../bench.js'

/** As frames of content have, on a line that isn't slow. */
const payloadBytes = 4096

/** What each codec takes of a processor for mail on both sides, with the frames around it, and how long others wait for a step of it. */
export async function codecs(bench: Bench): Promise<void> {
  if (!bench.wants('codecs')) return
  const mail = Buffer.from(bench.corpus.join(''), 'latin1').subarray(0, bench.quick ? 300_000 : 3_000_000)
  const payloads: Uint8Array[] = []
  for (let at = 0; at < mail.length; at += payloadBytes) payloads.push(mail.subarray(at, at + payloadBytes))
  for (const mix of [false, true]) {
    const coding = { codec: await loadZstd(), createHash: sha256 }
    const encoder = createFrameEncoder({ ...coding, mix })
    const decoder = createFrameDecoder(coding)
    const writing = new Watch()
    const frames = payloads.map((payload) => writing.all(encoder.encoding(1, payload, 'text')))
    const reading = new Watch()
    for (const [number, frame] of frames.entries()) {
      decoder.push(frame)
      const read = reading.all(decoder.reading())?.payload
      if (!read || Buffer.compare(read, payloads[number] ?? new Uint8Array()) !== 0)
        throw new Error('A frame was read as something else than was written.')
    }
    bench.results.add({
      work: 'codecs',
      peer: 'packetboat',
      variant: mix ? 'codec 2' : 'codec 1',
      figures: {
        sum: bytesOf(frames),
        share: bytesOf(frames) / mail.length,
        writes: mail.length / 1e6 / writing.cpuSeconds,
        reads: mail.length / 1e6 / reading.cpuSeconds,
        longest: Math.max(writing.longestSeconds, reading.longestSeconds),
      },
    })
  }
}

/** Does work, and counts what that takes. */
class Watch {
  cpuSeconds = 0
  longestSeconds = 0

  all<T>(work: Work<T>): T {
    for (;;) {
      const cpu = process.cpuUsage()
      const startedMs = performance.now()
      const step = work.next()
      this.longestSeconds = Math.max(this.longestSeconds, (performance.now() - startedMs) / 1000)
      const { user, system } = process.cpuUsage(cpu)
      this.cpuSeconds += (user + system) / 1e6
      if (step.done) return step.value
    }
  }
}
