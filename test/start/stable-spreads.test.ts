import assert from 'node:assert/strict'
import { test } from 'node:test'

const builder = new URL('../../scripts/build/stable-spreads.mjs', import.meta.url).href

interface Output {
  readonly path: string
  readonly text: string
}

const { stableSpreads } = (await import(builder)) as { readonly stableSpreads: (file: Output) => Output }
const transformed = (text: string): string => stableSpreads({ path: 'a.js', text }).text

test('an object that begins with a spread says its prototype first, and is what it was', () => {
  const text = 'const made = (a, b) => ({ ...a, size: 1, inner: {\n  ...b.c,\n  d: { ...f(a) }\n} })'
  const changed = transformed(text)
  assert.equal(changed.split('__proto__: Object.prototype, ').length, 4)
  const run = (source: string): unknown =>
    new Function('f', `${source}; return made({ size: 2, x: 3 }, { c: { y: 4 } })`)((a: object) => ({ ...a }))
  assert.deepEqual(run(changed), run(text))
  assert.deepEqual(Object.keys(run(changed) as object), ['size', 'x', 'inner'])
})

test('patterns and plain copies stay as they are', () => {
  for (const text of [
    'const { ...rest } = a',
    'const { b, ...rest } = a',
    'const copy = { ...a }',
    'const first = { b, ...a }',
    '({ ...rest }) => rest',
    'f(...a)',
    '[...a]',
  ])
    assert.equal(transformed(text), text)
})
