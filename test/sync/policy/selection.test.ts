import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sync } from '../../../src/sync/initiator/sync.js'
import { matchesGlob } from '../../../src/sync/policy/glob.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { isSelected } from '../../../src/sync/policy/selection.js'
import { matchesWildcards } from '../../../src/sync/policy/wildcards.js'
import { base64Lines, letter } from '../../world/letter.js'
import { makePair } from '../../world/star.js'

const quoted = (text: string): string => text.replace(/[.+^${}()|[\]\\/]/g, '\\$&')

test('a glob matches all of a text, in either case', () => {
  const cases: [pattern: string, text: string, matches: boolean][] = [
    ['ann@*', 'Ann@North.example', true],
    ['*@north.example', 'ann@north.example', true],
    ['ann', 'ann@north.example', false],
    ['*ann*', 'Joanne', true],
    ['a?n', 'ann', true],
    ['a?n', 'an', false],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['a*b*c', 'aXbXbc', true],
    ['é*', 'Éva', true],
  ]
  for (const [pattern, text, matches] of cases)
    assert.equal(matchesGlob(pattern, text), matches, `${pattern} ${text}`)
})

test('a glob means what the regular expression made of it means', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.'), maxLength: 8 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 })
  fc.assert(
    fc.property(pattern, text, (glob, given) => {
      const wanted = new RegExp(`^${quoted(glob).replaceAll('*', '.*').replaceAll('?', '.')}$`)
      assert.equal(matchesGlob(glob, given), wanted.test(given))
    }),
  )
})

test('a glob of more characters than a word has bits means the same', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', '?'), minLength: 15, maxLength: 40 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 30, maxLength: 90 })
  const wild = fc.constantFrom('*', '', '?')
  fc.assert(
    fc.property(
      piece,
      piece,
      fc.tuple(wild, wild, wild),
      text,
      fc.nat(60),
      (one, two, [a, b, c], random, cut) => {
        // Half of them match, or nearly so.
        const made = [one, random.slice(0, cut), two].join('').replaceAll('?', 'a')
        const glob = `${a}${one}${b}${two}${c}`
        const wanted = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`)
        for (const given of [made, `b${made}`, `${made}b`, random])
          assert.equal(matchesGlob(glob, given), wanted.test(given), `${glob} ${given}`)
      },
    ),
  )
})

test('a pattern that nearly matches everywhere has each character looked at once', () => {
  let looks = 0
  const text = new Proxy(Array<string>(3000).fill('a'), {
    get: (target, key) => {
      if (typeof key === 'string' && /^\d+$/.test(key)) looks++
      return Reflect.get(target, key)
    },
  })
  assert.equal(matchesWildcards([...`*${'a'.repeat(900)}b`], text, {}), false)
  assert.equal(looks, 3000)
})

test('mailboxes are selected as users of mbsync know it', () => {
  const cases: [patterns: string[], selected: string[], left: string[]][] = [
    [[], ['INBOX', 'Work', 'Work/2026', 'Junk'], []],
    [['*'], ['INBOX', 'INBOX/sub', 'Work', 'Work/2026/May'], []],
    [['%'], ['INBOX', 'Work'], ['Work/2026', 'INBOX/sub']],
    [['Work/%'], ['Work/2026'], ['Work', 'Work/2026/May', 'Working/x']],
    [['Work*'], ['Work', 'Working', 'Work/2026/May'], ['INBOX', 'work']],
    [['%/2026'], ['Work/2026', 'Home/2026'], ['Work/x/2026', '2026']],
    [['*/2026'], ['Work/2026', 'Work/x/2026'], ['2026']],
    [['INBOX'], ['INBOX'], ['INBOX/sub', 'Work']],
    [['inbox'], ['INBOX'], ['Work']],
    [['inbox/*'], ['INBOX/sub'], ['INBOX', 'Work/sub']],
    [['*', '!Lists/*'], ['INBOX', 'Lists'], ['Lists/sailing']],
    // A list that only excludes starts from everything.
    [['!Junk'], ['INBOX', 'Work'], ['Junk']],
    // The last match wins.
    [['*', '!Lists/*', 'Lists/sailing'], ['INBOX', 'Lists/sailing'], ['Lists/rowing']],
    [['Lists/sailing', '!Lists/*'], [], ['Lists/sailing', 'INBOX']],
    [['*', '!inbox'], ['Work'], ['INBOX']],
    [['\\Sent', 'INBOX'], ['Sent', 'INBOX'], ['Work']],
    [['*', '!\\junk'], ['INBOX', 'Sent'], ['Junk']],
    [['!\\Junk', 'Junk'], ['Junk'], ['Work']],
  ]
  const use: Readonly<Record<string, string>> = { Sent: '\\Sent', Junk: '\\Junk' }
  const isChosen = (patterns: readonly string[], name: string): boolean => {
    const specialUse = use[name]
    return isSelected(patterns, { path: name.split('/'), ...(specialUse && { specialUse }) })
  }
  for (const [patterns, selected, left] of cases) {
    for (const name of selected) assert.equal(isChosen(patterns, name), true, `${patterns} ${name}`)
    for (const name of left) assert.equal(isChosen(patterns, name), false, `${patterns} ${name}`)
  }
})

test('an IMAP pattern means what the regular expression made of it means', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '%'), maxLength: 8 })
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '/'), minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(pattern, name, (given, path) => {
      const wanted = new RegExp(`^${quoted(given).replaceAll('*', '.*').replaceAll('%', '[^/]*')}$`)
      const found = isSelected([given], { path: path.split('/') })
      assert.equal(found, given !== '' && wanted.test(path))
    }),
    { numRuns: 500 },
  )
})

const mail = (subject: string): Uint8Array => letter(subject, { text: base64Lines(subject.length, 800) })

test('changing the selection later costs what is new, and coming back to it only what has happened meanwhile', async () => {
  const { endpoint, client, link } = await makePair({ seed: 8 })
  for (const name of ['Archive', 'Work']) endpoint.mail.person.createMailbox([name])
  for (let i = 0; i < 30; i++)
    for (const name of ['INBOX', 'Archive', 'Work']) endpoint.mail.person.deliver([name], mail(`${name}${i}`))
  const cost = async (...select: string[]): Promise<number> => {
    const before = link.stats.up + link.stats.down
    await sync(client.account, { link, policy: { ...defaultPolicy, select } })
    return link.stats.up + link.stats.down - before
  }
  const count = (name: string): number => client.mail.snapshot().get(name)?.length ?? 0
  const all = await cost('*', '!Archive', '!Work')
  assert.equal(`${count('INBOX')} ${count('Archive')} ${count('Work')}`, '30 0 0')
  const added = await cost('*', '!Archive')
  assert.equal(`${count('INBOX')} ${count('Archive')} ${count('Work')}`, '30 0 30')
  assert.ok(added < 1.2 * all, `${added} of ${all}`)
  // What isn't selected any more stays as it is, and costs nothing.
  endpoint.mail.person.deliver(['Work'], mail('one more'))
  assert.ok((await cost('INBOX')) < 250)
  assert.ok((await cost('INBOX')) < 150)
  assert.equal(count('Work'), 30)
  const back = await cost('*', '!Archive')
  assert.equal(count('Work'), 31)
  assert.ok(back < 2000, `${back} bytes`)
})

test('mailboxes named on the command line narrow one run, and the next plain one makes up for it', async () => {
  const { endpoint, client, link } = await makePair({ seed: 8 })
  for (const name of ['Archive', 'Work']) endpoint.mail.person.createMailbox([name])
  for (const name of ['INBOX', 'Archive', 'Work']) endpoint.mail.person.deliver([name], mail(name))
  const run = (only: string[] = []) =>
    sync(client.account, { link, policy: { ...defaultPolicy, select: ['*', '!Archive'] }, only })
  const shown = (): string[] =>
    [...client.mail.snapshot()].flatMap(([name, messages]) => (messages.length > 0 ? [name] : [])).sort()
  // Narrowed further, never widened.
  await run(['Work', 'Archive'])
  assert.deepEqual(shown(), ['Work'])
  await run()
  assert.deepEqual(shown(), ['INBOX', 'Work'])
})
