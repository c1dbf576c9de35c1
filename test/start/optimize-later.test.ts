import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cachedDataVersionTag, setFlagsFromString } from 'node:v8'
import { optimizeLater } from '../../src/start/optimize-later.js'

// In Node 22 V8 has another name from the first of these on.
for (const flag of ['--no-opt', '--opt']) setFlagsFromString(flag)
/** V8's name for itself with the usual flags. */
const usual = cachedDataVersionTag()
const isHeldBack = (): boolean => cachedDataVersionTag() !== usual

function someProcess(node: string, more: Partial<NodeJS.Process> = {}): NodeJS.Process {
  const nextTick = (run: () => void): void => run()
  const given = { versions: { node }, execArgv: [], env: {}, nextTick, ...more }
  return given as unknown as NodeJS.Process
}

/** This one, unless it would gain nothing. */
const here = process.versions.node.startsWith('20.') ? '22.1.0' : process.versions.node

test('nothing is made better in the first second of a run, and all as usual after it', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  optimizeLater(someProcess(here))
  assert.ok(isHeldBack())
  t.mock.timers.tick(999)
  assert.ok(isHeldBack())
  t.mock.timers.tick(1)
  assert.ok(!isHeldBack())
})

test('V8 is held back when the first turn of a run is over', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let afterTurn = (): void => assert.fail()
  const nextTick = (run: () => void): void => {
    afterTurn = run
  }
  const given = someProcess(here, { nextTick })
  optimizeLater(given)
  assert.ok(!isHeldBack())
  afterTurn()
  assert.ok(isHeldBack())
  t.mock.timers.tick(1000)
})

test('where Node was given flags, or gains nothing, they stay', () => {
  for (const given of [
    someProcess('20.20.2'),
    someProcess('22.1.0', { execArgv: ['--jitless'] }),
    someProcess('22.1.0', { env: { NODE_OPTIONS: '--jitless' } }),
  ]) {
    optimizeLater(given)
    assert.ok(!isHeldBack())
  }
})
