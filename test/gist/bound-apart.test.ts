import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

const program = import.meta.resolve('../../src/apart/apart-process.js')

const run = (words: string) =>
  spawnSync(
    process.execPath,
    ['--input-type=module', '-e', `import { boundApart } from '${program}'; ${words}`],
    { timeout: 600_000 },
  )

test('a process apart ends by itself where its only thread is at work for too long, though nobody waits for it', () => {
  const { signal, error } = run('boundApart({ mostBytes: 1e10, mostMs: 300 }); for (;;);')
  assert.deepEqual([signal, error], ['SIGKILL', undefined])
})

test('so it does where it takes too much memory', () => {
  const { signal, error } = run(
    'boundApart({ mostBytes: 3e8, mostMs: 600_000 }); const all = []; for (;;) all.push(Buffer.alloc(1e6, 1));',
  )
  assert.deepEqual([signal, error], ['SIGKILL', undefined])
})
