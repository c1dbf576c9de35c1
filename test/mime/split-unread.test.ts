import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type ByteSource, memorySource } from '../../src/bytes/source.js'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { bodyOffset, bodyOffsets } from '../../src/mime/body-offsets.js'
import { sameShape } from '../../src/mime/same-shape.js'
import type { Skeleton } from '../../src/mime/skeleton.js'
import { decodeSkeleton, encodeSkeleton } from '../../src/mime/skeleton-codec.js'
import { splitUnread } from '../../src/mime/split-unread.js'
import { MessageVerifier } from '../../src/mime/verify-message.js'
import { bytesOf, seed, sha256, split } from './message-builders.js'

const noise = (size: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * i * 31 + i) >> 3))

const base64 = (size: number, eol = '\r\n', width = 76): string =>
  noise(size)
    .toString('base64')
    .replace(new RegExp(`.{${width}}(?=.)`, 'g'), `$&${eol}`)

const leaf = (type: string, encoding: string, body: string, eol = '\r\n'): string =>
  `Content-Type: ${type}${eol}Content-Transfer-Encoding: ${encoding}${eol}${eol}${body}`

const mixed = (parts: readonly string[], { boundary = 'b', eol = '\r\n' } = {}): string =>
  `Content-Type: multipart/mixed; boundary=${boundary}${eol}${eol}${parts.map((part) => `--${boundary}${eol}${part}${eol}`).join('')}--${boundary}--${eol}`

const text = leaf('text/plain', '7bit', 'See below.')
const picture = leaf('image/png', 'base64', base64(300_000))
const log = leaf('text/plain', '8bit', 'it went well\r\n'.repeat(20_000))
const forwarded = `Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n${mixed([text, picture], { boundary: 'inner' })}`
const quoted = leaf('text/html', 'quoted-printable', 'a=3Db =E4=F6\r\n'.repeat(20_000))

const messages: Record<string, string> = {
  'a picture': mixed([text, picture]),
  'two pictures': mixed([text, picture, picture, text]),
  'a picture and nothing else': `Subject: x\r\n${picture}\r\n`,
  'a picture with bare newlines': mixed([leaf('image/png', 'base64', base64(300_000, '\n'), '\n')], {
    eol: '\n',
  }),
  'a picture in narrow lines': mixed([text, leaf('image/png', 'base64', base64(300_000, '\r\n', 60))]),
  'a picture with a tail': mixed([text, leaf('image/png', 'base64', `${base64(300_000)}\r\n\r\n`)]),
  'a picture in lines of odd length': mixed([leaf('image/png', 'base64', base64(300_000, '\r\n', 75))]),
  'a log': mixed([log, text]),
  'a forwarded mail': mixed([text, forwarded]),
  'long header and preamble before': `X-Long: ${'x'.repeat(65_000)}\r\n${mixed([text, picture])}`,
  'something called base64 that is none': mixed([
    text,
    leaf('image/png', 'base64', 'no base64!\r\n'.repeat(30_000)),
  ]),
}

/** A source that knows what was read of it. */
function watched(bytes: Uint8Array): ByteSource & { bytesRead: number } {
  const source = memorySource(bytes)
  const watching = {
    size: source.size,
    bytesRead: 0,
    read: async (offset: number, length: number) => {
      const read = await source.read(offset, length)
      watching.bytesRead += read.length
      return read
    },
  }
  return watching
}

const sizesOf = ({ parts }: Skeleton): number[] => parts.map(({ encodedSize }) => encodedSize)
const options = { createHash: sha256 }
const changed = (error: unknown): boolean => hasCode(error, 'MESSAGE_CHANGED')

describe('splitUnread', () => {
  for (const [what, message] of Object.entries(messages))
    it(`makes of ${what} what reading all of it makes, but for digests, and a proof finds these`, async () => {
      const bytes = bytesOf(message)
      const whole = await split(bytes)
      const source = watched(bytes)
      const unread = await splitUnread(source, sizesOf(whole), options)
      assert.ok(unread)
      assert.ok(sameShape(unread, whole))
      assert.equal(unread.digest, undefined)
      assert.ok(source.bytesRead < 340_000, `${source.bytesRead} bytes were read`)
      assert.deepEqual(decodeSkeleton(encodeSkeleton(unread)), unread)
      assert.deepEqual(await new MessageVerifier(unread, sha256).finish(memorySource(bytes)), whole)
    })

  it('reads quoted-printable, since nothing but its bytes says what it decodes to', async () => {
    const bytes = bytesOf(mixed([text, quoted]))
    const whole = await split(bytes)
    assert.deepEqual(await splitUnread(memorySource(bytes), sizesOf(whole), options), whole)
  })

  it('wants all of it read when the sizes are not the message’s', async () => {
    const bytes = bytesOf(messages['two pictures'] ?? '')
    const sizes = sizesOf(await split(bytes))
    const wrong = [
      sizes.map((size) => size + 1),
      sizes.map((size) => size - 1),
      sizes.map((size, i) => (i === 1 ? size * 2 : size)),
      sizes.slice(0, -1),
      [...sizes, 5],
    ]
    for (const lie of wrong)
      assert.equal(await splitUnread(memorySource(bytes), lie, options), undefined, String(lie))
    const none = sizes.map(() => 2 ** 40)
    assert.deepEqual(await splitUnread(memorySource(bytes), none, options), await split(bytes))
    // Two parts as one: the delimiter stands where it should, and there are too few of them.
    const [a = 0, b = 0, c = 0, d = 0] = sizes
    const whole = await split(bytes)
    const starts = bodyOffsets(whole)
    assert.deepEqual(
      starts,
      starts.map((_, part) => bodyOffset(whole, part)),
    )
    assert.equal(bodyOffset(whole, starts.length), undefined)
    const joined = (starts[2] ?? 0) + c - (starts[1] ?? 0)
    assert.ok(joined > b)
    assert.equal(await splitUnread(memorySource(bytes), [a, joined, d, 1], options), undefined)
  })

  it('makes nothing wrong of any sizes at all', async () => {
    const bytes = bytesOf(messages['two pictures'] ?? '')
    const whole = await split(bytes)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(900_000), { minLength: 4, maxLength: 4 }), async (sizes) => {
        const unread = await splitUnread(memorySource(bytes), sizes, options)
        assert.ok(!unread || sameShape(unread, whole))
      }),
      { seed, numRuns: 30 },
    )
  })

  it('takes a message without anything big as it is, digest and all', async () => {
    const bytes = bytesOf(mixed([text, text]))
    const whole = await split(bytes)
    assert.deepEqual(await splitUnread(memorySource(bytes), sizesOf(whole), options), whole)
  })
})

describe('MessageVerifier', () => {
  const of = async (bytes: Uint8Array): Promise<Skeleton> => {
    const unread = await splitUnread(memorySource(bytes), sizesOf(await split(bytes)), options)
    assert.ok(unread)
    return unread
  }

  it('stops where the inside is not made as both ends are, and lets nothing through before', async () => {
    const bytes = bytesOf(messages['a picture'] ?? '')
    const unread = await of(bytes)
    const middle = 200_000
    const other = bytes.slice()
    const [cr, lf] = [other.indexOf(13, middle), other.indexOf(10, middle)]
    // The same number of bytes, with a line end one character later.
    other[cr] = 65
    other[lf] = 13
    other[lf + 1] = 10
    const proof = new MessageVerifier(unread, sha256)
    await proof.advance(memorySource(other), 100_000)
    await assert.rejects(proof.advance(memorySource(other), middle + 200), changed)
    await assert.rejects(new MessageVerifier(unread, sha256, 1).finish(memorySource(other)), changed)
    const shorter = bytes.subarray(0, bytes.length - 10)
    await assert.rejects(new MessageVerifier(unread, sha256).finish(memorySource(shorter)), changed)
  })

  it('goes on after an error, for several at once', async () => {
    const bytes = bytesOf(messages['two pictures'] ?? '')
    const proof = new MessageVerifier(await of(bytes), sha256)
    const source = watched(bytes)
    let away = true
    const failing = {
      size: source.size,
      read: async (offset: number, length: number) => {
        if (away && offset > 200_000) throw new Error('away')
        return source.read(offset, length)
      },
    }
    await assert.rejects(proof.advance(failing, 300_000), /away/)
    away = false
    const found = await Promise.all([
      proof.advance(failing, 400_000),
      proof.finish(failing),
      proof.advance(failing, 100_000),
      proof.finish(failing),
    ])
    assert.deepEqual([found[1], found[3]], [await split(bytes), await split(bytes)])
    assert.equal(source.bytesRead, bytes.length)
  })

  it('of one part reads that alone, and finds its digest', async () => {
    const bytes = bytesOf(messages['two pictures'] ?? '')
    const whole = await split(bytes)
    const source = watched(bytes)
    const found = await new MessageVerifier(await of(bytes), sha256, 2).finish(source)
    assert.equal(found.digest, undefined)
    assert.deepEqual(
      found.parts.map(({ digest }) => digest),
      whole.parts.map(({ digest }, part) => (part === 1 ? undefined : digest)),
    )
    assert.equal(source.bytesRead, whole.parts[2]?.encodedSize)
    // The other one is what is left to be read then.
    assert.deepEqual(await new MessageVerifier(found, sha256).finish(memorySource(bytes)), whole)
  })
})
