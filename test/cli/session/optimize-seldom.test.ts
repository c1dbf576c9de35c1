import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cachedDataVersionTag } from 'node:v8'
import { optimizeSeldom } from '../../../src/cli/session/v8-flags.js'

const isNode20 = process.versions.node.startsWith('20.')

test('what makes V8 optimize seldom is taken back at the end: code is kept under the usual flags', () => {
  const usual = cachedDataVersionTag()
  const before = new Set(process.listeners('exit'))
  optimizeSeldom()
  assert.equal(cachedDataVersionTag() !== usual, isNode20)
  optimizeSeldom()
  const added = process.listeners('exit').filter((listener) => !before.has(listener))
  assert.equal(added.length, isNode20 ? 2 : 0)
  for (const listener of added) listener.call(process, 0)
  assert.equal(cachedDataVersionTag(), usual)
})
