import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { InvalidValue } from '../../src/settings/invalid-value.js'
import {
  clockTime,
  command,
  count,
  duration,
  type Kind,
  money,
  oneOf,
  path,
  price,
  rate,
  secret,
  share,
  size,
  tableOf,
  text,
  texts,
  truth,
} from '../../src/settings/kind.js'
import { parseTomlDocument } from '../../src/settings/toml-document.js'
import { seed } from '../../testing/seed.js'

const place = { resolve: (written: string) => `/from/${written}` }
const perMinute = { amount: 1.2, currency: 'USD', per: 'time', quantity: 60_000 }
const thirty = { argv: ['pass', 'show', 'x'], timeoutMs: 30_000 }

const good: readonly [kind: Kind<never>, value: unknown, read: unknown][] = [
  [duration(), '30 s', 30_000],
  [duration(), '30s', 30_000],
  [duration(), '1.5 h', 5_400_000],
  [duration(), '250 ms', 250],
  [duration(), '2 Minutes', 120_000],
  [duration(), '1 day', 86_400_000],
  [duration(), 120, 120_000],
  [duration(), 0, 0],
  [duration('days'), 30, 30 * 86_400_000],
  [duration('days'), '12 h', 43_200_000],
  [size, '64k', 64_000],
  [size, '1.5 MB', 1_500_000],
  [size, '1 KiB', 1024],
  [size, '64 KB', 64_000],
  [size, 4096, 4096],
  [size, 'none', 0],
  [size, 'all', Number.MAX_SAFE_INTEGER],
  [rate, '2400 bit/s', 2400],
  [rate, '9.6 kbit/s', 9600],
  [rate, '64 kB/s', 512_000],
  [rate, 300, 300],
  [money, '5 USD', { amount: 5, currency: 'USD' }],
  [price, '1.20 USD/min', perMinute],
  [price, '4 eur / MB', { amount: 4, currency: 'EUR', per: 'bytes', quantity: 1e6 }],
  [price, '0.5 USD/100kB', { amount: 0.5, currency: 'USD', per: 'bytes', quantity: 100_000 }],
  [clockTime, '07:30', 450],
  [clockTime, '0:05', 5],
  [share, 0.5, 0.5],
  [count, 3, 3],
  [truth, false, false],
  [text, 'x', 'x'],
  [texts, ['a', 'b'], ['a', 'b']],
  [oneOf('a', 'b'), 'b', 'b'],
  [path, 'mail', '/from/mail'],
  [command, ['pass', 'show', 'x'], thirty],
  [command, { command: ['pass', 'show', 'x'] }, thirty],
  [command, { command: ['a'], timeout: '2 s' }, { argv: ['a'], timeoutMs: 2000 }],
  [secret, 'word', { from: 'text', text: 'word' }],
  [secret, { file: 'word' }, { from: 'file', path: '/from/word' }],
  [secret, { command: ['pass', 'show', 'x'] }, { from: 'command', ...thirty }],
  [tableOf(count, 'counts'), { a: 1 }, { a: 1 }],
] as never

const bad: readonly [kind: Kind<never>, values: readonly unknown[]][] = [
  [
    duration(),
    [
      '',
      'soon',
      '-1 s',
      '1 s 2 s',
      'Infinity s',
      '1e3 s',
      -1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      true,
      {},
      [1],
    ],
  ],
  [size, ['huge', '5 bit', '-1', 'k', -5, null, [], 'NONE']],
  [rate, ['0 bit/s', 0, '64 kb/s', '5 MB', 'fast']],
  [money, ['5', 'USD 5', '5 Dollars', '-5 USD', 5]],
  [price, ['1.20 USD', '1 USD/', '1/min', '1 USD/moon', '1 USD/0min', 1, '1 USD/min/MB']],
  [clockTime, ['24:00', '7', '07:60', '7:5', 730, new Date(0)]],
  [share, [1.5, -0.1, '0.5', Number.NaN]],
  [count, [1.5, -1, '3', 2 ** 60]],
  [truth, ['true', 1]],
  [text, ['', '  ', 5]],
  [texts, ['a', [1], {}]],
  [oneOf('asynchronous', 'synchronous'), ['never', 5]],
  [
    command,
    ['pass show x', [], [''], ['a', 5], { argv: ['a'] }, { command: [] }, { command: ['a'], timeout: 'x' }],
  ],
  [secret, [5, {}, { file: 5 }, { file: 'a', command: ['b'] }, { comand: ['b'] }]],
  [tableOf(count, 'counts'), [{ a: 'x' }, 5, [1]]],
] as never

describe('values of settings', () => {
  for (const [kind, value, read] of good)
    it(`reads ${JSON.stringify(value)} as ${kind.label}`, () => {
      assert.deepEqual(kind.read(value, place), read)
    })
  for (const [kind, values] of bad)
    for (const value of values)
      it(`refuses ${String(JSON.stringify(value) ?? value)} as ${kind.label}`, () => {
        assert.throws(() => kind.read(value, place), InvalidValue)
      })

  it('says which part is wrong, and what was meant', () => {
    const thrown = (run: () => unknown): InvalidValue => {
      try {
        run()
      } catch (error) {
        if (error instanceof InvalidValue) return error
      }
      throw new Error('nothing was thrown')
    }
    assert.deepEqual(thrown(() => secret.read({ comand: ['b'] }, place)).path, ['comand'])
    assert.equal(thrown(() => secret.read({ comand: ['b'] }, place)).meant, 'command')
    assert.equal(thrown(() => oneOf('mutf7', 'utf8').read('utf-8', place)).meant, 'utf8')
    assert.deepEqual(thrown(() => texts.read(['a', 5], place)).path, [1])
    assert.deepEqual(thrown(() => tableOf(count, 'x').read({ a: 1, b: 'c' }, place)).path, ['b'])
  })

  const here = { resolve: (written: string) => written }
  const values: readonly [Kind<never>, fc.Arbitrary<unknown>][] = [
    [duration(), fc.nat({ max: 10 ** 10 })],
    [duration('days'), fc.nat({ max: 10 ** 10 })],
    [size, fc.nat({ max: 10 ** 12 })],
    [rate, fc.integer({ min: 1, max: 10 ** 9 })],
    [
      money,
      fc.record({
        amount: fc.integer({ min: 0, max: 10 ** 8 }).map((n) => n / 100),
        currency: fc.constant('EUR'),
      }),
    ],
    [
      price,
      fc.record({
        amount: fc.integer({ min: 0, max: 10 ** 8 }).map((n) => n / 100),
        currency: fc.constant('EUR'),
        per: fc.constant('time'),
        quantity: fc.integer({ min: 1, max: 10 ** 8 }),
      }),
    ],
    [clockTime, fc.nat({ max: 1439 })],
    [text, fc.string({ unit: 'binary', minLength: 1 }).filter((s) => s.trim() !== '')],
    [texts, fc.array(fc.string({ unit: 'binary' }))],
    [path, fc.string({ minLength: 1 }).filter((s) => s.trim() !== '')],
    [
      command,
      fc.record({
        argv: fc.array(fc.string({ minLength: 1 }), { minLength: 1 }),
        timeoutMs: fc.nat({ max: 10 ** 8 }),
      }),
    ],
    [
      secret,
      fc.record({
        from: fc.constant('file'),
        path: fc.string({ minLength: 1 }).filter((s) => s.trim() !== ''),
      }),
    ],
    [tableOf(text, 'x'), fc.dictionary(fc.string(), fc.constant('v'), { noNullPrototype: true })],
  ] as never
  for (const [kind, arbitrary] of values)
    it(`writes every ${kind.label} as TOML that reads the same`, () => {
      fc.assert(
        fc.property(arbitrary, (value) => {
          const { root } = parseTomlDocument('x', `value = ${kind.print(value as never)}\n`)
          assert.deepEqual(kind.read(root['value'], here), structuredClone(value))
        }),
        { numRuns: 200, seed },
      )
    })
})
