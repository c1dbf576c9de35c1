import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { watchFiles } from '../../../src/cli/serving/watch-files.js'

test('a change is told once, and not before the files have stayed the same for a look', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-watch-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = (name: string): string => join(folder, name)
  writeFileSync(file('one'), '1')
  let paths = [file('one'), file('two')]
  const { look } = watchFiles(() => paths)
  const looks = (count: number): boolean[] => Array.from({ length: count }, look)
  assert.deepEqual(looks(2), [false, false])
  writeFileSync(file('one'), 'half')
  assert.equal(look(), false)
  writeFileSync(file('one'), 'half and half')
  assert.deepEqual(looks(3), [false, true, false])
  // Put in its place, as careful programs write.
  writeFileSync(file('new'), '11 and some')
  renameSync(file('new'), file('one'))
  assert.deepEqual(looks(3), [false, true, false])
  // A link that leads elsewhere, as ACME clients do it, in place of a file that wasn't there.
  symlinkSync(file('one'), file('two'))
  assert.deepEqual(looks(3), [false, true, false])
  rmSync(file('two'))
  assert.deepEqual(looks(3), [false, true, false])
  paths = [file('one')]
  assert.deepEqual(looks(3), [false, true, false])
  // What is as it was before anybody noticed is no change.
  rmSync(file('one'))
  assert.deepEqual(looks(2), [false, true])
})
