import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { concat } from '../../src/bytes/concat.js'
import { toHex } from '../../src/bytes/hex.js'
import { shippedDictionary, shippedDictionaryName } from '../../src/wire/compression/dictionary.js'
import { createHistory } from '../../src/wire/compression/history.js'
import { noise, seed, sha256, utf8 } from './zstd-world.js'

describe('a history', () => {
  it('begins with what is shipped, or the end of it', () => {
    assert.deepEqual(createHistory(utf8('shipped'), 100).dictionary(), utf8('shipped'))
    assert.deepEqual(createHistory(utf8('shipped'), 3).dictionary(), utf8('ped'))
  })

  it('is always the last bytes of all that was shipped and appended', () => {
    const payloads = fc.array(
      fc.nat(90).map((size) => noise(size, size + 1)),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(fc.nat(60), payloads, fc.integer({ min: 1, max: 70 }), (shipped, appended, windowBytes) => {
        let all = noise(shipped, 99)
        const history = createHistory(all, windowBytes)
        for (const payload of appended) {
          history.append(payload)
          all = concat([all, payload])
          assert.deepEqual(history.dictionary(), all.slice(-windowBytes))
        }
      }),
      { seed, numRuns: 300 },
    )
  })

  it('keeps no more memory than twice its window, and its own copy of what it was given', () => {
    const history = createHistory(utf8('shipped'), 1000)
    const payload = noise(300)
    for (let i = 0; i < 100; i++) history.append(payload)
    payload.fill(0)
    assert.equal(history.dictionary().buffer.byteLength, 2000)
    assert.deepEqual(history.dictionary().slice(-300), noise(300))
  })
})

describe('the shipped dictionary', () => {
  it('is the one of its name: both sides must hold the same, so another text is another protocol version', () => {
    const hash = sha256()
    hash.update(shippedDictionary())
    assert.equal(toHex(hash.digest().subarray(0, 8)), shippedDictionaryName)
  })

  it('has line feeds only, as a checkout that rewrites line ends would make it another', () => {
    assert.equal(shippedDictionary().includes(13), false)
  })
})
