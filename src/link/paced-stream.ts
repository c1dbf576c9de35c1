import { Duplex } from 'node:stream'
import { createPace, type LineClock } from './pace.js'

/**
 * A connection under a cap, for each direction separately. Bytes to be read wait here, and before that in the
 * kernel, whose buffer fills once and then holds the sender back.
 */
export interface PacedStream extends Duplex {
  /** Bytes that have passed, both ways: while buffered bytes are read at the paced rate, nothing moves on the connection below. */
  readonly passed: number
}

export function paceStream(below: Duplex, bitsPerSecond: number, clock: LineClock): PacedStream {
  const [up, down] = [createPace(bitsPerSecond, clock.now), createPace(bitsPerSecond, clock.now)]
  let passed = 0
  let wanted = false
  let waiting = false

  /** Hands on a piece, then sees again when the next one may pass. */
  const pump = (): void => {
    if (!wanted || waiting || stream.destroyed) return
    const size = Math.min(down.pieceBytes, below.readableLength)
    // Read even when nothing is there: that is how the end is noticed.
    const chunk = below.read(size) as Buffer | null
    if (!chunk) return
    down.moved(chunk.length)
    passed += chunk.length
    wanted = stream.push(chunk)
    waiting = true
    clock.after(down.waitMs(), () => {
      waiting = false
      pump()
    })
  }
  const send = (rest: Buffer, done: (error?: Error | null) => void): void => {
    clock.after(up.waitMs(), () => {
      if (stream.destroyed) return done()
      const piece = rest.subarray(0, up.pieceBytes)
      up.moved(piece.length)
      passed += piece.length
      below.write(piece, (error) => {
        if (error || piece.length === rest.length) done(error)
        else send(rest.subarray(piece.length), done)
      })
    })
  }
  const stream = new Duplex({
    allowHalfOpen: true,
    read: () => {
      wanted = true
      pump()
    },
    write: (chunk: Buffer, _encoding, done) => send(chunk, done),
    final: (done) => void below.end(done),
    destroy: (error, done) => {
      below.destroy()
      done(error)
    },
  })
  below.on('readable', pump)
  below.on('end', () => stream.push(null))
  below.on('error', (error) => stream.destroy(error))
  below.on('close', () => stream.destroy())
  return Object.defineProperty(stream, 'passed', { get: () => passed }) as PacedStream
}
