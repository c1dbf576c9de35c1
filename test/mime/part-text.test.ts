import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memorySource } from '../../src/bytes/source.js'
import { nodeHash } from '../../src/cli/session/node-hash.js'
import { headerTexts } from '../../src/mime/headers/header-text.js'
import { partText, type TextAbout, transferEncodingOf } from '../../src/mime/part-text.js'
import { readPart, readStructure } from '../../src/mime/read-part.js'
import { splitMessage } from '../../src/mime/split.js'

const latin = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const utf8 = (text: string): Uint8Array => Buffer.from(text)

describe('a text part, as a person reads it', () => {
  const plain = 'text/plain'
  const html = 'text/html'
  const cases: readonly [what: string, bytes: Uint8Array, about: TextAbout, text: string][] = [
    ['UTF-8', utf8('Grüße\r\n\r\nÆ'), { type: plain, charset: 'utf-8' }, 'Grüße\n\nÆ'],
    ['Latin 1', latin('Gr\xfc\xdfe'), { type: plain, charset: 'iso-8859-1' }, 'Grüße'],
    ['UTF-8 that says nothing', utf8('Grüße'), { type: plain }, 'Grüße'],
    ['Latin 1 that says ASCII', latin('Gr\xfc\xdfe'), { type: plain, charset: 'us-ascii' }, 'Grüße'],
    ['an unknown charset', latin('caf\xe9'), { type: plain, charset: 'x-none' }, 'café'],
    ['Japanese', Buffer.from('1b24424a381b2842', 'hex'), { type: plain, charset: 'iso-2022-jp' }, '文'],
    ['empty lines and blanks', utf8('\n\n a \t\n\n\n\nb  \n'), { type: plain }, ' a\n\nb'],
    ['lines that go on', utf8('\na \r\nb\n\n\n\nc \n'), { type: plain, isFlowed: true }, 'a \nb\n\nc '],
    [
      'HTML',
      utf8('<p>Caf&eacute; &amp; <b>bar</b><br>open'),
      { type: html, charset: 'utf-8' },
      'Café & bar\nopen',
    ],
    ['HTML in Latin 1', latin('<p>caf\xe9</p>'), { type: html, charset: 'iso-8859-1' }, 'café'],
    ['a link', utf8('<a href="http://x.example/">here</a>'), { type: html }, ' (http://x.example/) here'],
    ['a style sheet', utf8('a<style>b { c }</style>d<STYLE>e</STYLE>f'), { type: html }, 'a d f'],
    ['a style sheet without end', utf8('a<style>b'), { type: html }, 'a b'],
    [
      'names of characters',
      utf8('&Eacute;&scaron;&zdot;&ouml;&Lstrok;&alpha;&hellip;&sdot;'),
      { type: html },
      'ÉšżöŁα…⋅',
    ],
    [
      'numbers of characters',
      utf8('&#8364;&#x20AC;&#150;&#128512;&#xd800;&#0;'),
      { type: html },
      '€€–😀\ufffd\ufffd',
    ],
    [
      'what is no character',
      utf8('&nothing; &amp &#; &xgrave; a&b;'),
      { type: html },
      '&nothing; &amp &#; &xgrave; a&b;',
    ],
    ['a comment', utf8('a<!-- <p> -->b'), { type: html }, 'a b'],
    ['a comment without end', utf8('a<!-- <b>b'), { type: html }, 'a b'],
    ['a list', utf8('<ul><li> one<li>two</ul>'), { type: html }, ' * one* two'],
    ['a line', utf8('a<HR>b'), { type: html }, 'a\n-------------\nb'],
    ['a title', utf8('<head><title>a</title></head>b'), { type: html }, ' b'],
    ['a tag that is none', utf8('1 < 2'), { type: html }, '1 < 2'],
    [
      'a link whose address has no quotes',
      utf8('<a href=http://x.example>b</a>'),
      { type: html },
      ' (http://x.example) b',
    ],
    ['a script', utf8('a<script>alert(1)</script>b'), { type: html }, 'a b'],
    ['an empty HTML', utf8(''), { type: html }, ''],
    [
      'quoted-printable',
      latin('caf=C3=A9=20'),
      { type: plain, charset: 'utf-8', transferEncoding: 'quoted-printable' },
      'café',
    ],
    ['HTML in base64', utf8('PHA+aGk8L3A+'), { type: html, transferEncoding: 'base64' }, 'hi'],
    [
      'lines of base64 that are padded each',
      latin('YQ==\r\nYmM=\r\nZGV\r\n'),
      { type: plain, transferEncoding: 'base64' },
      'abcde',
    ],
    [
      'quoted-printable with what is no escape',
      latin('a=\r\nb=  \nc=zz=3d='),
      { type: plain, transferEncoding: 'quoted-printable' },
      'abc=zz=',
    ],
    ['base64 that is none', utf8('!!'), { type: plain, transferEncoding: 'base64' }, ''],
  ]
  for (const [what, bytes, about, text] of cases)
    it(`is right for ${what}`, () => assert.equal(partText(bytes, about), text))

  it('ends in time, however HTML is nested or left open', () => {
    for (const hostile of [
      '<',
      '<a ',
      '<!--',
      '<!-- >',
      '<style>',
      '<style>x</style',
      '<script>',
      '<p>',
      '</style',
      '<li>',
      '&#',
      '<script',
    ])
      assert.equal(typeof partText(utf8(hostile.repeat(40_000)), { type: html }), 'string')
  })
})

it('a part that its encoding could not be given back to is decoded for reading all the same', async () => {
  // A line of base64 with a blank in it: no recipe makes that.
  const mail = utf8(
    'Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\naGVs bG8g\r\nd29ybGQ=\r\n--b--\r\n',
  )
  const source = memorySource(mail)
  const skeleton = await splitMessage(source, { createHash: nodeHash })
  const structure = await readStructure(source, skeleton)
  assert.equal(transferEncodingOf(skeleton, structure, 0), undefined)
  const transferEncoding = transferEncodingOf(skeleton, structure, 1)
  assert.equal(transferEncoding, 'base64')
  const bytes = await readPart(source, skeleton, 1, 0, 1000)
  assert.equal(
    partText(bytes, { type: 'text/plain', ...(transferEncoding && { transferEncoding }) }),
    'hello world',
  )
})

it('a header is unfolded and decoded', () => {
  const header = utf8('From x\nSubject : =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\n\tan\n  alle\nX-A:\n\nBody: no')
  assert.deepEqual(headerTexts(header), [
    { name: '', value: 'From x' },
    { name: 'Subject', value: 'Grüße an alle' },
    { name: 'X-A', value: '' },
  ])
})
