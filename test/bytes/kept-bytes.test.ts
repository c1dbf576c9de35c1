import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KeptBytes } from '../../src/bytes/kept-bytes.js'

test('bytes are kept up to a sum, whatever is kept, kept anew and dropped in whatever order', () => {
  const act = fc.record({ name: fc.constantFrom('a', 'b', 'c'), size: fc.integer({ min: -1, max: 900 }) })
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const most = 2000
      const kept = new KeptBytes(most)
      const last = new Map<string, Uint8Array>()
      for (const { name, size } of acts) {
        if (size < 0) kept.drop(name)
        else {
          last.set(name, new Uint8Array(size))
          kept.keep(name, last.get(name) ?? new Uint8Array())
        }
        const held = ['a', 'b', 'c'].map((each) => kept.get(each))
        assert.ok(held.reduce((sum, bytes) => sum + (bytes?.length ?? 0), 0) <= most)
        // Nothing but the newest is given, and where all others were dropped there is room for anything.
        for (const [i, each] of ['a', 'b', 'c'].entries())
          assert.ok(held[i] === undefined || held[i] === last.get(each))
        if (size < 0) assert.equal(kept.get(name), undefined)
      }
      for (const name of ['a', 'b', 'c']) kept.drop(name)
      assert.ok(kept.hasRoomFor(900))
    }),
  )
})
