import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64Lines, smallPictureText } from '../../src/mime/stand-in/small-picture.js'

const riff = (bytes: number): string =>
  Buffer.concat([Buffer.from('RIFF\u0000\u0001\u0000\u0000WEBPVP8 '), Buffer.alloc(bytes - 16, 7)]).toString(
    'base64',
  )

test('a small picture is one in WebP, of 3,000 bytes at the most, in base64 and nothing else', () => {
  for (const bytes of [16, 17, 18, 2999, 3000]) assert.equal(smallPictureText(riff(bytes)), riff(bytes))
  for (const text of [
    '',
    riff(3001),
    riff(30).slice(0, -1),
    `${riff(27)}\n\n--b`,
    `${riff(27).slice(0, -4)}\n\n--`,
    `${riff(27)}====`,
    Buffer.from('<script>alert("harbour")</script>').toString('base64'),
    'UklG'.repeat(30),
    'The harbour dues rise.',
  ])
    assert.equal(smallPictureText(text), '')
})

test('it stands in lines as mail has them', () => {
  assert.equal(base64Lines('a'.repeat(76)), 'a'.repeat(76))
  assert.equal(base64Lines('a'.repeat(153)), `${'a'.repeat(76)}\n${'a'.repeat(76)}\na`)
})
