import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createPace } from '../../src/link/pace.js'
import { paceStream } from '../../src/link/paced-stream.js'
import { seed } from '../../testing/seed.js'
import { fakeClock } from './fake-clock.js'
import { makeWorld } from './world.js'

const headBytes = 52

describe('a pace', () => {
  it('keeps any stretch of time under the rate, but for two pieces, however late timers are', () => {
    const late = fc.array(fc.nat({ max: 3000 }), { minLength: 5, maxLength: 80 })
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 1_000_000 }), late, (bitsPerSecond, lates) => {
        let now = 0
        const pace = createPace(bitsPerSecond, () => now)
        const sent: { readonly ms: number; readonly bytes: number }[] = []
        for (const lateMs of lates) {
          now += pace.waitMs() + lateMs
          pace.moved(pace.pieceBytes)
          sent.push({ ms: now, bytes: pace.pieceBytes + headBytes })
        }
        const two = 2 * (pace.pieceBytes + headBytes)
        for (const [index, from] of sent.entries()) {
          let bytes = 0
          for (const to of sent.slice(index)) {
            bytes += to.bytes
            const most = two + (bitsPerSecond / 8000) * (to.ms - from.ms)
            assert.ok(bytes <= most + 1e-6, `${bytes} bytes in ${to.ms - from.ms} ms`)
          }
        }
      }),
      { seed },
    )
  })

  for (const [bitsPerSecond, leastShare] of [
    [300, 0.5],
    [2400, 0.9],
    [64_000, 0.95],
  ] as const)
    it(`lets ${bitsPerSecond} bit/s pass, and at most 5 s of it at a time`, () => {
      let now = 0
      const pace = createPace(bitsPerSecond, () => now)
      let bytes = 0
      for (let piece = 0; piece < 1000; piece++) {
        now += pace.waitMs()
        pace.moved(pace.pieceBytes)
        bytes += pace.pieceBytes
      }
      const rate = (bytes * 8000) / now
      assert.ok(rate <= bitsPerSecond * 1.01 && rate >= bitsPerSecond * leastShare, `${rate}`)
      assert.ok(((pace.pieceBytes + headBytes) * 8) / bitsPerSecond <= 5)
    })
})

/** Two ends of a pipe. */
function pipe(): [Duplex, Duplex] {
  const end = (peer: () => Duplex): Duplex =>
    new Duplex({
      read: () => undefined,
      write: (chunk, _encoding, done) => {
        peer().push(chunk)
        done()
      },
      final: (done) => {
        peer().push(null)
        done()
      },
    })
  const near: Duplex = end(() => far)
  const far: Duplex = end(() => near)
  return [near, far]
}

describe('a connection under a cap', () => {
  it('hands on every byte in order, in both directions, no sooner than the cap allows', async () => {
    const clock = fakeClock()
    const [near, far] = pipe()
    const paced = paceStream(near, 2400, clock)
    const came = { up: [] as Buffer[], down: [] as Buffer[] }
    far.on('data', (chunk: Buffer) => came.up.push(chunk))
    paced.on('data', (chunk: Buffer) => came.down.push(chunk))
    const sent = Buffer.from(Array.from({ length: 6000 }, (_, index) => index % 251))
    let isEnded = false
    paced.once('end', () => {
      isEnded = true
    })
    paced.end(sent)
    far.end(sent)
    // 300 bytes a second.
    for (let second = 1; second <= 10; second++) {
      await clock.pass(1000)
      for (const chunks of Object.values(came)) {
        const bytes = Buffer.concat(chunks).length
        assert.ok(bytes <= 300 * second + 2 * 1200, `${bytes} bytes in ${second} s`)
        assert.ok(bytes >= 250 * second - 1200, `${bytes} bytes in ${second} s`)
      }
    }
    assert.ok(!isEnded)
    await clock.pass(20_000)
    assert.deepEqual(Buffer.concat(came.up), sent)
    assert.deepEqual(Buffer.concat(came.down), sent)
    assert.ok(isEnded)
    assert.equal(paced.passed, 12_000)
  })

  it('ends with an error when the line breaks, and breaks it when it is given up', async () => {
    const clock = fakeClock()
    const [near, far] = pipe()
    const paced = paceStream(near, 300, clock)
    const failed = new Promise((resolve) => paced.once('error', resolve))
    near.destroy(new Error('broken'))
    assert.equal(((await failed) as Error).message, 'broken')
    far.destroy()
    const [other, end] = pipe()
    const given = paceStream(other, 300, clock)
    given.write('x'.repeat(5000))
    await clock.pass(1000)
    given.destroy()
    await clock.pass(100_000)
    assert.ok(other.destroyed)
    end.destroy()
  })
})

describe('a link with a cap', () => {
  for (const via of ['psk', 'http'] as const)
    it(`carries an exchange over ${via}, whole, and takes the time that the cap says`, async (t) => {
      const world = await makeWorld({ via })
      t.after(() => world.close())
      const link = world.link({ limitRate: 400_000 })
      const sent = new Uint8Array(20_000).map((_, index) => (index * 7) % 256)
      const startMs = performance.now()
      const got: Uint8Array[] = []
      for await (const chunk of await link.exchange(sent)) got.push(chunk)
      assert.deepEqual(Buffer.concat(got), Buffer.from(sent))
      // 20 kB at 50 kB/s, each way; the echo may begin before the request has ended.
      assert.ok(performance.now() - startMs > 350, `${performance.now() - startMs} ms`)
    })

  it('has the endpoint keep its answer under it, so that the line itself carries no more', async (t) => {
    const answer = new Uint8Array(40_000).map((_, index) => (index * 7) % 256)
    const world = await makeWorld({
      respond: async function* () {
        yield answer
      },
    })
    t.after(() => world.close())
    const line = await world.slowLine()
    const link = world.link({ limitRate: 100_000 })
    const startMs = performance.now()
    const got: Uint8Array[] = []
    for await (const chunk of await link.exchange(new Uint8Array(10))) {
      got.push(chunk)
      const ms = performance.now() - startMs
      // The handshake, and two pieces.
      const most = 2000 + 2 * 1500 + (ms * 100_000) / 8000
      assert.ok(line.counters.down <= most, `${line.counters.down} bytes in ${ms} ms`)
    }
    assert.deepEqual(Buffer.concat(got), Buffer.from(answer))
  })
})
