import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { concat } from '../../src/bytes/concat.js'
import type { Codec } from '../../src/wire/compression/codec.js'
import { loadZstd } from '../../src/wire/compression/zstd.js'
import { createFrameDecoder } from '../../src/wire/frame-decoder.js'
import { createFrameEncoder } from '../../src/wire/frame-encoder.js'
import { corpusFiles, noCorpora } from '../mime/corpora.js'
import { sha256 } from './zstd-world.js'

/**
 * What real mail takes. Bars leave some room: figures are printed as diagnostics, docs/PROTOCOL.md tells
 * where they stood.
 */
describe('frames of real mail', { skip: noCorpora }, () => {
  let codec: Codec
  let messages: Uint8Array[]

  before(async () => {
    codec = await loadZstd()
    messages = [...corpusFiles(['ham'])].slice(0, 250).map(({ bytes }) => bytes.subarray(0, 60_000))
  })

  /** The messages one after the other, in payloads of a size. */
  function payloadsOf(mails: readonly Uint8Array[], payloadBytes: number): Uint8Array[] {
    return mails.flatMap((mail) =>
      Array.from({ length: Math.ceil(mail.length / payloadBytes) }, (_, i) =>
        mail.subarray(i * payloadBytes, (i + 1) * payloadBytes),
      ),
    )
  }

  function framesOf(
    payloads: readonly Uint8Array[],
    options: { codec?: Codec; mix?: boolean } = {},
  ): Uint8Array[] {
    const writer = createFrameEncoder({ codec, createHash: sha256, ...options })
    return payloads.map((payload) => writer.encode(1, payload, 'text'))
  }

  /** Against what was said before alone, without the shipped dictionary. */
  const bareCodec = (): Codec => ({
    ...codec,
    open: (history) => {
      let seen = 16
      const stream = codec.open({ dictionary: () => history.dictionary().slice(-seen) })
      return {
        ...stream,
        append: (bytes) => {
          seen += bytes.length
        },
      }
    },
  })

  const sum = (parts: readonly Uint8Array[]): number => parts.reduce((all, { length }) => all + length, 0)
  const megabytesPerSecond = (bytes: number, since: number): string =>
    `${(bytes / 1000 / (performance.now() - since)).toFixed(1)} MB/s`

  for (const payloadBytes of [4096, 8192])
    it(`of ${payloadBytes} bytes take much less than DEFLATE takes for each, or for all in one stream`, (t) => {
      const payloads = payloadsOf(messages, payloadBytes)
      const size = sum(payloads)
      const encoding = performance.now()
      const frames = framesOf(payloads)
      const encoded = megabytesPerSecond(size, encoding)
      const wire = sum(frames)
      const deflated = sum(payloads.map((payload) => deflateRawSync(payload, { level: 9 })))
      const stream = deflateRawSync(concat(payloads), { level: 6 }).length
      const reader = createFrameDecoder({ codec, createHash: sha256 })
      const decoding = performance.now()
      for (const [i, frame] of frames.entries()) {
        reader.push(frame)
        assert.deepEqual(reader.next()?.payload, payloads[i])
      }
      t.diagnostic(
        `${size} bytes: ${wire} in frames (${(wire / size).toFixed(3)}), ${deflated} with DEFLATE 9 each (${(deflated / size).toFixed(3)}), ${stream} in one DEFLATE 6 stream; encoded ${encoded}, decoded ${megabytesPerSecond(size, decoding)}`,
      )
      assert.ok(wire < 0.6 * deflated)
      assert.ok(wire < 0.85 * stream)
    })

  it('begin cheaper with the shipped dictionary: small syncs gain from it', (t) => {
    let size = 0
    let shipped = 0
    let bare = 0
    for (let at = 0; at < messages.length; at += 10) {
      const payloads = payloadsOf(messages.slice(at, at + 4), 4096)
      size += sum(payloads)
      shipped += sum(framesOf(payloads))
      bare += sum(framesOf(payloads, { codec: bareCodec() }))
    }
    t.diagnostic(`${size} bytes in syncs of four messages: ${shipped} with, ${bare} without it`)
    assert.ok(shipped < 0.93 * bare)
  })

  it('are a fifth smaller with codec 2, in syncs of four messages too', (t) => {
    for (const each of [4, 30]) {
      let [zstd, mix] = [0, 0]
      for (let at = 0; at < (each === 4 ? 120 : 30); at += 30) {
        const payloads = payloadsOf(messages.slice(at, at + each), 4096)
        zstd += sum(framesOf(payloads))
        mix += sum(framesOf(payloads, { mix: true }))
      }
      t.diagnostic(
        `${each} messages: ${zstd} bytes with zstd, ${mix} with codec 2 (${(mix / zstd).toFixed(3)})`,
      )
      assert.ok(mix < 0.85 * zstd)
    }
  })
})
