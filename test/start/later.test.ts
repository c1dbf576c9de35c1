import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Later } from '../../src/start/later.js'

test('what is loaded later is made when it is first used, and once', () => {
  let made = 0
  const later = new Later(() => ({ number: ++made }))
  assert.equal(made, 0)
  const first = later.loaded
  assert.equal(later.loaded, first)
  assert.equal(made, 1)
})

test('what could not be loaded is tried again', () => {
  let tries = 0
  const later = new Later(() => {
    tries++
    if (tries === 1) throw new Error('not yet')
    return 'here'
  })
  assert.throws(() => later.loaded, /not yet/)
  assert.equal(later.loaded, 'here')
})
