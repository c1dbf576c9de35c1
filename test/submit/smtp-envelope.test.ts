import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asItGoes, dsnOf } from '../../src/submit/smtp-envelope.js'

for (const [address, plain, utf8] of [
  ['bob@example.org', 'bob@example.org', 'bob@example.org'],
  [' bob@example.org ', 'bob@example.org', 'bob@example.org'],
  ['bob', 'bob', 'bob'],
  ['bob@bücher.example', 'bob@xn--bcher-kva.example', 'bob@xn--bcher-kva.example'],
  ['björn@example.org', undefined, 'björn@example.org'],
  ['björn@bücher.example', undefined, 'björn@bücher.example'],
  ['björn', undefined, 'björn'],
  ['@bücher.example', undefined, '@bücher.example'],
  // No domain that a server could be told in ASCII.
  ['bob@bü cher', undefined, 'bob@bü cher'],
  ['', undefined, undefined],
  ['  ', undefined, undefined],
  ['a>b@example.org', undefined, undefined],
  ['a\nb@example.org', undefined, undefined],
  ['a'.repeat(500), 'a'.repeat(500), 'a'.repeat(500)],
  ['a'.repeat(501), undefined, undefined],
] as const)
  test(`${JSON.stringify(address.slice(0, 40))} goes to a server as it takes it`, () => {
    assert.deepEqual([asItGoes(address, false), asItGoes(address, true)], [plain, utf8])
  })

const envelope = { from: 'ann@example.org', recipients: ['bob@example.org'] }

for (const [asked, told] of [
  [undefined, null],
  [[], null],
  [
    ['delay', 'failure'],
    ['DELAY', 'FAILURE'],
  ],
  [['never'], ['NEVER']],
  [['success', 'never'], ['NEVER']],
] as const)
  test(`notices about ${asked?.join(' and ') ?? 'what is usual'} are asked for`, () => {
    const { notify } = dsnOf({ ...envelope, ...(asked && { notify: asked }) })
    assert.deepEqual(notify, told)
  })

test('a report has the size that is asked for', () => {
  assert.deepEqual(
    [undefined, 'full' as const, 'headers' as const].map(
      (ret) => dsnOf({ ...envelope, ...(ret && { ret }) }).ret,
    ),
    [null, 'FULL', 'HDRS'],
  )
})

for (const [envelopeId, told] of [
  [undefined, false],
  ['a+b=c', true],
  ['+'.repeat(33), true],
  ['+'.repeat(34), false],
  ['x'.repeat(100), true],
  ['x'.repeat(101), false],
  ['a b', false],
  ['ü', false],
  ['', false],
] as const)
  test(`an envelope id ${JSON.stringify(envelopeId?.slice(0, 40))} of ${envelopeId?.length} is told where it fits`, () => {
    const { envid } = dsnOf({ ...envelope, ...(envelopeId !== undefined && { envelopeId }) })
    assert.equal(envid, told ? envelopeId : null)
  })
