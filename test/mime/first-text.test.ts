import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { firstText, pageBeside } from '../../src/mime/first-text.js'
import type { OutlinePart } from '../../src/mime/outline.js'
import type { Entity } from '../../src/mime/skeleton.js'

type Shape = string | readonly [string, ...Shape[]]

/** `text/plain` is a part of 1000 bytes; `text/plain 3` one of 3; `text/plain attachment` one that is attached. */
function outline(shape: Shape) {
  const parts: OutlinePart[] = []
  const build = (node: Shape): Entity => {
    if (typeof node === 'string') {
      const [type = '', ...words] = node.split(' ')
      const size = words.find((word) => /^\d+$/.test(word))
      const part = {
        type,
        size: Number(size ?? 1000),
        ...(words.includes('attachment') && { disposition: 'attachment' as const }),
      }
      return { kind: 'part', part: parts.push(part) - 1 }
    }
    const [type, ...children] = node
    if (type === 'message') return { kind: 'message', child: build(children[0]!) }
    return { kind: 'multipart', type: `multipart/${type}`, children: children.map(build) }
  }
  return { tree: build(shape), parts }
}

describe('firstText', () => {
  const table: [string, Shape, number[]][] = [
    ['the only part', 'text/plain', [0]],
    ['HTML where there is nothing else', 'text/html', [0]],
    ['nothing of a picture', 'image/png', []],
    ['nothing of an attached text', ['mixed', 'text/plain attachment', 'image/png'], []],
    ['the plain alternative', ['alternative', 'text/plain', 'text/html'], [0]],
    ['the plain alternative behind the other', ['alternative', 'text/html', 'text/plain'], [1]],
    ['HTML and the empty plain one before it', ['alternative', 'text/plain 2', 'text/html'], [0, 1]],
    ['the text before attachments', ['mixed', 'text/plain', 'application/pdf', 'text/plain'], [0]],
    ['the text behind a picture', ['mixed', 'image/png', 'text/plain'], [1]],
    [
      'both texts where the first is next to empty',
      ['mixed', 'text/plain 1', 'image/png', 'text/plain'],
      [0, 2],
    ],
    [
      'the text in nested multiparts',
      ['mixed', ['related', ['alternative', 'text/plain', 'text/html'], 'image/png'], 'application/pdf'],
      [0],
    ],
    ['HTML in an alternative of related parts', ['alternative', ['related', 'text/html', 'image/png']], [0]],
    [
      'the plain text rather than related HTML',
      ['alternative', ['related', 'text/html', 'image/png'], 'text/plain'],
      [2],
    ],
    [
      'what was signed',
      ['signed', ['mixed', 'text/plain', 'application/pdf'], 'application/pgp-signature'],
      [0],
    ],
    [
      'nothing of what is encrypted',
      ['encrypted', 'application/pgp-encrypted', 'application/octet-stream'],
      [],
    ],
    ['the text of a forwarded message', ['mixed', ['message', 'text/plain'], 'image/png'], [0]],
    [
      'the text of a report',
      ['report', 'text/plain', 'message/delivery-status', ['message', 'text/plain']],
      [0],
    ],
    [
      'the plain text rather than an invitation',
      ['alternative', 'text/plain', 'text/html', 'text/calendar'],
      [0],
    ],
    ['nothing of an alternative without text', ['alternative', 'image/png', 'image/gif'], []],
  ]
  for (const [name, shape, expected] of table)
    it(`is ${name}`, () => assert.deepEqual(firstText(outline(shape)), expected))
})

describe('pageBeside', () => {
  const table: [string, Shape, number | undefined][] = [
    [
      'the page of a text that is next to nothing for it',
      ['alternative', 'text/plain 100', 'text/html 9000'],
      1,
    ],
    [
      'the page among its pictures',
      ['mixed', ['alternative', 'text/plain 100', ['related', 'text/html 9000', 'image/png']]],
      1,
    ],
    ['none beside a text that may say all', ['alternative', 'text/plain 100', 'text/html 1500'], undefined],
    ['none beside a text of some length', ['alternative', 'text/plain 600', 'text/html 99000'], undefined],
    ['none that is another part of the mail', ['mixed', 'text/plain 100', 'text/html 9000'], undefined],
    [
      'none in a mail that is attached',
      ['alternative', 'text/plain 9', ['message', 'text/html 9000']],
      undefined,
    ],
    ['none beside nothing', 'text/plain 100', undefined],
  ]
  for (const [what, shape, page] of table)
    it(`finds ${what}`, () => assert.equal(pageBeside(outline(shape), 0), page))
})
