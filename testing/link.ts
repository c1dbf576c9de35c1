import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { concat } from '../src/bytes/concat.js'
import { hasCode } from '../src/errors/packetboat-error.js'
import type { Link } from '../src/sync/link.js'

/** What stands at the other end of a link under test: `Responder` without the device. */
export type Answer = (request: AsyncIterable<Uint8Array>, signal: AbortSignal) => AsyncIterable<Uint8Array>

/**
 * What every link does, whatever carries it. `open` gives a link whose exchanges `answer` answers; it closes both ends when the test `t` is
 * over.
 */
export function linkConformance(name: string, open: (t: TestContext, answer: Answer) => Promise<Link>): void {
  describe(`${name}, as a link`, () => {
    it('carries requests and answers of any length byte for byte, one after another', async (t) => {
      const link = await open(t, reversed)
      for (const size of [0, 1, 1000, 70_000, 400_000]) {
        const sent = someBytes(size)
        const whole = await readAll(await link.exchange(sent))
        assert.deepEqual(whole, Uint8Array.from(sent).reverse(), `${size} bytes given whole`)
        const streamed = await readAll(await link.exchange(inPieces(sent, 3001)))
        assert.deepEqual(streamed, Uint8Array.from(sent).reverse(), `${size} bytes given as a stream`)
      }
    })

    it('gives an answer while it is being written', async (t) => {
      const seen = gate()
      const link = await open(t, async function* (request) {
        await readAll(request)
        yield bytesOf('first')
        await seen.opened
        yield bytesOf('second')
      })
      let text = ''
      for await (const bytes of await link.exchange(bytesOf('ask'))) {
        text += new TextDecoder().decode(bytes)
        if (text === 'first') seen.open()
      }
      assert.equal(text, 'firstsecond')
    })

    it('counts at least what it carries', async (t) => {
      const link = await open(t, echo)
      const before = { ...link.stats }
      await readAll(await link.exchange(someBytes(50_000)))
      const { up, down } = link.stats
      assert.ok(up - before.up >= 50_000, `${up - before.up} bytes up`)
      assert.ok(down - before.down >= 50_000, `${down - before.down} bytes down`)
    })

    it('never takes an answer that breaks off for a whole one, and carries the next', async (t) => {
      let breaks = true
      const link = await open(t, async function* (request) {
        await readAll(request)
        yield someBytes(100_000)
        if (breaks) throw new Error('the other side fell over')
      })
      await assert.rejects(readAnswer(link, bytesOf('ask')))
      breaks = false
      assert.equal((await readAnswer(link, bytesOf('ask'))).length, 100_000)
    })

    it('never takes a request that breaks off for a whole one', async (t) => {
      let whole = 0
      const link = await open(t, async function* (request) {
        await readAll(request)
        whole++
        yield bytesOf('all of it')
      })
      const torn = new Error('no more to send')
      await assert.rejects(
        readAnswer(
          link,
          (async function* () {
            yield someBytes(100_000)
            throw torn
          })(),
        ),
        (error) => error === torn,
      )
      assert.equal(whole, 0, 'the other side does not see the end of it')
      await readAnswer(link, bytesOf('another'))
      assert.equal(whole, 1)
    })

    it('tells the other side that nobody waits any more', async (t) => {
      const over = gate()
      const link = await open(t, async function* (request, signal) {
        await readAll(request)
        yield someBytes(100)
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve()
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
        over.open()
        throw signal.reason
      })
      const stop = new AbortController()
      await assert.rejects(async () => {
        for await (const _ of await link.exchange(bytesOf('ask'), stop.signal)) stop.abort()
      })
      await over.opened
    })

    it('carries nothing once it is closed, and can be closed twice', async (t) => {
      const link = await open(t, echo)
      await readAnswer(link, bytesOf('ask'))
      await link.close()
      await link.close()
      await assert.rejects(readAnswer(link, bytesOf('ask')), (error) => hasCode(error, 'LINK_FAILED'))
    })
  })
}

const echo: Answer = async function* (request) {
  yield* request
}

const reversed: Answer = async function* (request) {
  const all = (await readAll(request)).reverse()
  yield* inPieces(all, 5003)
}

async function readAnswer(link: Link, request: Parameters<Link['exchange']>[0]): Promise<Uint8Array> {
  return readAll(await link.exchange(request))
}

async function readAll(answer: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of answer) chunks.push(chunk.slice())
  return concat(chunks)
}

async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Bytes that don't repeat soon. */
function someBytes(count: number): Uint8Array {
  let state = 1
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state >>> 24
  })
}

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
