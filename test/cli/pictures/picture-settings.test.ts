import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mostPixelsOf } from '../../../src/cli/pictures/picture-settings.js'
import { countPictures, pictureLines, pictureNews } from '../../../src/cli/pictures/picture-words.js'
import { pixels } from '../../../src/cli/pictures/pixels.js'
import { allSettings } from '../../../src/cli/settings/all-settings.js'
import { policyOf } from '../../../src/cli/settings/client-settings.js'
import type { PictureFate } from '../../../src/replica/submission/submission.js'
import { readConfig } from '../../../src/settings/config.js'
import { InvalidValue } from '../../../src/settings/invalid-value.js'
import type { SpooledMail } from '../../../src/sync/submission/spool.js'

const place = { resolve: (path: string) => path }
const configOf = (text: string) =>
  readConfig(allSettings(), { file: { path: 'packetboat.toml', text, place }, env: {}, flags: {}, place })

describe('a number of pixels', () => {
  for (const [said, side, printed] of [
    ['1024px', 1024, '"1024px"'],
    ['1024', 1024, '"1024px"'],
    [' 640 PX ', 640, '"640px"'],
    ['64 pixels', 64, '"64px"'],
    [16_384, 16_384, '"16384px"'],
    ['never', 0, '"never"'],
  ] as const)
    it(`is ${String(said)}`, () => {
      assert.equal(pixels.read(said, place), side)
      assert.equal(pixels.print(side), printed)
    })

  for (const said of [
    '',
    '63px',
    '16385',
    '1e3',
    '-100',
    '10.5px',
    '1024x768',
    'all',
    true,
    1000.5,
    ['1024px'],
    {},
  ])
    it(`is not ${JSON.stringify(said)}`, () =>
      assert.throws(
        () => pixels.read(said, place),
        (error) => error instanceof InvalidValue,
      ))
})

describe('the longest side of pictures that are sent', () => {
  const mail: SpooledMail = {
    name: 'a',
    envelope: { from: 'Ann@example.org', recipients: ['bob@example.net', 'news@paper.example'] },
    sizeBytes: 3_000_000,
    queuedMs: 0,
    urgent: false,
  }
  const cases: readonly [what: string, text: string, side: number | undefined, link?: string][] = [
    ['is none by itself', '', undefined],
    ['is none on slow links either', '', undefined, 'iridium'],
    ['is what is said for all', 'shrink = "1024px"', 1024],
    ['is what is said for the link', 'shrink = "1024px"\n[link.iridium]\nshrink = "640px"', 640, 'iridium'],
    ['is not what is said for another link', 'shrink = "1024px"\n[link.iridium]\nshrink = "640px"', 1024],
    ['is none on a link that says so', 'shrink = "1024px"\n[link.lan]\nshrink = "never"', undefined, 'lan'],
    [
      'is what a rule says, before the link',
      '[link.hf]\nshrink = "320px"\n[rule.a]\nshrink = "800px"',
      800,
      'hf',
    ],
    [
      'is what the last rule says',
      '[rule.a]\nshrink = "800px"\n[rule.b]\nshrink = "never"\n[rule.c]\ncome = ["text"]',
      undefined,
    ],
    [
      'is what a rule says for a recipient',
      'shrink = "640px"\n[rule.a]\nto = ["*@PAPER.example"]\nshrink = "never"',
      undefined,
    ],
    [
      'is not what it says for others',
      'shrink = "640px"\n[rule.a]\nto = ["x@paper.example"]\nshrink = "never"',
      640,
    ],
    ['is what a rule says for a sender', '[rule.a]\nfrom = ["ann@*"]\nshrink = "700px"', 700],
    ['is not what it says for another sender', '[rule.a]\nfrom = ["bob@*"]\nshrink = "700px"', undefined],
    ['is what a rule says for large mail', '[rule.a]\nlargerThan = "2M"\nshrink = "700px"', 700],
    ['is not what it says for larger mail', '[rule.a]\nlargerThan = "3M"\nshrink = "700px"', undefined],
    ['is what a rule says for a link', '[rule.a]\nlinks = ["hf"]\nshrink = "700px"', 700, 'hf'],
    ['is not what it says for other links', '[rule.a]\nlinks = ["hf"]\nshrink = "700px"', undefined, 'lan'],
    ['is not what a rule for mailboxes says', '[rule.a]\nmailboxes = ["*"]\nshrink = "700px"', undefined],
    ['is not what a rule for old mail says', '[rule.a]\nolderThan = "1 day"\nshrink = "700px"', undefined],
  ]
  for (const [what, text, side, link = 'default'] of cases)
    it(what, () => assert.equal(mostPixelsOf(configOf(text), link, mail), side))

  it('changes nothing about what comes: nor does a rule for mail to somebody', () => {
    const rulesOf = (text: string) => policyOf({ config: configOf(text) }, { link: 'lan', nowMs: 0 }).rules
    assert.deepEqual(rulesOf('[rule.a]\nto = ["a@b"]\ncome = ["text never"]\nshrink = "never"'), [])
  })
})

describe('what became of pictures', () => {
  const fates: readonly PictureFate[] = [
    { name: 'a.jpg', beforeBytes: 3_100_000, afterBytes: 98_000 },
    { name: '', beforeBytes: 900_000, afterBytes: 90_000 },
    { name: 'c.heic', beforeBytes: 500_000, afterBytes: 500_000, why: 'format' },
    { name: 'd.heic', beforeBytes: 500_000, afterBytes: 500_000, why: 'format' },
  ]

  it('is a line for each', () =>
    assert.deepEqual(pictureLines(fates), [
      'Picture: a.jpg: 98 kB instead of 3.1 MB',
      'Picture: (no name): 90 kB instead of 900 kB',
      'Picture: c.heic: 500 kB, as it was: only JPEG, PNG and WebP can be made smaller',
      'Picture: d.heic: 500 kB, as it was: only JPEG, PNG and WebP can be made smaller',
    ]))

  it('is a sentence or two for all, or none', () => {
    assert.deepEqual(pictureNews(fates), [
      '2 pictures made smaller: 188 kB instead of 4.0 MB.',
      '2 pictures not made smaller: only JPEG, PNG and WebP can be made smaller.',
    ])
    assert.deepEqual(pictureNews([]), [])
  })

  it('is counted for scripts', () =>
    assert.deepEqual(countPictures(fates), {
      smaller: 2,
      asTheyWere: 2,
      beforeBytes: 5_000_000,
      afterBytes: 1_188_000,
    }))
})
