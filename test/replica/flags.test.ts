import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  applyDelta,
  asksToKeep,
  effectOn,
  equalFlags,
  flagDelta,
  isEmptyDelta,
  isKeyword,
  toFlags,
} from '../../src/replica/flags.js'

test('flags are sorted and each is there once', () => {
  assert.deepEqual(toFlags(['b', '\\Seen', 'a', 'b', '\\Flagged', 'a']), ['\\Flagged', '\\Seen', 'a', 'b'])
})

test('a keyword is an atom, from its first character to its last', () => {
  for (const name of ['$Forwarded', 'a', 'ä', 'a+b', 'x'.repeat(200)]) assert.ok(isKeyword(name), name)
  for (const bad of [' ', '\t', '\n', '"', '\\', '(', ')', '{', '%', '*', ']', '\u0001', '\u007f', '\u0085'])
    for (const name of [bad, `${bad}a`, `a${bad}b`, `a${bad}`])
      assert.equal(isKeyword(name), false, JSON.stringify(name))
  assert.equal(isKeyword(''), false)
  assert.equal(isKeyword('x'.repeat(201)), false)
})

test('a delta is what makes one set of flags of another', () => {
  const cases: readonly [before: string[], after: string[]][] = [
    [[], []],
    [[], ['a']],
    [['a'], []],
    [
      ['a', 'b'],
      ['b', 'c'],
    ],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
  ]
  for (const [before, after] of cases) {
    const delta = flagDelta(before, after)
    assert.deepEqual(applyDelta(before, delta), after)
    assert.equal(isEmptyDelta(delta), equalFlags(before, after))
  }
  assert.equal(isEmptyDelta({ add: [], remove: ['a'] }), false)
  assert.equal(equalFlags(['a', 'b'], ['a']), false)
  assert.equal(equalFlags(['a', 'b'], ['a', 'c']), false)
})

test('of a delta has an effect what the flags lack, or have', () => {
  assert.deepEqual(effectOn(['a', 'b'], { add: ['b', 'c'], remove: ['a', 'd'] }), {
    add: ['c'],
    remove: ['a'],
  })
})

test('tens of thousands of keywords are each looked at a few times', () => {
  const count = 20_000
  let looks = 0
  const counting = (prefix: string): string[] =>
    new Proxy(
      Array.from({ length: count }, (_, i) => `${prefix}${i}`),
      {
        get: (names, key) => {
          if (typeof key === 'string' && /^\d/.test(key)) looks++
          return Reflect.get(names, key)
        },
      },
    )
  const [before, after] = [counting('a'), counting('b')]
  assert.equal(flagDelta(before, after).add.length, count)
  assert.equal(applyDelta(before, { add: after, remove: after }).length, 2 * count)
  assert.equal(effectOn(before, { add: after, remove: after }).add.length, count)
  assert.ok(looks < 20 * count, `${looks}`)
})

test('who marks a message or takes its deletion back asks for it to be kept, and who only reads it does not', () => {
  assert.ok(asksToKeep([], ['\\Flagged']))
  assert.ok(asksToKeep(['\\Deleted'], []))
  assert.equal(asksToKeep(['\\Flagged'], ['\\Flagged', '\\Seen']), false)
  assert.equal(asksToKeep([], ['\\Deleted']), false)
})
