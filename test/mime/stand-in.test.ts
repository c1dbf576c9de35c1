import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { type ByteSource, memorySource } from '../../src/bytes/source.js'
import { parseEnvelope } from '../../src/mime/headers/envelope.js'
import { decodeEnvelope, encodeEnvelope } from '../../src/mime/headers/envelope-codec.js'
import { outlineOf } from '../../src/mime/outline.js'
import { partSource, readStructure } from '../../src/mime/read-part.js'
import { type MarkerKey, readMarker, standInMessage } from '../../src/mime/stand-in/stand-in.js'
import { corpusFiles, noCorpora } from './corpora.js'
import { bytesOf, collect, encodedBody, seed, sha256, shapeOf, split, textOf } from './message-builders.js'

const guid = '0123456789abcdef0123456789abcdef'
const marking: MarkerKey = { createHash: sha256, key: new Uint8Array(32).fill(7) }
const ours = { kind: 'partial', guid, edited: false, proved: true } as const

/** A stand-in for a message of which only these parts are here. */
async function standInFor(
  bytes: Uint8Array,
  here: readonly number[],
  withStructure: boolean,
): Promise<Uint8Array> {
  const source = memorySource(bytes)
  const skeleton = await split(bytes)
  const structure = await readStructure(source, skeleton)
  const parts = new Map<number, ByteSource>(here.map((i) => [i, partSource(source, skeleton, i)]))
  return collect(
    standInMessage({
      guid,
      marking,
      envelope: decodeEnvelope(encodeEnvelope(parseEnvelope(structure))),
      outline: outlineOf(skeleton),
      parts,
      ...(withStructure && { skeleton, structure }),
    }),
  )
}

const mark = (bytes: Uint8Array) => readMarker(memorySource(bytes), marking)

const mail = bytesOf(
  [
    'Received: from somewhere',
    'From: =?utf-8?Q?J=C3=BCrgen?= <j@example.org>',
    'To: a@example.org, "B, C" <b@example.org>',
    'Subject: =?utf-8?B?R3LDvMOfZQ==?= and =?utf-8?Q?more?=',
    'Date: Tue, 5 Mar 2024 10:00:00 +0100',
    'Message-ID: <one@example.org>',
    'In-Reply-To: <zero@example.org>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    'preamble',
    '--b',
    'Content-Type: multipart/alternative; boundary=c',
    '',
    '--c',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Gr=C3=BC=C3=9Fe from the boat',
    '--c',
    'Content-Type: text/html',
    '',
    '<b>hello</b>',
    '--c--',
    '--b',
    'Content-Type: application/pdf; name="r.pdf"',
    'Content-Transfer-Encoding: base64',
    "Content-Disposition: attachment; filename*=utf-8''r%C3%A9sum%C3%A9.pdf",
    '',
    'JVBERi0xLjQ=',
    '--b--',
    'epilogue',
    '',
  ].join('\n'),
)

describe('a stand-in', () => {
  for (const withStructure of [false, true]) {
    const kind = withStructure ? 'with the original structure' : 'made up from the envelope'
    it(`${kind} shows what is here and names what is missing`, async () => {
      const standIn = await standInFor(mail, [0], withStructure)
      const text = textOf(standIn)
      const parsed = await PostalMime.parse(standIn)
      assert.equal(parsed.subject, 'Grüße and more')
      assert.deepEqual(parsed.from, { name: 'Jürgen', address: 'j@example.org' })
      assert.deepEqual(
        parsed.to?.map((to) => to.address),
        ['a@example.org', 'b@example.org'],
      )
      assert.equal(parsed.messageId, '<one@example.org>')
      assert.equal(parsed.inReplyTo, '<zero@example.org>')
      assert.match(parsed.text ?? '', /Grüße from the boat/)
      const [, file] = parsed.attachments
      assert.deepEqual(
        [file?.mimeType, file?.filename, file?.disposition],
        ['application/x-packetboat-missing', 'résumé.pdf - not here yet.txt', 'attachment'],
      )
      assert.match(
        new TextDecoder().decode(file?.content as ArrayBuffer),
        /^\[résumé\.pdf, application\/pdf, 8 bytes: not here yet\]\n\[To get it: packetboat fetch 456789abcdef\/3\]\n\[To send it on: /,
      )
      assert.match(
        text,
        /X-Packetboat-Missing: application\/pdf; size=8;\n name\*=utf-8''r%C3%A9sum%C3%A9\.pdf\n/,
      )
      assert.deepEqual(await mark(standIn), ours)
      assert.equal(parsed.attachments[0]?.description, 'text/html, 12 bytes, not here yet')
      assert.match(
        text,
        /\nContent-Description: =\?utf-8\?[BQ]\?\S+\?=(?:\n \S+)*\nX-Packetboat-Missing: application\/pdf/i,
      )
    })

    it(`${kind} does not hide a text that is here behind a missing alternative`, async () => {
      const shape = shapeOf(await split(await standInFor(mail, [0], withStructure)))
      assert.deepEqual(shape, [
        'multipart/mixed',
        ['multipart/alternative', 'text/plain', 'application/x-packetboat-missing'],
        'application/x-packetboat-missing',
      ])
    })

    it(`${kind} is one text for a message of one missing part`, async () => {
      const plain = bytesOf(
        'From: a@example.org\nSubject: big\nContent-Type: text/html\nX-Other: kept\n\n<p>hello</p>\n',
      )
      const standIn = await standInFor(plain, [], withStructure)
      assert.equal(shapeOf(await split(standIn)), 'text/plain')
      assert.equal(parseEnvelope(standIn).subject, 'big')
      assert.match(
        textOf(standIn),
        /\n\n\[text\/html, 13 bytes: not here yet\]\n\[To get it: packetboat fetch 456789abcdef\/1\]\n$/,
      )
      assert.equal(textOf(standIn).includes('X-Other: kept'), withStructure)
      assert.ok(!textOf(standIn).includes('Content-Type: text/html'))
    })
  }

  it('shows the words where a text would show, and leaves a message of one part a text', async () => {
    const parts = ['text/plain', 'text/plain\nContent-Disposition: attachment', 'image/png']
    const mixed = parts.map((type) => `--b\nContent-Type: ${type}\n\nx\n`).join('')
    const bytes = bytesOf(`Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n${mixed}--b--\n`)
    const file = 'application/x-packetboat-missing'
    for (const withStructure of [false, true])
      assert.deepEqual(shapeOf(await split(await standInFor(bytes, [], withStructure))), [
        'multipart/mixed',
        'text/plain',
        file,
        file,
      ])
    const alone = bytesOf('Subject: x\nContent-Type: image/png\n\nx\n')
    assert.equal(shapeOf(await split(await standInFor(alone, [], true))), 'text/plain')
  })

  it('keeps every original byte that is here in its place', async () => {
    const standIn = textOf(await standInFor(mail, [0, 1], true))
    const original = textOf(mail)
    const marked = standIn.replace(/^X-Packetboat-Partial: .*\n/, '')
    const upTo = original.indexOf('Content-Type: application/pdf')
    assert.equal(marked.slice(0, upTo), original.slice(0, upTo))
    assert.ok(marked.endsWith('\n--b--\nepilogue\n'))
  })

  it('has CRLF throughout where the original has', async () => {
    const crlf = bytesOf(textOf(mail).replaceAll('\n', '\r\n'))
    const standIn = textOf(await standInFor(crlf, [0], true))
    assert.ok(!/[^\r]\n/.test(standIn))
  })

  it('sends what is no clean text in base64 when it makes up a message', async () => {
    for (const body of ['a\0b', `${'x'.repeat(999)}\n`, `--packetboat-${guid}-0\n`, 'a\rb']) {
      const bytes = bytesOf(`Subject: x\nContent-Type: text/plain\n\n${body}`)
      const standIn = await standInFor(bytes, [0], false)
      assert.match(textOf(standIn), /Content-Transfer-Encoding: base64/)
      assert.equal(
        textOf(await partSource(memorySource(standIn), await split(standIn), 0).read(0, 2000)),
        body,
      )
    }
  })

  it('leaves an mbox From line at the top', async () => {
    const standIn = await standInFor(
      bytesOf('From a@b Mon Jan  1 00:00:00 2024\nSubject: x\n\nbody\n'),
      [],
      true,
    )
    assert.match(textOf(standIn), /^From a@b .*\nX-Packetboat-Partial: v=2; .*\nSubject: x\n/)
    assert.deepEqual(await mark(standIn), ours)
  })
})

describe('a marker', () => {
  const unchanged: [string, (text: string) => string][] = [
    ['nothing at all', (text) => text],
    ['LF becomes CRLF', (text) => text.replaceAll('\n', '\r\n')],
    ['line ends are added at the end', (text) => `${text}\n\n`],
    ['line ends are lost at the end', (text) => text.trimEnd()],
    [
      'mutt adds Status, Lines and Content-Length',
      (text) => text.replace('\nSubject:', '\nStatus: RO\nContent-Length: 12\nLines: 3\nSubject:'),
    ],
    ['mbsync adds X-TUID', (text) => text.replace('\nMIME-Version', '\nX-TUID: abcdefgh\nMIME-Version')],
    [
      'Thunderbird adds its fields',
      (text) => `X-Mozilla-Status: 0001\nX-Mozilla-Keys:                 \n    \n${text}`,
    ],
    [
      'a delivery adds trace fields on top',
      (text) => `Return-Path: <x@y>\nDelivered-To: z\nReceived: from a\n\tby b; now\n${text}`,
    ],
    ['an mbox separator goes on top', (text) => `From me Mon Jan  1 00:00:00 2024\n${text}`],
  ]
  const edits: [string, (text: string) => string][] = [
    ['the body', (text) => text.replace('the boat', 'the ship')],
    ['the last line', (text) => `${text.trimEnd()} and more\n`],
    ['the subject', (text) => text.replace('Subject: ', 'Subject: Re: ')],
    ['a new field', (text) => text.replace('\nMIME-Version', '\nBcc: x@y\nMIME-Version')],
    ['a field taken away', (text) => text.replace(/\nTo: .*/, '')],
    ['a blank line in the body', (text) => text.replace('\n--', '\n\n--')],
    ['a field at the end of the header', (text) => text.replace(/\n\n/, '\nX: y\n\n')],
  ]
  for (const withStructure of [false, true]) {
    for (const [name, change] of unchanged)
      it(`still fits when ${name} (${withStructure ? 'original' : 'made up'})`, async () => {
        const standIn = textOf(await standInFor(mail, [0], withStructure))
        assert.deepEqual(await mark(bytesOf(change(standIn))), ours)
      })
    for (const [name, change] of edits)
      it(`shows an edit of ${name} (${withStructure ? 'original' : 'made up'})`, async () => {
        const before = textOf(await standInFor(mail, [0], withStructure))
        const changed = change(before)
        assert.notEqual(changed, before)
        const marker = await mark(bytesOf(changed))
        assert.ok(marker.kind === 'partial' && marker.edited)
      })
  }

  const none: [string, string][] = [
    ['in the body', `Subject: x\n\nX-Packetboat-Partial: v=1; id=${guid}; sum=0123456789abcdef\n`],
    [
      'in a forwarded message',
      `Content-Type: message/rfc822\n\nX-Packetboat-Partial: v=1; id=${guid}; sum=0123456789abcdef\n\nx`,
    ],
    ['of another version', `X-Packetboat-Partial: v=3; id=${guid}; sum=0123456789abcdef\n\nx`],
    ['without its tag', `X-Packetboat-Partial: v=2; id=${guid}; sum=0123456789abcdef\n\nx`],
    [
      'with a tag that is made up',
      `X-Packetboat-Partial: v=2; id=${guid}; sum=0123456789abcdef; tag=${'0'.repeat(32)}\n\nx`,
    ],
    ['with a short id', 'X-Packetboat-Partial: v=1; id=0123; sum=0123456789abcdef\n\nx'],
    [
      'in the value of another field',
      `Subject: X-Packetboat-Partial: v=1; id=${guid}; sum=0123456789abcdef\n\nx`,
    ],
    [
      'in a continuation line',
      `Subject: a\n X-Packetboat-Partial: v=1; id=${guid}; sum=0123456789abcdef\n\nx`,
    ],
  ]
  for (const [name, text] of none)
    it(`${name} is none`, async () => assert.deepEqual(await mark(bytesOf(text)), { kind: 'none' }))

  it('of ours counts for one message, and for who has the key', async () => {
    const standIn = textOf(await standInFor(mail, [0], true))
    const other = standIn.replace(`id=${guid}`, `id=${guid.replace('0', '1')}`)
    assert.deepEqual(await mark(bytesOf(other)), { kind: 'none' })
    const resealed = standIn.replace(/sum=[0-9a-f]{16}/, `sum=${'0'.repeat(16)}`)
    assert.deepEqual(await mark(bytesOf(resealed)), { kind: 'none' })
    const stranger = { createHash: sha256, key: new Uint8Array(32).fill(8) }
    assert.deepEqual(await readMarker(memorySource(bytesOf(standIn)), stranger), { kind: 'none' })
  })

  it('of an earlier build proves nothing', async () => {
    const standIn = textOf(await standInFor(mail, [0], true))
    const old = standIn.replace('Partial: v=2', 'Partial: v=1').replace(/; tag=[0-9a-f]*/, '')
    assert.deepEqual(await mark(bytesOf(old)), { ...ours, proved: false })
    const edited = old.replace('the boat', 'the ship')
    assert.deepEqual(await mark(bytesOf(edited)), { ...ours, edited: true, proved: false })
  })

  it('of ours comes before one that came with the original', async () => {
    const forged = bytesOf(
      `X-Packetboat-Partial: v=1; id=${'f'.repeat(32)}; sum=0123456789abcdef\nSubject: x\n\nbody\n`,
    )
    assert.deepEqual(await mark(await standInFor(forged, [], true)), ours)
    const marker = await mark(forged)
    assert.ok(marker.kind === 'partial' && marker.edited)
  })

  it('costs one short read where there is none', async () => {
    let read = 0
    const big = bytesOf(`Subject: x\n\n${'body\n'.repeat(100_000)}`)
    const source: ByteSource = {
      size: big.length,
      read: async (at, length) => {
        read += length
        return big.subarray(at, at + length)
      },
    }
    assert.deepEqual(await readMarker(source, marking), { kind: 'none' })
    assert.ok(read <= 16 * 1024)
  })
})

describe('stand-ins over the corpora', { skip: noCorpora }, () => {
  it('are messages that carry their marker and parse as mail', async () => {
    const files = [...corpusFiles(['modern', 'mime'])].filter(({ bytes }) => bytes.length < 200_000)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(files.length - 1),
        fc.nat(),
        fc.boolean(),
        async (file, mask, withStructure) => {
          const { bytes } = files[file]!
          const skeleton = await split(bytes)
          const here = skeleton.parts.flatMap((_, i) => ((mask >> (i % 30)) & 1 ? [i] : []))
          const missing = skeleton.parts.flatMap(({ size }, i) => (here.includes(i) || size === 0 ? [] : [i]))
          const standIn = await standInFor(bytes, here, withStructure)
          assert.deepEqual(await mark(standIn), ours)
          assert.deepEqual(await mark(bytesOf(textOf(standIn).replace(/\r?\n/g, '\r\n'))), ours)
          const again = await split(standIn)
          if (withStructure) {
            assert.equal(again.parts.length, skeleton.parts.length)
            for (const i of here) assert.equal(again.parts[i]!.digest, skeleton.parts[i]!.digest)
            for (const i of missing)
              assert.match(encodedBody(standIn, again, i), /: not here yet\]\r?\n\[To get it/)
          }
          await PostalMime.parse(standIn)
        },
      ),
      { seed, numRuns: 500 },
    )
  })

  it('made up from an envelope carry that envelope', async () => {
    for (const { name, bytes } of corpusFiles(['modern'])) {
      const envelope = parseEnvelope(bytes)
      const again = parseEnvelope(await standInFor(bytes, [], false))
      assert.deepEqual(again, envelope, name)
    }
  })
})
