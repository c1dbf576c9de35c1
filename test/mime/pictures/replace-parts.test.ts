import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { type ByteSource, memorySource, readRange } from '../../../src/bytes/source.js'
import { findPictures, sealOf } from '../../../src/mime/pictures/find-pictures.js'
import { replaceParts } from '../../../src/mime/pictures/replace-parts.js'
import { splitMessage } from '../../../src/mime/split.js'

const sha256 = () => createHash('sha256')
const large = randomBytes(30_000)
const small = Buffer.from('a picture with less in it, of 40 bytes.\n')

function base64(bytes: Uint8Array, { width = 76, eol = '\n' } = {}): string {
  const text = Buffer.from(bytes).toString('base64')
  return text.match(new RegExp(`.{1,${width}}`, 'g'))?.join(eol) ?? ''
}

async function bytesOf(source: ByteSource): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of readRange(source)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** A mail as text, before and after all of its pictures were replaced. */
async function replaced(mail: string): Promise<string> {
  const source = memorySource(Buffer.from(mail, 'latin1'))
  const skeleton = await splitMessage(source, { createHash: sha256 })
  const fresh = new Map(findPictures(skeleton).map(({ part }) => [part, small] as const))
  const result = await replaceParts(source, skeleton, fresh)
  const bytes = await bytesOf(result)
  assert.equal(bytes.length, result.size)
  // Read in pieces of any size it is the same.
  for (const chunkBytes of [1, 7, 1000]) {
    const chunks: Uint8Array[] = []
    for await (const chunk of readRange(result, 0, result.size, chunkBytes)) chunks.push(chunk)
    assert.ok(bytes.equals(Buffer.concat(chunks)))
  }
  return bytes.toString('latin1')
}

const photo = (fields: string, bytes: Uint8Array, more = {}): string =>
  `Content-Type: image/jpeg; name="a.jpg"\nContent-Transfer-Encoding: base64\n${fields}\n${base64(bytes, more)}`

const mixed = (part: string): string =>
  `Subject: two\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\npreamble\n--b\n\nHello  \n.\n--b\n${part}\n--b\nContent-Type: text/plain\n\nlast\n--b--\nepilogue`

describe('a mail with another picture in it has all its other bytes', () => {
  const cases: readonly [what: string, before: string, after: string][] = [
    ['among other parts', mixed(photo('', large)), mixed(photo('', small))],
    ['by itself', `Subject: one\n${photo('', large)}\n`, `Subject: one\n${photo('', small)}\n`],
    [
      'with CRLF',
      mixed(photo('', large)).replaceAll('\n', '\r\n'),
      mixed(photo('', small)).replaceAll('\n', '\r\n'),
    ],
    [
      'in lines of 60 characters',
      mixed(photo('', large, { width: 60 })),
      mixed(photo('', small, { width: 60 })),
    ],
    [
      'in a single line',
      mixed(photo('', large, { width: 100_000 })),
      mixed(photo('', small, { width: 100_000 })),
    ],
    [
      'whose size is said',
      mixed(photo('Content-Disposition: attachment; filename="x; size=1.jpg"; size=30000;\n\tx=1\n', large)),
      mixed(photo('Content-Disposition: attachment; filename="x; size=1.jpg"; size=40;\n\tx=1\n', small)),
    ],
    [
      'whose size is said in quotes, folded',
      mixed(photo('Content-Disposition: inline;\n SIZE = "30000"\n', large)),
      mixed(photo('Content-Disposition: inline;\n SIZE = "40"\n', small)),
    ],
    [
      'with digest and length',
      mixed(
        photo('Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\nContent-Length: 40540\nContent-ID: <1@x>\n', large),
      ),
      mixed(photo('Content-ID: <1@x>\n', small)),
    ],
    [
      'of which an mbox says how long it is',
      `Lines: 400\nContent-Length: 50000\n${mixed(photo('', large))}`,
      mixed(photo('', small)),
    ],
    [
      'twice',
      mixed(`${photo('', large)}\n--b\n${photo('X: 2\n', large)}`),
      mixed(`${photo('', small)}\n--b\n${photo('X: 2\n', small)}`),
    ],
    [
      'called by its name only',
      mixed(photo('', large)).replace('image/jpeg', 'application/octet-stream'),
      mixed(photo('', small)).replace('image/jpeg', 'application/octet-stream'),
    ],
    [
      'without an end',
      mixed(photo('', large)).split('\n--b\nContent-Type: text')[0] ?? '',
      mixed(photo('', small)).split('\n--b\nContent-Type: text')[0] ?? '',
    ],
  ]
  for (const [what, before, after] of cases) it(what, async () => assert.equal(await replaced(before), after))
})

describe('no picture is', () => {
  const cases: readonly [what: string, mail: string][] = [
    ['a text', mixed(photo('', large)).replace('image/jpeg', 'text/plain')],
    ['a drawing', mixed(photo('', large)).replace('image/jpeg', 'image/svg+xml')],
    ['a document', mixed(photo('', large)).replace('image/jpeg; name="a.jpg"', 'application/pdf')],
    [
      'any bytes by another name',
      mixed(photo('', large)).replace('image/jpeg; name="a.jpg"', 'application/octet-stream; name=a.zip'),
    ],
    ['a small one', mixed(photo('', large.subarray(0, 19_999)))],
    ['one that is not in base64', mixed(photo('', large)).replace('Encoding: base64', 'Encoding: binary')],
    [
      'one in base64 that nobody writes so',
      mixed(photo('', large)).replace(/.{10}\n--b\nContent-Type: text/, '*$&'),
    ],
    ['one in a forwarded mail', mixed(`Content-Type: message/rfc822\n\n${photo('', large)}`)],
  ]
  for (const [what, mail] of cases) it(what, async () => assert.equal(await replaced(mail), mail))
})

describe('a mail stays as it is', () => {
  const seal = async (mail: string): Promise<string | undefined> => {
    const source = memorySource(Buffer.from(mail, 'latin1'))
    return sealOf(source, await splitMessage(source, { createHash: sha256 }))
  }
  const plain = mixed(photo('', large))
  const armour = '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello'
  const withText = (text: string): string => plain.replace('\n\nHello  \n', text)
  const inBase64 = (text: string): string =>
    withText(`\nContent-Transfer-Encoding: base64\n\n${base64(Buffer.from(text))}\n`)
  const cases: readonly [what: string, mail: string, expected: string | undefined][] = [
    ['not for itself', plain, undefined],
    ['signed (RFC 1847)', plain.replace('multipart/mixed', 'multipart/signed; micalg=pgp-sha512'), 'signed'],
    ['encrypted (RFC 1847)', plain.replace('multipart/mixed', 'multipart/encrypted'), 'signed'],
    [
      'with a signed part beside the picture',
      mixed(`${photo('', large)}\n--b\nContent-Type: multipart/signed; boundary=c\n\n--c\n\nx\n--c--`),
      'signed',
    ],
    [
      'with a signature of S/MIME',
      mixed(`${photo('', large)}\n--b\nContent-Type: application/x-pkcs7-signature\n\nx`),
      'signed',
    ],
    [
      'with a signature of OpenPGP',
      mixed(`${photo('', large)}\n--b\nContent-Type: application/pgp-signature\n\nx`),
      'signed',
    ],
    [
      'with a signature beside its file',
      mixed(`${photo('', large)}\n--b\nContent-Type: text/plain; name=a.jpg.asc\n\nx`),
      'signed',
    ],
    ['with DKIM', `DKIM-Signature: v=1; a=x\n${plain}`, 'signed'],
    ['with ARC', `ARC-Message-Signature: i=1\n${plain}`, 'signed'],
    ['with OpenPGP in its text', withText(`\n\n${armour}\n`), 'signed'],
    ['with OpenPGP in its HTML', withText(`\nContent-Type: text/html\n\n<pre>${armour}\n`), 'signed'],
    ...[0, 1, 2].map((shift): [string, string, string] => [
      `with OpenPGP in base64, ${shift} characters on`,
      inBase64(`${'x'.repeat(60 + shift)}${armour}`),
      'signed',
    ]),
    ['with OpenPGP over the end of a chunk', withText(`\n\n${'y'.repeat(65_530)}${armour}\n`), 'signed'],
    ['sent on as it came', `Resent-From: <ann@example.org>\n${plain}`, 'sent-on'],
    [
      'not for a signed mail that is forwarded in it',
      mixed(`${photo('', large)}\n--b\nContent-Type: message/rfc822\n\nDKIM-Signature: x\n\n${armour}`),
      undefined,
    ],
  ]
  for (const [what, mail, expected] of cases) it(what, async () => assert.equal(await seal(mail), expected))
})
