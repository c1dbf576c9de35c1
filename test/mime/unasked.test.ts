import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseBegunEnvelope, parseEnvelope } from '../../src/mime/headers/envelope.js'
import { encodeEnvelope } from '../../src/mime/headers/envelope-codec.js'
import { mimeLimits } from '../../src/mime/limits.js'
import { encodeOutline, outlineOf } from '../../src/mime/outline.js'
import type { Skeleton } from '../../src/mime/skeleton.js'
import { encodeSkeleton } from '../../src/mime/skeleton-codec.js'
import { structureStartBytes } from '../../src/mime/structure-rest.js'
import { bytesOf, roundTrip, seed } from './message-builders.js'

/** What an author writes into a mail that comes before anybody has asked for it. */

const undigested = (skeleton: Skeleton): Skeleton => ({
  ...skeleton,
  parts: skeleton.parts.map(({ digest: _, ...part }) => part),
})

/** Types, charsets and names, which are all that an outline has of an author's words; and numbers, a few bytes for each part. */
const outlineBytes = (parts: number): number => mimeLimits.wordsBytes + 12 * parts + 200

const mixed = (parts: readonly string[]): Uint8Array =>
  bytesOf(
    `Content-Type: multipart/mixed; boundary=b\n\n${parts.map((part) => `--b\n${part}\n`).join('')}--b--\n`,
  )

test('a thousand parts with long names, types and charsets: a list has a few kB of that', async () => {
  const parts = Array.from(
    { length: 900 },
    (_, i) =>
      `Content-Type: application/x-${'t'.repeat(60)}${i}; charset=x-${'c'.repeat(30)}${i}; name="${'n'.repeat(200)}${i}.txt"\n\nPart ${i}.`,
  )
  const skeleton = await roundTrip(mixed(parts))
  assert.equal(skeleton.parts.length, 900)
  assert.ok(encodeOutline(outlineOf(skeleton)).length < outlineBytes(900))
  // The first few are called what they are called.
  assert.equal(skeleton.parts[0]?.name, `${'n'.repeat(200)}0.txt`)
  assert.equal(skeleton.parts[899]?.name, undefined)
  assert.equal(skeleton.parts[899]?.type, 'application/octet-stream')
})

test('parts whose encoding takes long to say travel as they stand', async () => {
  // A soft break after every other character: each is an exception.
  const torn = (i: number): string =>
    `Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n${Array.from({ length: 3000 }, (_, at) => `${'ab'[(at * (i + 3)) % 2]}${'x'.repeat((at * 7 + i) % 11)}=\n`).join('')}`
  const tails = (i: number): string =>
    `Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nQUJD\n${' \n\n'.repeat(10 + (i % 10))}`
  for (const part of [torn, tails]) {
    const skeleton = await roundTrip(mixed(Array.from({ length: 200 }, (_, i) => part(i))))
    const recipes = skeleton.parts.reduce(
      (sum, { encoding }) =>
        sum +
        (encoding.kind === 'quoted-printable'
          ? encoding.patch.length
          : encoding.kind === 'base64'
            ? encoding.tail.length
            : 0),
      0,
    )
    assert.ok(recipes <= mimeLimits.recipesBytes, `${recipes} bytes of recipes`)
    assert.equal(skeleton.parts.at(-1)?.encoding.kind, 'identity')
  }
})

test('a list shows people up to some bytes of them, From first', () => {
  const people = (who: string): string =>
    Array.from(
      { length: 20 },
      (_, i) => `"${who}${'n'.repeat(150)}${i}" <${'a'.repeat(250)}${i}@x.org>`,
    ).join(',\n ')
  const { from, to, cc } = parseEnvelope(
    bytesOf(`To: ${people('t')}\nCc: ${people('c')}\nFrom: Ann <ann@x.org>, ${people('f')}\n\n`),
  )
  const all = [...from, ...to, ...cc]
  const sum = all.reduce((bytes, { name = '', address }) => bytes + name.length + address.length, 0)
  assert.ok(sum <= 2048, `${sum} bytes`)
  assert.equal(from[0]?.address, 'ann@x.org')
  const honest = parseEnvelope(
    bytesOf(
      `From: ann@x.org\nTo: ${Array.from({ length: 20 }, (_, i) => `Person Number ${i} <person.number.${i}@mail.example.org>`).join(', ')}\n\n`,
    ),
  )
  assert.equal(honest.to.length, 20)
})

test('of a header that is cut nothing is taken but whole ids and dates', () => {
  const listed = parseEnvelope(bytesOf('From: ann@x.org\nTo: bob@x.org\nSubject: as listed\n\n'))
  const header =
    'From: eve@x.org\nSubject: another\nMessage-ID: <1@x.org>\nDate: Mon, 02 Nov 2026 10:00:10 +0100\nReferences: <0@x.org>\nIn-Reply-To: <2@x.org>\n'
  const begun = (bytes: number) => parseBegunEnvelope(bytesOf(header.slice(0, bytes)), listed)
  for (let at = 0; at < header.length; at++) {
    const { from, subject } = begun(at)
    assert.equal(`${from[0]?.address} ${subject}`, 'ann@x.org as listed')
  }
  assert.equal(begun(header.indexOf('g>\nDate')).messageId, undefined)
  const { messageId, dateZoneMinutes, references, inReplyTo } = begun(header.length)
  assert.deepEqual([messageId, dateZoneMinutes, references], ['1@x.org', 60, ['0@x.org']])
  // The last field may go on with a folded line.
  assert.equal(inReplyTo, undefined)
  const whole = bytesOf(`${header}\nText`)
  assert.deepEqual(parseBegunEnvelope(whole, listed), parseEnvelope(whole))
})

test('whatever a mail looks like, what describes it is bounded, and its parts and pieces make it again', async () => {
  const token = fc.stringMatching(/^[a-z]{1,60}$/)
  const leaf = fc.record({
    type: fc.oneof(
      fc.constantFrom('text/plain', 'image/png'),
      token.map((name) => `application/${name}`),
    ),
    name: fc.option(fc.stringMatching(/^[a-z]{1,250}$/)),
    fields: fc.array(fc.tuple(token, fc.stringMatching(/^[ -~]{0,200}$/)), { maxLength: 8 }),
    encoding: fc.constantFrom('7bit', 'base64', 'quoted-printable'),
    body: fc.oneof(
      fc.stringMatching(/^[ -~]{0,200}$/),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('base64')),
      fc
        .array(fc.constantFrom('a=\n', '=20=\n', 'b', '=C3=A9'), { maxLength: 200 })
        .map((all) => all.join('')),
    ),
  })
  const mail = fc.record({
    fields: fc.array(fc.tuple(token, fc.stringMatching(/^[ -~]{0,400}$/)), { maxLength: 60 }),
    preamble: fc.stringMatching(/^[ -~\n]{0,3000}$/),
    leaves: fc.array(leaf, { maxLength: 60 }),
  })
  const fieldLines = (fields: readonly (readonly [string, string])[]): string =>
    fields.map(([name, value]) => `${name}: ${value}\n`).join('')
  await fc.assert(
    fc.asyncProperty(mail, async ({ fields, preamble, leaves }) => {
      const parts = leaves.map(
        ({ type, name, fields, encoding, body }) =>
          `--b\n${fieldLines(fields)}Content-Type: ${type}${name ? `; name=${name}` : ''}\nContent-Transfer-Encoding: ${encoding}\n\n${body}\n`,
      )
      const bytes = bytesOf(
        `${fieldLines(fields)}Content-Type: multipart/mixed; boundary=b\n\n${preamble}\n${parts.join('')}--b--\n`,
      )
      const skeleton = await roundTrip(bytes)
      const count = skeleton.parts.length
      assert.ok(encodeOutline(outlineOf(skeleton)).length <= outlineBytes(count))
      assert.ok(
        encodeSkeleton(undigested(skeleton)).length <=
          outlineBytes(count) + 16 * count + mimeLimits.recipesBytes,
      )
      const hot = skeleton.structure.reduce((sum, run) => sum + run, 0) - (skeleton.cold?.sizeBytes ?? 0)
      assert.equal(hot - (skeleton.restBytes ?? 0), Math.min(hot, structureStartBytes))
      assert.ok(encodeEnvelope(parseEnvelope(bytes)).length < 8000)
    }),
    { numRuns: 150, seed },
  )
})
