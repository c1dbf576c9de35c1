import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { structureSize } from '../../src/mime/body-offsets.js'
import { checkSkeleton } from '../../src/mime/check-skeleton.js'
import { joinCold, partCold, withoutCold } from '../../src/mime/headers/cold-header.js'
import { headerFields } from '../../src/mime/headers/header-fields.js'
import { bytesOf, roundTrip, seed, textOf } from './message-builders.js'

const signature = (bytes: number): string => `DKIM-Signature: v=1; a=rsa-sha256;\n\tb=${'q'.repeat(bytes)}\n`
const rest = 'From: ann@example.org\nMessage-ID: <1@example.org>\nList-Id: <sea.example.org>\nSubject: Tide\n'

const namesOf = (header: Uint8Array): string[] => [...headerFields(header)].map(({ name }) => name)

async function parted(text: string) {
  const message = bytesOf(text)
  const skeleton = await roundTrip(message)
  const structure = message.subarray(0, skeleton.structure[0])
  return {
    skeleton,
    ...(skeleton.cold ? partCold(structure, skeleton.cold) : { hot: structure, cold: bytesOf('') }),
  }
}

describe('cold header fields', () => {
  it('are those that machines write for machines, and all others stay', async () => {
    const text = `Return-Path: <a@example.org>\nReceived: by a\n with b\nX-Received: by c\n${signature(1200)}${rest}X-Spam-Flag: YES\nX-MSMail-Priority: High\nARC-Seal: i=1\nX-Google-Smtp-Source: z\nX-Spam-Status: No\nReferences: <0@example.org>\n\nbody`
    const { skeleton, hot, cold } = await parted(text)
    assert.deepEqual(namesOf(cold), [
      ...['received', 'x-received', 'dkim-signature'],
      ...['arc-seal', 'x-google-smtp-source', 'x-spam-status'],
    ])
    assert.deepEqual(namesOf(hot), [
      ...['return-path', 'from', 'message-id', 'list-id', 'subject'],
      ...['x-spam-flag', 'x-msmail-priority', 'references'],
    ])
    assert.deepEqual(skeleton.cold?.runs, [1, 3, 6, 3])
    assert.ok(textOf(hot).endsWith('References: <0@example.org>\n\n'))
  })

  for (const [what, text] of [
    ['no more than a route', `${'Received: by a with b id c\n'.repeat(200)}${rest}\nbody`],
    ['too few to pay', `${signature(700)}${rest}\nbody`],
    ['a header of more runs than anybody writes', `${`${signature(20)}Subject: x\n`.repeat(150)}\nbody`],
    ['fields of a mail within the mail', `Content-Type: message/rfc822\n\n${signature(3000)}${rest}\nbody`],
    ['a body that looks like a header', `Subject: x\n\n${signature(3000)}`],
  ] as const)
    it(`are not split off where there is ${what}`, async () => {
      assert.equal((await parted(text)).skeleton.cold, undefined)
    })

  it('leave a structure that a skeleton can be told of', async () => {
    for (const text of [
      `${rest}${signature(2000)}\nbody`,
      `${signature(2000)}${rest}`,
      `${signature(2000)}`,
      `From x Mon Nov  2 10:00:00 2026\n${signature(2000)}${rest}Content-Type: multipart/mixed; boundary=b\n\n--b\nX: y\n\nbody\n--b--\n`,
    ]) {
      const { skeleton, hot } = await parted(text)
      const without = withoutCold(skeleton)
      checkSkeleton(without)
      assert.equal(without.structure[0], hot.length)
      assert.equal(structureSize(without), structureSize(skeleton) - (skeleton.cold?.sizeBytes ?? 0))
      assert.ok((without.parts[0]?.headerSize ?? 0) <= hot.length)
    }
  })

  it('come back to their places in any header', async () => {
    const line = fc.constantFrom(
      ...[
        'Received: x',
        'Subject: y',
        ' folded',
        '\tfolded',
        'no field',
        'X-Spam-Status : z',
        ': empty',
        'From me',
        '',
      ],
    )
    const field = fc.oneof(line, fc.constant(signature(400).trimEnd()))
    const eol = fc.constantFrom('\n', '\r\n')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(field, eol)), fc.boolean(), async (lines, ended) => {
        const text = lines.map((pair) => pair.join('')).join('')
        await roundTrip(bytesOf(ended ? text : text.slice(0, -1)))
      }),
      { seed, numRuns: 2000 },
    )
  })

  it('lose no byte whatever a skeleton says of them', async () => {
    const runs = fc.array(fc.nat(5), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), runs, async (hot, cold, counts) => {
        const header = { sizeBytes: cold.length, runs: counts }
        const [left, apart] = [bytesOf(hot), bytesOf(cold)]
        assert.equal(joinCold(left, apart, header).length, left.length + apart.length)
        const again = partCold(left, header)
        assert.equal(again.hot.length + again.cold.length, left.length)
      }),
      { seed, numRuns: 2000 },
    )
  })
})
