import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comeWords } from '../../src/cli/settings/come-words.js'
import { rulesOf } from '../../src/cli/settings/rule-settings.js'
import { InvalidValue } from '../../src/settings/invalid-value.js'
import { dayOf } from '../../src/sync/policy/rules.js'

const place = { resolve: (path: string) => path }
const always = Number.POSITIVE_INFINITY

const readable: [string, string, number, string?][] = [
  ['text', 'text', always, 'text always'],
  ['html never', 'html', 0],
  ['calendar always', 'calendar', always],
  ['attachments <= 64k', 'attachments', 64_000, 'attachments <= 64 kB'],
  ['images up to 1.5 MB', 'images', 1_500_000, 'images <= 1500 kB'],
  ['image/* never', 'image/*', 0],
  ['application/pdf  <=  100k ', 'application/pdf', 100_000, 'application/pdf <= 100 kB'],
]
for (const [words, what, upToBytes, printed = words] of readable)
  test(`"${words}" can be read, and comes back the same`, () => {
    assert.deepEqual(comeWords.read([words], place), [{ what, upToBytes }])
    assert.equal(comeWords.print([{ what, upToBytes }]), `["${printed}"]`)
    assert.deepEqual(comeWords.read([printed], place), [{ what, upToBytes }])
  })

for (const words of [
  '',
  'image',
  'pictures never',
  'text sometimes',
  'text <= much',
  'text <=',
  'a/b/c never',
])
  test(`"${words}" is refused`, () => {
    assert.throws(
      () => comeWords.read(['text', words], place),
      (error) => error instanceof InvalidValue && error.path[0] === 1,
    )
  })

test('what is nearly a kind is named', () => {
  assert.throws(
    () => comeWords.read(['attachment never'], place),
    (error) => error instanceof InvalidValue && error.meant === 'attachments',
  )
})

test('rules go by link, and an age becomes a day', () => {
  const written = new Map([
    ['lists', { mailboxes: ['Lists/*'], come: [{ what: 'text', upToBytes: 8000 }] }],
    ['dear', { links: ['iridium'], come: [{ what: 'attachments', upToBytes: 0 }] }],
    ['old', { olderThan: 30 * 86_400_000, largerThan: 1000, from: ['bob@*'] }],
  ])
  const nowMs = Date.UTC(2026, 2, 31, 12)
  const at = (link: string) => rulesOf(written, { link, nowMs }, () => [])
  assert.equal(at('default').length, 2)
  assert.equal(at('lan').length, 2)
  const [lists, dear, old] = at('iridium')
  assert.deepEqual(lists, { mailboxes: ['Lists/*'], from: [], limits: [{ what: 'text', upToBytes: 8000 }] })
  assert.deepEqual(dear, { mailboxes: [], from: [], limits: [{ what: 'attachments', upToBytes: 0 }] })
  assert.deepEqual(old, {
    mailboxes: [],
    from: ['bob@*'],
    beforeDay: dayOf(Date.UTC(2026, 2, 1)),
    aboveBytes: 1000,
    limits: [],
  })
})
