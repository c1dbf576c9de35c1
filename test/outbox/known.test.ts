import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { readKnown, writeKnown } from '../../src/outbox/known.js'
import { coversAddress, firstIdentity } from '../../src/sync/submission/identities.js'

test('what the endpoint said is read as it was written; what is damaged or absurd counts as unknown', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-known-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  assert.equal(await readKnown(folder), undefined)
  const known = {
    identities: ['Ann <ann@example.org>'],
    maxBytes: 1000,
    marking: '0a'.repeat(32),
    asOfMs: 5,
  }
  await writeKnown(folder, known)
  await writeKnown(folder, known)
  assert.deepEqual(await readKnown(folder), known)
  await writeKnown(folder, { ...known, marking: 'short' })
  assert.equal((await readKnown(folder))?.marking, undefined)
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '{"identities":"x","asOfMs":1}',
    '{"identities":[1],"asOfMs":1}',
  ])
    for (const bytes of [text, ' '.repeat(300_000)]) {
      writeFileSync(join(folder, 'known.json'), bytes)
      assert.equal(await readKnown(folder), undefined, text)
    }
})

test('a folder that nothing can be written into is named, with what to do', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-known-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'outbox'), 'a file')
  await assert.rejects(writeKnown(join(folder, 'outbox'), { identities: [], asOfMs: 5 }), (error) =>
    hasCode(error, 'READ_ONLY'),
  )
})

test('what never ends is not waited for', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-known-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  if (spawnSync('mkfifo', [join(folder, 'known.json')]).status !== 0) return t.skip('no mkfifo')
  assert.equal(await readKnown(folder), undefined)
})

const identities = ['*@ann.example', 'Ann <ann@example.org>', 'me@bücher.example']

const covered: readonly (readonly [string, boolean])[] = [
  ['ann@example.org', true],
  ['Ann@Example.ORG', true],
  ['bob@example.org', false],
  ['anything@ann.example', true],
  ['x@sub.ann.example', false],
  ['x@ann.example.evil', false],
  ['"@ann.example"@evil.example', false],
  ['me@xn--bcher-kva.example', true],
  ['me@BÜCHER.example', true],
  ['me@bucher.example', false],
  ['*@example.org', false],
  ['ann', false],
  ['@ann.example', false],
  ['', false],
  ['x@ann.example/y', false],
  ['x@ann.example:80', false],
  ['x@evil.example@ann.example', false],
  ['"x@evil.example"@ann.example', true],
]

for (const [address, expected] of covered)
  test(`"${address}" is ${expected ? '' : 'not '}one of the identities`, () => {
    assert.equal(coversAddress(identities, address), expected)
  })

test('the first identity is a person, not a domain', () => {
  assert.equal(firstIdentity(identities), 'Ann <ann@example.org>')
  assert.equal(firstIdentity(['*@ann.example']), undefined)
})
