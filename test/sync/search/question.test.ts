import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeEnvelope } from '../../../src/mime/headers/envelope-codec.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { findMessages } from '../../../src/sync/search/find-messages.js'
import { readQuestion } from '../../../src/sync/search/read-question.js'
import { updateIndex } from '../../../src/sync/search/update-index.js'
import { letter } from '../../world/letter.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'

const day = (text: string): number => Date.parse(`${text}T12:00:00Z`)

const mails: readonly (readonly [mailbox: string, day: string, bytes: Uint8Array])[] = [
  [
    'INBOX',
    '2018-05-01',
    letter('Berth', { from: 'Ann Smith <ann@example.org>', text: 'The harbour dues rise.' }),
  ],
  ['INBOX', '2019-05-01', letter('Dues', { from: 'Bo <bo@example.org>', text: 'Dues of the harbour, ann.' })],
  [
    'Work',
    '2020-05-01',
    letter('Harbour dues', { from: 'Smith Ann <sa@example.org>', to: 'Cy <cy@example.org>' }),
  ],
  ['Work', '2020-12-31', letter('東京の港', { from: 'Di <di@example.org>', cc: 'Ann <ann@example.org>' })],
]

async function sideWithMail(): Promise<Side> {
  const side = await makeSide('here', { hasUpstream: false, random: seededRandom(1) })
  side.mail.person.createMailbox(['Work'])
  for (const [mailbox, at, bytes] of mails) side.mail.person.deliver([mailbox], bytes, [], day(at))
  await scanMailStore(side.account)
  await updateIndex(side.account)
  return side
}

async function find({ account }: Side, typed: string, limit = 10) {
  const found = await findMessages(account, { question: readQuestion(typed), limit })
  const subjects = found.messages.map(({ content }) => decodeEnvelope(content.envelope!).subject)
  return { ...found, subjects }
}

describe('a question', () => {
  const cases: readonly [typed: string, subjects: readonly string[]][] = [
    ['harbour dues', ['Harbour dues', 'Dues', 'Berth']],
    ['"harbour dues"', ['Harbour dues', 'Berth']],
    ['"harbour due"', []],
    ['harbour due', ['Harbour dues', 'Dues', 'Berth']],
    ['subject:harbour', ['Harbour dues']],
    ['SUBJECT:"dues"', ['Harbour dues', 'Dues']],
    ['from:ann', ['Harbour dues', 'Berth']],
    ['from:"ann smith"', ['Berth']],
    ['from:bo@example.org', ['Dues']],
    ['to:cy', ['Harbour dues']],
    ['to:ann', ['東京の港']],
    ['"東京"', ['東京の港']],
    ['"東京の"', ['東京の港']],
    ['"京東"', []],
    ['ann in:Work', ['東京の港', 'Harbour dues']],
    ['in:inbox', ['Dues', 'Berth']],
    ['in:*', ['東京の港', 'Harbour dues', 'Dues', 'Berth']],
    ['after:2019', ['東京の港', 'Harbour dues', 'Dues']],
    ['before:2019', ['Berth']],
    ['after:2019-05-01 before:2020-5-1 dues', ['Dues']],
    ['after:2019-05-02 before:2020-06', ['Harbour dues']],
    ['from:ann after:2019 "harbour dues"', ['Harbour dues']],
    ['foo:dues', []],
  ]
  it('finds what fits all of it, the newest first', async () => {
    const side = await sideWithMail()
    for (const [typed, subjects] of cases)
      assert.deepEqual((await find(side, typed)).subjects, subjects, typed)
  })

  it('counts all, and shows so many', async () => {
    const side = await sideWithMail()
    const { subjects, total, totalBytes, isPartial } = await find(side, 'dues', 1)
    assert.deepEqual(subjects, ['Harbour dues'])
    assert.equal(total, 3)
    assert.equal(
      totalBytes,
      mails.slice(0, 3).reduce((sum, [, , bytes]) => sum + bytes.length, 0),
    )
    assert.equal(isPartial, false)
  })

  it('without a word, or with a day that there is not, is refused', () => {
    for (const typed of ['', '!', 'from:!', '""', 'after:19', 'before:2019-13', 'after:2019-02-30'])
      assert.throws(() => readQuestion(typed), { code: 'USAGE' }, typed)
  })

  it('with nothing behind a colon is refused: it was asked for mail that says "from"', () => {
    for (const typed of ['from:', 'from: ann', 'ann IN:', 'after: 2019', 'before:', 'to:""', 'in:"" ann'])
      assert.throws(() => readQuestion(typed), { code: 'USAGE', message: /^Nothing stands behind / }, typed)
    assert.equal(readQuestion('foo: from').terms.length, 2)
  })
})

describe('words in a row', () => {
  const far = 'harbour and dues'
  const padding = 'x'.repeat(63 * 1024)
  const cases: readonly [what: string, texts: readonly string[], total: number, isPartial: boolean][] = [
    ['all texts, where there are few', Array(150).fill(far), 0, false],
    ['200 texts', [...Array(5).fill('harbour dues'), ...Array(200).fill(far)], 0, true],
    ['100 texts, where enough were found', Array(150).fill('harbour dues'), 100, true],
    [
      'texts of 1 MiB in all',
      [...Array(10).fill('harbour dues'), ...Array(40).fill(`${far} ${padding}`)],
      0,
      true,
    ],
  ]
  for (const [what, texts, total, isPartial] of cases)
    it(`are looked for in ${what}`, async () => {
      const side = await makeSide('here', { hasUpstream: false, random: seededRandom(1) })
      for (const [at, text] of texts.entries())
        side.mail.person.deliver(
          ['INBOX'],
          letter(`mail ${at}`, { text }),
          [],
          day('2018-05-01') + at * 86_400_000,
        )
      await scanMailStore(side.account)
      await updateIndex(side.account)
      const found = await find(side, '"harbour dues"')
      assert.deepEqual([found.total, found.isPartial], [total, isPartial])
    })
})

describe('a mail that lies in two mailboxes', () => {
  it('is found by the day on which either arrived', async () => {
    const side = await sideWithMail()
    const twice = letter('Twice', { text: 'Lighthouse.' })
    side.mail.person.deliver(['INBOX'], twice, [], day('2015-03-01'))
    side.mail.person.deliver(['Work'], twice, [], day('2017-03-01'))
    await scanMailStore(side.account)
    await updateIndex(side.account)
    const totalOf = async (typed: string) => (await find(side, typed)).total
    assert.equal(await totalOf('lighthouse'), 2)
    assert.equal(await totalOf('lighthouse before:2016'), 1)
    assert.equal(await totalOf('lighthouse after:2017-03-01 before:2017-03-02'), 1)
    assert.equal(await totalOf('lighthouse after:2015-03-02 before:2017-03-01'), 0)
    const later = letter('Later', { text: 'Breakwater.' })
    for (const at of ['2017-03-01', '2012-03-01']) {
      side.mail.person.deliver(['INBOX'], later, [], day(at))
      await scanMailStore(side.account)
      await updateIndex(side.account)
    }
    assert.equal(await totalOf('breakwater before:2013'), 1, 'a copy that came later')
  })
})
