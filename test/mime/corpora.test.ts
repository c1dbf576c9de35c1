import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { memorySource } from '../../src/bytes/source.js'
import { mimeLimits } from '../../src/mime/limits.js'
import { decodeOutline, encodeOutline, outlineOf } from '../../src/mime/outline.js'
import { readPart } from '../../src/mime/read-part.js'
import { scanEntities } from '../../src/mime/scan-entities.js'
import { corpusFiles, noCorpora } from './corpora.js'
import { digestOf, roundTrip, seed, sha256 } from './message-builders.js'

describe('the mail corpora', { skip: noCorpora }, () => {
  it('come back byte for byte through the wire form of their skeletons', async (t) => {
    const rates = { base64: [0, 0], 'quoted-printable': [0, 0] }
    let bytesSeen = 0
    const startMs = Date.now()
    for (const { name, bytes } of corpusFiles()) {
      const skeleton = await roundTrip(bytes).catch((cause) => {
        throw new Error(name, { cause })
      })
      const outline = outlineOf(skeleton)
      assert.deepEqual(decodeOutline(encodeOutline(outline)), outline, name)
      const { parts } = await scanEntities(memorySource(bytes), { createHash: sha256, limits: mimeLimits })
      bytesSeen += bytes.length
      parts.forEach(({ fields, start, end }, i) => {
        if (fields.transferEncoding === 'identity') return
        const rate = rates[fields.transferEncoding]
        const plainly = skeleton.parts[i]!.encoding.kind === 'identity'
        // Quoted-printable without one escape is its own decoding.
        if (
          start === end ||
          (plainly &&
            fields.transferEncoding === 'quoted-printable' &&
            !bytes.subarray(start, end).includes(61))
        )
          return
        rate[0]! += plainly ? 0 : 1
        rate[1]! += 1
      })
    }
    for (const [kind, [decoded, all]] of Object.entries(rates))
      t.diagnostic(
        `${kind}: ${decoded} of ${all} parts travel decoded (${((100 * decoded!) / all!).toFixed(1)} %)`,
      )
    t.diagnostic(`${(bytesSeen / 1e6).toFixed(1)} MB split twice and rebuilt in ${Date.now() - startMs} ms`)
    assert.ok(rates.base64[0]! > 0.85 * rates.base64[1]!)
    assert.ok(rates['quoted-printable'][0]! > 0.98 * rates['quoted-printable'][1]!)
  })

  it('give any range of any part as decoded at once', async () => {
    const files = [...corpusFiles(['modern'])]
    await fc.assert(
      fc.asyncProperty(
        fc.nat(files.length - 1),
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 10 }),
        async (file, pick, ranges) => {
          const { bytes } = files[file]!
          const skeleton = await roundTrip(bytes)
          const source = memorySource(bytes)
          const index = pick % skeleton.parts.length
          const { size, digest } = skeleton.parts[index]!
          const whole = await readPart(source, skeleton, index, 0, size)
          assert.equal(digestOf(whole), digest)
          for (const [a, b] of ranges) {
            const offset = a % (size + 1)
            const length = b % (size + 10)
            const got = await readPart(source, skeleton, index, offset, length)
            assert.ok(Buffer.from(got).equals(whole.subarray(offset, offset + length)))
          }
        },
      ),
      { seed, numRuns: 60 },
    )
  })

  it('come back byte for byte after any damage', async () => {
    const files = [...corpusFiles(['mime'])].filter(({ bytes }) => bytes.length < 30_000)
    const edit = fc.oneof(
      fc.record({ kind: fc.constant('truncate' as const), at: fc.nat() }),
      fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), to: fc.nat(255) }),
      fc.record({ kind: fc.constant('mix' as const), at: fc.integer({ min: 1, max: 5 }) }),
      fc.record({
        kind: fc.constant('splice' as const),
        at: fc.nat(),
        from: fc.nat(files.length - 1),
        start: fc.nat(),
        length: fc.nat(2000),
      }),
      fc.record({
        kind: fc.constant('insert' as const),
        at: fc.nat(),
        text: fc.constantFrom('\r', '\n', '\r\n', '\n\n', '=', '=\n', '--', '\0', ' \n', '"', ';', '--\n'),
      }),
    )
    let mutants = 0
    await fc.assert(
      fc.asyncProperty(
        fc.nat(files.length - 1),
        fc.array(edit, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 5000 }),
        async (file, edits, chunk) => {
          let bytes: Buffer = Buffer.from(files[file]!.bytes)
          for (const step of edits) {
            const at = step.at % (bytes.length + 1)
            if (step.kind === 'truncate') bytes = bytes.subarray(0, at)
            else if (step.kind === 'flip') bytes[at] = step.to
            else if (step.kind === 'insert')
              bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(step.text), bytes.subarray(at)])
            else if (step.kind === 'splice') {
              const other = files[step.from]!.bytes
              const start = step.start % (other.length + 1)
              bytes = Buffer.concat([
                bytes.subarray(0, at),
                other.subarray(start, start + step.length),
                bytes.subarray(at),
              ])
            } else {
              let line = 0
              bytes = Buffer.from(
                bytes.toString('latin1').replace(/\r?\n/g, () => (line++ % (step.at + 1) ? '\r\n' : '\n')),
                'latin1',
              )
            }
          }
          mutants++
          await roundTrip(new Uint8Array(bytes), chunk)
        },
      ),
      { seed, numRuns: 2500 },
    )
    assert.ok(mutants >= 2500)
  })
})
