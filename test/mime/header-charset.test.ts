import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeHeaderBytes } from '../../src/mime/encodings/charset.js'

const name = 'Картинная галерея.jpg'
const utf8 = new TextEncoder().encode(name)

test('a name in UTF-8 whose last character was cut is read as UTF-8', () => {
  for (const cut of [1, 2, 3].map((times) => 2 * times + 1))
    assert.equal(decodeHeaderBytes(utf8.subarray(0, cut + 6)), `${name.slice(0, (cut + 5) / 2)}\ufffd`)
  // With what a program puts behind a name that it has shortened.
  const shortened = Buffer.concat([utf8.subarray(0, 9), Buffer.from('...jpg')])
  assert.equal(decodeHeaderBytes(shortened), 'Карт\ufffd...jpg')
})

test('a name in windows-1252 is read as that', () => {
  for (const [bytes, text] of [
    ['Fran\xe7ois.pdf', 'François.pdf'],
    ['\xc4rger \xfcber \xd6l', 'Ärger über Öl'],
    ["Pr\xe9sentation \xe0 l'\xe9t\xe9", "Présentation à l'été"],
  ] as const)
    assert.equal(decodeHeaderBytes(Buffer.from(bytes, 'latin1')), text)
})

test('a name in UTF-8 is read whole, with what it holds of replacement characters', () => {
  assert.equal(decodeHeaderBytes(utf8), name)
  assert.equal(decodeHeaderBytes(new TextEncoder().encode('a\ufffdb')), 'a\ufffdb')
})
