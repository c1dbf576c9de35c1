import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { htmlText } from '../../src/gist/html-text.js'

const rows: readonly [what: string, html: string, text: string][] = [
  ['paragraphs', '<p>One &amp; two.</p><p>Three.</p>', 'One & two.\n\nThree.'],
  [
    'nothing of scripts, styles and comments',
    '<style>p{}</style><script>x()</script><!-- y --><p>Text',
    'Text',
  ],
  [
    'links by number, each address once',
    '<a href="https://a.example/">A</a>, <a href="mailto:b@b.example">B</a> and <a href="https://a.example/">A again</a>',
    'A [1], B [2] and A again [1]\n\n[1] https://a.example/\n[2] mailto:b@b.example',
  ],
  [
    'no number for what goes nowhere or shows nothing',
    '<a href="#top">Top</a> <a href="javascript:x()">Run</a> <a href="https://a.example"><img src="x" alt="y"></a>',
    'Top Run',
  ],
  [
    'a table of data as a table',
    '<table><tr><th>Item</th><th>Price</th></tr><tr><td>Rope</td><td>12</td></tr></table>',
    'Item   Price\nRope   12',
  ],
  [
    'a table with lines, too',
    '<table border="1"><tr><td>Rope</td><td>12</td></tr><tr><td>Chain</td><td>340</td></tr></table>',
    'Rope    12\nChain   340',
  ],
  [
    'a table that places things row by row',
    '<table width="600"><tr><td><table><tr><td>Left</td><td>Right</td></tr></table></td></tr><tr><td>Below</td></tr></table>',
    'Left Right\n\nBelow',
  ],
  [
    'nothing that is hidden',
    '<div style="display:none;font-size:1px">Preview</div><p class="x-preheader">Pre</p><p hidden>H</p><p style="color:red; max-height: 0">M</p><p>Text</p>',
    'Text',
  ],
  ['no signs without width', '<p>Text&zwnj;&nbsp;&zwnj;&nbsp;&shy;&#847;</p>', 'Text'],
  ['the signs that a script needs', '<p>می‌خواهم</p>', 'می\u200cخواهم'],
  ['lists and quotes', '<ul><li>one<li>two</ul><blockquote>said</blockquote>', ' * one\n * two\n\n> said'],
  ['heads as they are written', '<h1>Big news</h1><p>Text', 'Big news\n\nText'],
  ['nothing of a page of pictures', '<body><img src="a.png" alt=""><img src="b.png"></body>', ''],
]

describe('of a page a person reads', () => {
  for (const [what, html, text] of rows) it(what, () => assert.equal(htmlText(html), text))

  for (const [what, html] of [
    ['elements', '<b>'.repeat(300_000)],
    ['tables', '<table><tr><td>'.repeat(66_000)],
    ['lists', '<ul><li>'.repeat(100_000)],
    ['elements of which some end', '<b><i></i>'.repeat(100_000)],
    ['paragraphs and items', '<li><p>'.repeat(140_000)],
  ] as const)
    it(`nothing, and at once, where ${what} stand in each other without an end`, () => {
      const begun = process.cpuUsage()
      assert.equal(htmlText(`${html}x`), '')
      assert.ok(process.cpuUsage(begun).user < 1_000_000)
    })

  it('all, where elements have no ends and need none', () => {
    for (const html of ['<p>x', '<li>x', '<tr><td>x'])
      assert.equal(htmlText(`<table>${html.repeat(10_000)}`).match(/x/g)?.length, 10_000)
  })

  it('lines of a letter', () => {
    const lines = htmlText(`<p>${'word '.repeat(100)}</p>`).split('\n')
    assert.ok(lines.length > 5 && lines.every(({ length }) => length <= 76))
  })
})
