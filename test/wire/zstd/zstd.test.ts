import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { Zstd } from 'zstd-codec'
import type { Codec } from '../../../src/wire/compression/codec.js'
import { shippedDictionary } from '../../../src/wire/compression/dictionary.js'
import { loadZstd, startZstd } from '../../../src/wire/compression/zstd.js'
import { wireLimits } from '../../../src/wire/limits.js'
import { codecConformance } from '../codec-conformance.js'
import { behind, corrupt, noise, prose, utf8 } from '../zstd-world.js'
import { zstdConformance } from './zstd-conformance.js'

const dictionary = shippedDictionary()
let codec: Codec

before(async () => {
  codec = await loadZstd()
})

/** The body, which must exist. */
function compressed(bytes: Uint8Array, against = dictionary): Uint8Array {
  const body = codec.open(behind(against)).compress(bytes)
  assert.ok(body, 'compression should have paid')
  return body
}

codecConformance('1, zstd', () => loadZstd())
zstdConformance('WebAssembly', () => loadZstd())

describe('the zstd codec', () => {
  it('says so when compression does not pay', () => {
    assert.equal(codec.open(behind(dictionary)).compress(new Uint8Array(0)), undefined)
    assert.equal(codec.open(behind(dictionary)).compress(utf8('x')), undefined)
    for (const size of [20, 300, 6144, 131072, 262144])
      assert.equal(codec.open(behind(dictionary)).compress(noise(size, size)), undefined)
  })

  it('does not leak its heap: a thousand dictionaries come and go', () => {
    const full = prose(wireLimits.historyBytes, 5)
    const text = prose(700, 6)
    const body = compressed(text, full)
    for (let i = 0; i < 1000; i++)
      assert.deepEqual(codec.open(behind(full)).decompress(body, text.length), text)
    for (let i = 0; i < 100; i++) assert.deepEqual(compressed(text, full), body)
  })
})

describe('the zstd codec when its heap is full', () => {
  /**
   * An instance in whose heap nothing more fits. What zstd-codec prints when it aborts is kept from the test
   * report.
   */
  async function fullInstance(): Promise<Zstd> {
    const zstd = await startZstd()
    for (const size of [500_000, 20_000, 1000])
      assert.throws(() => {
        for (;;) new zstd.Dict.Decompression(prose(size))
      }, /abort/)
    return zstd
  }

  it('stores, or refuses a frame, and goes on with a fresh instance', async () => {
    const text = prose(6000)
    const body = compressed(text)
    const { log, warn } = console
    console.log = console.warn = () => {}
    try {
      let started = 0
      const instances: Promise<Zstd>[] = [fullInstance(), fullInstance(), startZstd()]
      const start = (): Promise<Zstd> => instances[started++] ?? Promise.reject(new Error('one too many'))
      const tired = await loadZstd(start)
      assert.throws(() => tired.open(behind(dictionary)).decompress(body, text.length), corrupt)
      assert.throws(() => tired.open(behind(dictionary)).decompress(body, text.length), corrupt)
      assert.equal(started, 2, 'one fresh instance is enough for two failures')
      await instances[1]
      await Promise.resolve()
      assert.equal(tired.open(behind(dictionary)).compress(text), undefined)
      await instances[2]
      await Promise.resolve()
      assert.deepEqual(tired.open(behind(dictionary)).compress(text), body)
      assert.deepEqual(tired.open(behind(dictionary)).decompress(body, text.length), text)
      assert.equal(started, 3)
    } finally {
      Object.assign(console, { log, warn })
    }
  })

  it('lives with an instance that can not be replaced', async () => {
    let started = 0
    const aborting = {
      Simple: class {},
      Dict: {
        Compression: class {
          constructor() {
            throw 'abort(OOM)'
          }
        },
      },
    } as unknown as Zstd
    const start = async (): Promise<Zstd> => {
      if (started++ > 0) throw new Error('no')
      return aborting
    }
    const tired = await loadZstd(start)
    for (let i = 0; i < 3; i++) {
      assert.equal(tired.open(behind(dictionary)).compress(prose(100)), undefined)
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.equal(started, 4)
  })
})
