import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findLinks } from '../../src/reader/mail/find-links.js'
import { readMailto } from '../../src/reader/mail/read-mailto.js'
import { readText, type TextPart } from '../../src/reader/mail/read-text.js'

/** `[...]` is a quote. */
function shown(parts: readonly TextPart[]): string {
  return parts.map((part) => ('lines' in part ? part.lines.join('/') : `[${shown(part.quote)}]`)).join('|')
}

describe('a text', () => {
  const cases: readonly [what: string, text: string, shown: string][] = [
    ['without quotes', 'a\n\nb', 'a//b'],
    ['that is empty', '', ''],
    ['with a quote and an answer', '> a\n> b\nc', '[a/b]|c'],
    ['with a quote in a quote', '> a\n>> b\n> > c\n> d', '[a|[b/c]|d]'],
    ['with quotes deeper than anybody unfolds', '>>> a\n>>>> b', '[[> a/>> b]]'],
    ['with an arrow', 'a > b\n-> c', 'a > b/-> c'],
  ]
  for (const [what, text, expected] of cases)
    it(`${what} is taken apart`, () => assert.equal(shown(readText(text)), expected))

  const flowing: readonly [what: string, text: string, deleteSpace: boolean, shown: string][] = [
    ['paragraphs', 'a \nb\nc', false, 'a b/c'],
    ['words in a script without spaces', 'a \nb', true, 'ab'],
    ['quotes, by their depth', '> a \n> b\n>> c \nd', false, '[a b|[c ]]|d'],
    ['no signature', 'a \n-- \nBob', false, 'a /-- /Bob'],
    ['what is stuffed', ' > no quote\n From', false, '> no quote/From'],
  ]
  for (const [what, text, deleteSpace, expected] of flowing)
    it(`whose lines go on joins ${what}`, () =>
      assert.equal(shown(readText(text, { deleteSpace })), expected))

  it('is taken apart in time, whatever it is', () => {
    for (const hostile of ['>', '> ', '>\n', 'a \n', '> a \n>> b\n', 'x'])
      assert.ok(readText(hostile.repeat(100_000), { deleteSpace: false }).length > 0)
  })
})

describe('an address of mail', () => {
  const nothing = { to: '', cc: '', subject: '', text: '' }
  const cases: readonly [what: string, href: string, draft: ReturnType<typeof readMailto>][] = [
    ['alone', 'mailto:ann@example.org', { ...nothing, to: 'ann@example.org' }],
    [
      'with more',
      'mailto:ann@example.org,bob+boat@x.org?cc=eve@x.org&to=d@x.org&Subject=harbour%20dues&body=a%0D%0Ab',
      {
        to: 'ann@example.org,bob+boat@x.org, d@x.org',
        cc: 'eve@x.org',
        subject: 'harbour dues',
        text: 'a\nb',
      },
    ],
    [
      'with fields that a link has no say in',
      'mailto:a@x.org?bcc=b@x.org&from=c@x.org&attach=/etc/passwd',
      { ...nothing, to: 'a@x.org' },
    ],
    [
      'with line ends in a field',
      'mailto:?subject=a%0D%0ABcc:%20b@x.org',
      { ...nothing, subject: 'a Bcc: b@x.org' },
    ],
    ['that is encoded badly', 'mailto:a@x.org?subject=100%', { ...nothing, to: 'a@x.org', subject: '100%' }],
    ['that is none', 'https://example.org/?subject=a', undefined],
  ]
  for (const [what, href, draft] of cases)
    it(`${what} is read for a draft`, () => assert.deepEqual(readMailto(href), draft))

  it('with thousands of fields is read for a draft, and of those that it may not have there is nothing', () => {
    const times = 5000
    const fields = Array.from(
      { length: times },
      (_, n) => `bcc=b${n}@x.org&x-field-${n}=v&cc=c${n}@x.org&subject=s${n}`,
    )
    const draft = readMailto(`mailto:a@x.org?${fields.join('&')}`)
    const cc = Array.from({ length: times }, (_, n) => `c${n}@x.org`).join(', ')
    assert.deepEqual(draft, { to: 'a@x.org', cc, subject: 's0', text: '' })
  })
})

describe('a line', () => {
  const shownLinks = (line: string): string =>
    findLinks(line)
      .map((piece) => (typeof piece === 'string' ? piece : `{${piece.href}}`))
      .join('')
  const cases: readonly [line: string, shown: string][] = [
    [
      'see https://a.example/b, or (http://c.example/d).',
      'see {https://a.example/b}, or ({http://c.example/d}).',
    ],
    ['https://a.example/b_(c)', '{https://a.example/b_(c)}'],
    ['<mailto:a@b.example>', '<{mailto:a@b.example}>'],
    ['javascript:alert(1) data:text/html,x file:///etc', 'javascript:alert(1) data:text/html,x file:///etc'],
    ['xhttps://a.example https://', 'xhttps://a.example https://'],
    ['HTTPS://A.example', '{https://a.example/}'],
  ]
  for (const [line, expected] of cases)
    it(`has its links: ${line}`, () => assert.equal(shownLinks(line), expected))

  it('is looked through in time, whatever it is', () => {
    for (const hostile of [
      'https://',
      'http://a.example/)',
      'mailto:',
      '.',
      'https://a.example/'.padEnd(2000, ')'),
    ])
      assert.ok(findLinks(hostile.repeat(5000)).length > 0)
  })
})
