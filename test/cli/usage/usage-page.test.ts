import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { usagePage } from '../../../src/cli/usage/usage-page.js'
import { usagePlot } from '../../../src/cli/usage/usage-plot.js'

const evil = [
  '<script src="https://evil.example/x.js"></script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='x",
  '</title></style></svg></table><b>&amp;',
  'a\u0000b\u001b[31m\ud800',
]

const page = usagePage({
  title: `by ${evil[0]}`,
  plot: usagePlot(
    `by ${evil[0]}`,
    evil.map((name, at) => ({ name, up: at * 100, down: 1000 })),
  ),
  columns: [
    { title: 'mailbox', align: 'left' },
    { title: evil[3] ?? '', align: 'right' },
  ],
  rows: [...evil.map((name, at) => [name, `${at} B`]), ['total', '10 B']],
  notes: evil,
})

test('a page has nothing in it but its own elements, whatever a mailbox is called', () => {
  const tags = new Set([...page.matchAll(/<([a-z0-9]+)/g)].map(([, name]) => name))
  const own =
    'body div g h1 head html line meta p rect style svg table tbody td text tfoot th thead title tr'.split(
      ' ',
    )
  assert.deepEqual([...tags].sort(), own)
  assert.doesNotMatch(page, /\p{Cs}|(?!\n)\p{Cc}/u)
  // Within a tag there are only attributes in double quotes.
  for (const [tag] of page.matchAll(/<[a-z][^>]*>/g))
    assert.match(tag, /^<[a-z0-9]+(?: [a-zA-Z0-9-]+="[^"<>]*")*\/?>$/)
})

test('a page loads nothing and runs nothing', () => {
  const addresses = [...page.matchAll(/\b(?:href|src|url|action)\s*[=(]/g)].map(([text]) => text)
  // Those in the names, which are text.
  assert.ok(addresses.every((text) => text === 'src='))
  assert.doesNotMatch(page, /<(?:script|link|iframe|img|object)|\son[a-z]+="|@import/)
  assert.match(page, /content="default-src 'none'; style-src 'unsafe-inline'"/)
})

test('a page has every row, the total at its foot, and both colours', () => {
  assert.equal([...page.matchAll(/<th scope="row">/g)].length, evil.length + 1)
  assert.match(page, /<tfoot><tr><th scope="row">total<\/th><td class="right">10 B<\/td><\/tr><\/tfoot>/)
  assert.match(page, /color-scheme:light dark/)
  assert.match(page, /prefers-color-scheme:dark/)
})

const hasPython = spawnSync('python3', ['--version']).status === 0

test('every element of a page is closed in order', {
  skip: hasPython ? false : 'there is no python3 to read HTML with',
}, () => {
  const reader = `
import sys
from html.parser import HTMLParser
open_ = []
class Reader(HTMLParser):
    def handle_starttag(self, tag, attrs):
        if tag not in ('meta',): open_.append(tag)
    def handle_startendtag(self, tag, attrs): pass
    def handle_endtag(self, tag):
        assert open_ and open_.pop() == tag, tag
Reader().feed(sys.stdin.read())
assert not open_, open_
`
  const { status, stderr } = spawnSync('python3', ['-c', reader], { input: page, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
})
