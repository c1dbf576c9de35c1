import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fromHex, toHex } from '../../src/bytes/hex.js'
import { protocolVersion, requestKinds } from '../../src/wire/request-frames.js'
import { responseKinds } from '../../src/wire/response/kinds.js'
import { type GoldenCodec, goldenCodecs } from './golden/codecs.js'
import { goldenRows, readGoldenBytes } from './golden/rows.js'

/**
 * What other builds of this version send and take, to the byte. A row that fails means that this build can't speak with them: the change
 * needs a new version of the frames, or has to be made in a way that docs/PROTOCOL.md, "Versions", allows.
 */
const golden = readGoldenBytes()

for (const [name, rows] of Object.entries(goldenRows)) {
  const codec = goldenCodecs[name as keyof typeof goldenCodecs] as GoldenCodec<unknown>
  describe(`${name}: the bytes of this version`, () => {
    for (const [row, value] of Object.entries(rows))
      test(row, () => {
        const hex = golden.rows[name]?.[row]
        assert.ok(hex !== undefined, 'it has no bytes yet: npm run golden')
        assert.equal(toHex(codec.encode(value)), hex)
        assert.deepEqual(codec.decode(fromHex(hex)), value)
      })
  })
}

test('all rows are of this version, and every kind of frame has some', () => {
  assert.equal(golden.version, protocolVersion)
  const names = (rows: object): string[] =>
    Object.entries(rows).map(([name, of]) => `${name}: ${Object.keys(of)}`)
  assert.deepEqual(names(golden.rows), names(goldenRows))
  for (const kind of [...Object.keys(requestKinds), ...Object.keys(responseKinds)])
    assert.ok(kind in goldenCodecs, `${kind} has no golden rows`)
})
