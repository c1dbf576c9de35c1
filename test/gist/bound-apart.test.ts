import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

const run = (words: string) =>
  spawnSync(
    process.execPath,
    [
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      `import { boundApart } from './src/apart/apart-process.ts'; ${words}`,
    ],
    { timeout: 60_000 },
  )

test('a process apart ends by itself where its only thread is at work for too long, though nobody waits for it', () => {
  const { signal, error } = run('boundApart({ mostBytes: 1e10, mostMs: 300 }); for (;;);')
  assert.deepEqual([signal, error], ['SIGKILL', undefined])
})

test('so it does where it takes too much memory', () => {
  const { signal, error } = run(
    'boundApart({ mostBytes: 3e8, mostMs: 60_000 }); const all = []; for (;;) all.push(Buffer.alloc(1e6, 1));',
  )
  assert.deepEqual([signal, error], ['SIGKILL', undefined])
})
