import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memorySource } from '../../src/bytes/source.js'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { mimeLimits } from '../../src/mime/limits.js'
import { splitMessage } from '../../src/mime/split.js'
import {
  bytesOf,
  encodedBody,
  roundTrip,
  sha256,
  shapeOf,
  split,
  type TreeShape,
} from './message-builders.js'

const multipart = (boundary: string, type = 'mixed') =>
  `Content-Type: multipart/${type}; boundary="${boundary}"\n\n`

interface Case {
  readonly name: string
  readonly text: string
  readonly shape: TreeShape
  readonly bodies: readonly string[]
}

const cases: readonly Case[] = [
  { name: 'an empty message', text: '', shape: 'text/plain', bodies: [''] },
  { name: 'a header without a blank line', text: 'Subject: x', shape: 'text/plain', bodies: [''] },
  { name: 'a header only', text: 'Subject: x\n\n', shape: 'text/plain', bodies: [''] },
  { name: 'a body only', text: '\nbody', shape: 'text/plain', bodies: ['body'] },
  { name: 'bare CR all through', text: 'Subject: x\r\rbody\r', shape: 'text/plain', bodies: [''] },
  { name: 'NUL bytes', text: 'A\0: \0\n\n\0\0', shape: 'text/plain', bodies: ['\0\0'] },
  {
    name: 'an mbox From line',
    text: 'From a@b Mon Jan  1 00:00:00 2024\nContent-Type: text/html\n\nx',
    shape: 'text/html',
    bodies: ['x'],
  },
  { name: 'CRLF', text: 'A: b\r\n\r\nbody\r\n', shape: 'text/plain', bodies: ['body\r\n'] },
  { name: 'a type that is none', text: 'Content-Type: text\n\nx', shape: 'text/plain', bodies: ['x'] },
  {
    name: 'a comment in the type',
    text: 'Content-Type: text/html (really); charset=x\n\nx',
    shape: 'text/html',
    bodies: ['x'],
  },
  {
    name: 'the first of two types',
    text: 'Content-Type: text/html\nContent-Type: text/plain\n\nx',
    shape: 'text/html',
    bodies: ['x'],
  },
  {
    name: 'a folded type',
    text: 'Content-Type:\n multipart/mixed;\n\tboundary=b\n\n--b\n\nx\n--b--\n',
    shape: ['multipart/mixed', 'text/plain'],
    bodies: ['x'],
  },
  {
    name: 'preamble and epilogue',
    text: `${multipart('b')}pre\n--b\n\none\n--b\n\ntwo\n--b--\nepi\n`,
    shape: ['multipart/mixed', 'text/plain', 'text/plain'],
    bodies: ['one', 'two'],
  },
  {
    name: 'a line end before the delimiter that belongs to it',
    text: `${multipart('b')}--b\n\none\n\n--b--`,
    shape: ['multipart/mixed', 'text/plain'],
    bodies: ['one\n'],
  },
  {
    name: 'CRLF before the delimiter',
    text: `${multipart('b')}--b\n\none\r\n--b--`,
    shape: ['multipart/mixed', 'text/plain'],
    bodies: ['one'],
  },
  {
    name: 'empty parts',
    text: `${multipart('b')}--b\n\n--b\n--b\nA: b\n--b\n\n\n--b--`,
    shape: ['multipart/mixed', 'text/plain', 'text/plain', 'text/plain', 'text/plain'],
    bodies: ['', '', '', ''],
  },
  {
    name: 'a missing close delimiter',
    text: `${multipart('b')}--b\n\none\n--b\n\ntwo`,
    shape: ['multipart/mixed', 'text/plain', 'text/plain'],
    bodies: ['one', 'two'],
  },
  {
    name: 'white space behind a delimiter',
    text: `${multipart('b')}--b \t \r\n\none\n--b-- \n`,
    shape: ['multipart/mixed', 'text/plain'],
    bodies: ['one'],
  },
  {
    name: 'a boundary that begins a longer line',
    text: `${multipart('b')}--b\n\none\n--bb\n--b x\n--b--x\n--b-\n--b--`,
    shape: ['multipart/mixed', 'text/plain'],
    bodies: ['one\n--bb\n--b x\n--b--x\n--b-'],
  },
  {
    name: 'an inner boundary that the outer one begins',
    text: `${multipart('b')}--b\n${multipart('bb')}--bb\n\nx\n--bb--\n--b\n\ny\n--b--`,
    shape: ['multipart/mixed', ['multipart/mixed', 'text/plain'], 'text/plain'],
    bodies: ['x', 'y'],
  },
  {
    name: 'an inner multipart that the outer delimiter ends',
    text: `${multipart('a')}--a\n${multipart('b')}--b\n\nx\n--a\n\ny\n--a--`,
    shape: ['multipart/mixed', ['multipart/mixed', 'text/plain'], 'text/plain'],
    bodies: ['x', 'y'],
  },
  {
    name: 'an inner delimiter after its multipart was closed',
    text: `${multipart('a')}--a\n${multipart('b')}--b\n\nx\n--b--\n--b\nstill epilogue\n--a--`,
    shape: ['multipart/mixed', ['multipart/mixed', 'text/plain']],
    bodies: ['x'],
  },
  {
    name: 'equal boundaries inside each other',
    text: `${multipart('b')}--b\n${multipart('b')}--b\n\nx\n--b--\n--b--`,
    shape: ['multipart/mixed', ['multipart/mixed', 'text/plain']],
    bodies: ['x'],
  },
  {
    name: 'a multipart without a boundary parameter',
    text: 'Content-Type: multipart/mixed\n\n--b\n\nx\n--b--',
    shape: 'multipart/mixed',
    bodies: ['--b\n\nx\n--b--'],
  },
  {
    name: 'a multipart whose delimiter never comes',
    text: `${multipart('b')}just text\n`,
    shape: 'multipart/mixed',
    bodies: ['just text\n'],
  },
  {
    name: 'a multipart with nothing but its close delimiter',
    text: `${multipart('b')}--b--\n`,
    shape: 'multipart/mixed',
    bodies: ['--b--\n'],
  },
  {
    name: 'an empty inner multipart',
    text: `${multipart('a')}--a\n${multipart('b')}\n--a--`,
    shape: ['multipart/mixed', 'multipart/mixed'],
    bodies: [''],
  },
  {
    name: 'a multipart in base64',
    text: `Content-Transfer-Encoding: base64\n${multipart('b')}--b\n\nx\n--b--`,
    shape: 'multipart/mixed',
    bodies: ['--b\n\nx\n--b--'],
  },
  {
    name: 'a message in a message',
    text: 'Content-Type: message/rfc822\n\nSubject: x\nContent-Type: text/html\n\nbody',
    shape: ['message', 'text/html'],
    bodies: ['body'],
  },
  {
    name: 'a message of 8-bit headers in a message',
    text: 'Content-Type: message/global\nContent-Transfer-Encoding: 8bit\n\nSubject: \xc3\xa4\n\nbody',
    shape: ['message', 'text/plain'],
    bodies: ['body'],
  },
  {
    name: 'a message in base64',
    text: 'Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKYm9keQ==\n',
    shape: 'message/rfc822',
    bodies: ['U3ViamVjdDogeAoKYm9keQ==\n'],
  },
  {
    name: 'an empty message in a message',
    text: 'Content-Type: message/rfc822\n\n',
    shape: ['message', 'text/plain'],
    bodies: [''],
  },
  {
    name: 'a digest',
    text: `${multipart('b', 'digest')}--b\n\nSubject: x\n\none\n--b\nContent-Type: text/plain\n\ntwo\n--b--`,
    shape: ['multipart/digest', ['message', 'text/plain'], 'text/plain'],
    bodies: ['one', 'two'],
  },
  {
    name: 'a multipart that a message holds',
    text: `${multipart('a')}--a\nContent-Type: message/rfc822\n\n${multipart('b')}--b\n\nx\n--a--`,
    shape: ['multipart/mixed', ['message', ['multipart/mixed', 'text/plain']]],
    bodies: ['x'],
  },
  {
    name: 'an 8-bit boundary',
    text: 'Content-Type: multipart/mixed; boundary=\xe4\n\n--\xe4\n\nx\n--\xe4--',
    shape: ['multipart/mixed', 'text/plain'],
    bodies: ['x'],
  },
]

describe('splitMessage', () => {
  for (const { name, text, shape, bodies } of cases)
    it(`understands ${name}`, async () => {
      const bytes = bytesOf(text)
      const skeleton = await roundTrip(bytes, 1)
      assert.deepEqual(shapeOf(skeleton), shape)
      assert.deepEqual(
        skeleton.parts.map((_, i) => encodedBody(bytes, skeleton, i)),
        bodies,
      )
    })

  it('finds delimiters wherever the chunks of the source end', async () => {
    const text = `${multipart('boundary')}--boundary\r\n\r\n%x\r\n--boundary\r\n\r\ntwo\r\n--boundary--\r\n`
    for (let shift = 0; shift < 40; shift++) {
      const bytes = bytesOf(text.replace('%', 'y'.repeat(65536 - 90 + shift)))
      const skeleton = await roundTrip(bytes)
      assert.equal(skeleton.parts.length, 2)
      assert.equal(skeleton.parts[1]!.size, 3)
    }
  })

  it('gives name, charset and disposition as a person would read them', async () => {
    const table: [string, object][] = [
      ['Content-Type: text/plain; charset="UTF-8"', { charset: 'utf-8' }],
      ['Content-Type: text/plain; charset=us-ascii (plain)', { charset: 'us-ascii' }],
      ['Content-Disposition: attachment; filename="a b.txt"', { disposition: 'attachment', name: 'a b.txt' }],
      ['Content-Disposition: attachment; filename=a b.txt', { disposition: 'attachment', name: 'a b.txt' }],
      ['Content-Disposition: INLINE; filename="../../etc/passwd"', { disposition: 'inline', name: 'passwd' }],
      [
        'Content-Disposition: form-data; filename="C:\\dir\\f.txt"',
        { disposition: 'attachment', name: 'f.txt' },
      ],
      [
        "Content-Disposition: attachment; filename*=iso-8859-1''%E4.txt; filename=a.txt",
        { disposition: 'attachment', name: 'ä.txt' },
      ],
      [
        'Content-Disposition: attachment; filename*0*=utf-8\'\'%C3; filename*1*=%A4; filename*2=".txt"',
        { disposition: 'attachment', name: 'ä.txt' },
      ],
      ['Content-Type: text/plain; name="=?utf-8?Q?=C3=A4=2Etxt?="', { name: 'ä.txt' }],
      ['Content-Type: text/plain; name="\xc3\xa4.txt"', { name: 'ä.txt' }],
      ['Content-Type: text/plain; name="\xe4.txt"', { name: 'ä.txt' }],
      ['Content-Type: text/plain; name="a;b.txt"; charset=utf-8', { name: 'a;b.txt', charset: 'utf-8' }],
      ['Content-Type: text/plain; name="a\\"b.txt"', { name: 'a"b.txt' }],
      ['Content-Type: text/plain; name="never ends; charset=utf-8', { name: 'never ends', charset: 'utf-8' }],
      ["Content-Type: text/plain; name*=utf-8''%E2%80%AEtxt.exe%00%0A", { name: 'txt.exe' }],
      [`Content-Type: text/plain; name="${'é'.repeat(300)}"`, { name: 'é'.repeat(127) }],
      ['Content-Disposition: attachment; filename="dir/"', { disposition: 'attachment' }],
    ]
    for (const [header, expected] of table) {
      const { type, headerSize, encodedSize, size, digest, encoding, ...about } = (
        await roundTrip(Buffer.from(`${header}\n\n`, header.includes('é') ? 'utf8' : 'latin1'))
      ).parts[0]!
      assert.deepEqual(about, expected, header)
    }
  })

  it('throws when the source is shorter than it said', async () => {
    const source = { size: 100, read: async () => new Uint8Array(10) }
    await assert.rejects(splitMessage(source, { createHash: sha256 }), (error) =>
      hasCode(error, 'MESSAGE_UNREADABLE'),
    )
  })

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort()
    await assert.rejects(splitMessage(memorySource(bytesOf('x')), { createHash: sha256, signal }), {
      name: 'AbortError',
    })
  })

  it('never holds more than a few hundred kB of a large message', async () => {
    const line = bytesOf(`${'QUFB'.repeat(19)}\n`)
    const head = bytesOf('Content-Transfer-Encoding: base64\n\n')
    const lines = 700_000
    let most = 0
    const source = {
      size: head.length + lines * line.length,
      read: async (offset: number, length: number) => {
        most = Math.max(most, length)
        const bytes = new Uint8Array(Math.min(length, source.size - offset))
        for (let i = 0; i < bytes.length; i++) {
          const at = offset + i
          bytes[i] = at < head.length ? head[at]! : line[(at - head.length) % line.length]!
        }
        return bytes
      },
    }
    const skeleton = await splitMessage(source, { createHash: sha256 })
    assert.equal(skeleton.parts[0]!.size, lines * 57)
    assert.ok(most <= 256 * 1024)
  })
})

describe('beyond a bound', () => {
  const big = (bytes: number, text = 'x') => text.repeat(Math.ceil(bytes / text.length)).slice(0, bytes)

  it('a million parts become a thousand, the last of them opaque', async () => {
    const bytes = bytesOf(`${multipart('b')}${'--b\n'.repeat(1_000_000)}`)
    const skeleton = await roundTrip(bytes)
    assert.equal(skeleton.parts.length, mimeLimits.parts)
    assert.equal(skeleton.parts.at(-1)!.type, 'application/octet-stream')
    assert.ok(skeleton.parts.at(-1)!.size > 3_900_000)
  })

  it('depth ends in a leaf that holds all below', async () => {
    const nested = Array.from({ length: 5000 }, (_, i) => `${multipart(`b${i}`)}--b${i}\n`).join('')
    const skeleton = await roundTrip(bytesOf(nested))
    assert.equal(skeleton.parts.length, 1)
    assert.equal(skeleton.parts[0]!.type, 'multipart/mixed')
    await roundTrip(bytesOf('Content-Type: message/rfc822\n\n'.repeat(20_000)))
  })

  it('a header goes on in the body', async () => {
    const skeleton = await roundTrip(bytesOf(`Subject: ${big(300_000)}\n\nbody`))
    assert.equal(skeleton.structure[0], mimeLimits.headerBytes)
    assert.equal(skeleton.parts[0]!.headerSize, mimeLimits.headerBytes)
    await roundTrip(bytesOf(big(400_000, 'A: b\n')))
    await roundTrip(bytesOf(big(400_000)))
  })

  it('a preamble makes its multipart a leaf, and what is around it still counts', async () => {
    const bytes = bytesOf(
      `${multipart('a')}--a\n${multipart('b')}${big(100_000, 'text\n')}--b\n\nx\n--b--\n--a\n\ny\n--a--`,
    )
    const skeleton = await roundTrip(bytes)
    assert.deepEqual(shapeOf(skeleton), ['multipart/mixed', 'multipart/mixed', 'text/plain'])
  })

  it('an epilogue is one more part', async () => {
    const skeleton = await roundTrip(bytesOf(`${multipart('a')}--a\n\nx\n--a--\n${big(100_000, 'text\n')}`))
    assert.deepEqual(shapeOf(skeleton), ['multipart/mixed', 'text/plain', 'application/octet-stream'])
  })

  it('structure as a whole stays below its bound', async () => {
    const header = `X-Filler: ${big(60_000)}\n\nx\n--a\n`
    const skeleton = await roundTrip(bytesOf(`${multipart('a')}--a\n${header.repeat(40)}`))
    assert.equal(
      skeleton.structure.reduce((a, b) => a + b),
      mimeLimits.structureBytes,
    )
    assert.equal(skeleton.parts.at(-1)!.type, 'application/octet-stream')
  })

  it('a line is no delimiter', async () => {
    const skeleton = await split(bytesOf(`${multipart('b')}--b${' '.repeat(2000)}\n\nx\n--b--`))
    assert.equal(shapeOf(skeleton), 'multipart/mixed')
  })

  it('a boundary is none', async () => {
    const long = 'b'.repeat(300)
    assert.equal(shapeOf(await roundTrip(bytesOf(`${multipart(long)}--${long}\n\nx`))), 'multipart/mixed')
  })
})
