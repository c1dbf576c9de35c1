import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { printText } from '../../src/settings/kind.js'
import { type KeyPath, parseTomlDocument, printKey } from '../../src/settings/toml-document.js'
import { seed } from '../../testing/seed.js'

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('a file of TOML', () => {
  it('is read with the line of each key', () => {
    const text =
      'a = 1\n\n[b]\nc.d = "x"\ne = { f = 1, g = [1,\n2] }\n[h."i j"]\nk = true\n[[l]]\nm = 1\n[[l]]\nm = 2\n'
    const { root, lineOf } = parseTomlDocument('x', text)
    assert.deepEqual(plain(root), {
      a: 1,
      b: { c: { d: 'x' }, e: { f: 1, g: [1, 2] } },
      h: { 'i j': { k: true } },
      l: [{ m: 1 }, { m: 2 }],
    })
    const lines: readonly [KeyPath, number | undefined][] = [
      [['a'], 1],
      [['b'], 3],
      [['b', 'c', 'd'], 4],
      [['b', 'e', 'f'], 5],
      [['b', 'e', 'g', 1], 6],
      [['h', 'i j'], 7],
      [['h', 'i j', 'nothing'], 7],
      [['l', 1, 'm'], 12],
      [['nothing'], undefined],
    ]
    for (const [key, line] of lines) assert.equal(lineOf(key), line, printKey(key))
  })

  for (const [what, text, message] of [
    ['a value that is missing', 'a = 1\nb = [', /^x:2: this is not valid TOML/],
    ['a key that is there twice', 'a = 1\na = 2', /^x:2: .*multiple times/],
    ['a list of lists without end', `a = ${'['.repeat(100_000)}${']'.repeat(100_000)}`, /nested too deep/],
    ['too much', '#'.repeat(1_000_001), /more than 1000000 characters/],
  ] as const)
    it(`is refused with ${what}`, () => {
      assert.throws(
        () => parseTomlDocument('x', text),
        (error) => hasCode(error, 'CONFIG') && message.test(error.message),
      )
    })

  for (const [line, isText] of [
    ['maildir = /home/me/Mail', true],
    ['maildir = ~/Mail', true],
    ['maildir = “~/Mail”', true],
    ['attachments = none', true],
    ['attachments = 64 kB', false],
    ['a = [', false],
    ['a', false],
  ] as const)
    it(`is refused with ${line}, ${isText ? 'and the quotes are named' : 'as it stands'}`, () => {
      assert.throws(
        () => parseTomlDocument('x', `b = 1\n${line}\n`),
        (error) =>
          hasCode(error, 'CONFIG') &&
          isText ===
            (error.next === 'Correct it in x: a text needs straight quotes, like maildir = "~/Mail".'),
      )
    })

  it('has no key that means anything else', () => {
    const { root } = parseTomlDocument(
      'x',
      '[__proto__]\npolluted = 1\n[constructor.prototype]\npolluted = 1\n',
    )
    assert.equal(({} as { polluted?: number }).polluted, undefined)
    assert.equal(root['toString'], undefined)
    assert.deepEqual(Object.keys(root), ['__proto__', 'constructor'])
  })

  const edits: readonly [what: string, before: string, key: KeyPath, after: string][] = [
    ['nothing', '', ['a'], 'a = 9\n'],
    ['comments alone', '# x\n', ['a'], '# x\na = 9\n'],
    ['a value', '# x\na = 1 # y\nb = 2\n', ['a'], '# x\na = 9 # y\nb = 2\n'],
    ['a value over lines', 'a = [1,\n2]\n', ['a'], 'a = 9\n'],
    ['other values', 'b = 1 # y\n\n# z\n[t]\na = 1\n', ['a'], 'b = 1 # y\na = 9\n\n# z\n[t]\na = 1\n'],
    ['no line break at its end', 'b = 1', ['a'], 'b = 1\na = 9\n'],
    ['tables alone', '# x\n[t]\na = 1\n', ['a'], 'a = 9\n# x\n[t]\na = 1\n'],
    ['a value in a table', '[t]\na = 1\n', ['t', 'a'], '[t]\na = 9\n'],
    ['a table', '[t]\nb = 1\n[u]\n', ['t', 'a'], '[t]\nb = 1\na = 9\n[u]\n'],
    ['an empty table', '[t]\n[u]\n', ['t', 'a'], '[t]\na = 9\n[u]\n'],
    ['no such table', 'b = 1\n', ['t', 'a b'], 'b = 1\n\n[t]\n"a b" = 9\n'],
    ['an inline table', 't = { b = 1 }\n', ['t', 'a'], 't = { b = 1 , a = 9}\n'],
    ['an empty inline table', 't = {}\n', ['t', 'a'], 't = {a = 9}\n'],
    ['a value in an inline table', 't = { a = 1 }\n', ['t', 'a'], 't = { a = 9 }\n'],
    ['a dotted key', 't.a = 1\n', ['t', 'a'], 't.a = 9\n'],
    ['a dotted key beside it', 't.b = 1\nc = 2\n', ['t', 'a'], 't.b = 1\nt.a = 9\nc = 2\n'],
  ]
  for (const [what, before, key, after] of edits)
    it(`with ${what} keeps all else when a value is set`, () => {
      assert.equal(parseTomlDocument('x', before).withValues([{ key, toml: '9' }]), after)
      const twice = parseTomlDocument('x', after).withValues([{ key, toml: '9' }])
      assert.equal(twice, after)
    })

  const places = [
    '',
    'b = 1\n',
    '[t]\n',
    '[t]\nb = 1\n[u]\n',
    't = {}\n',
    't = { b = 1 }\n',
    't.b = 1\nc = 2\n',
    '[t.v]\nx = 1\n',
  ]
  for (const before of places)
    it(`takes several values of one table at once, in ${JSON.stringify(before)}`, () => {
      const values = ['a', 'b', 'c d', 'a'].map((name, at) => ({ key: ['t', name], toml: String(at) }))
      const text = parseTomlDocument('x', before).withValues(values)
      const table = plain(parseTomlDocument('x', text).root['t']) as Record<string, unknown>
      assert.deepEqual([table['a'], table['b'], table['c d']], [3, 1, 2], text)
      const without = parseTomlDocument('x', text).withoutValue(['t', 'b'])
      const rest = plain(parseTomlDocument('x', without).root['t']) as Record<string, unknown>
      assert.deepEqual([rest['a'], rest['b'], rest['c d']], [3, undefined, 2], without)
    })

  it('loses a table of its own whole, and nothing beside it', () => {
    const text = '[t]\na = 1\n\n[t.b]\nc = 2\nd = 3\n\n# mine\n[u]\ne = 4\n'
    assert.equal(
      parseTomlDocument('x', text).withoutValue(['t', 'b']),
      '[t]\na = 1\n\n\n# mine\n[u]\ne = 4\n',
    )
    assert.equal(parseTomlDocument('x', text).withoutValue(['t', 'z']), text)
  })

  it('is left as it is where a value has no place, and the error says what to write', () => {
    assert.throws(
      () => parseTomlDocument('x', 't = 1\n').withValues([{ key: ['t', 'a'], toml: '9' }]),
      (error) => hasCode(error, 'CONFIG') && /t\.a = 9/.test(error.next),
    )
  })

  it('takes any keys and texts', () => {
    const key = fc.oneof(fc.constantFrom('a', 'b', 't'), fc.string({ unit: 'binary', minLength: 1 }))
    const value = fc.record({ key: fc.tuple(key), text: fc.string({ unit: 'binary' }) })
    fc.assert(
      fc.property(fc.uniqueArray(value, { selector: ({ key }) => key[0], maxLength: 5 }), (values) => {
        const news = values.map(({ key, text }) => ({ key, toml: printText(text) }))
        const before = '# c\nb = "x"\n[table]\nc = 1\n'
        const { root } = parseTomlDocument('x', parseTomlDocument('x', before).withValues(news))
        for (const { key, text } of values) assert.equal(root[key[0]], text)
      }),
      { seed },
    )
  })
})
