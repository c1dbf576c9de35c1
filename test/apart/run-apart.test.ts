import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { runApart } from '../../src/apart/run-apart.js'

const run = (script: string, timeoutMs: number) =>
  runApart({ argv: ['sh', '-c', script], input: new Uint8Array(0), mostBytes: 100, timeoutMs, env: {} })

test('a process that others keep from its work is waited for beyond its time', {
  skip: existsSync('/proc/self/stat') ? false : 'there is no /proc that says how long a process has worked',
}, async () => {
  const end = await run('sleep 6; echo done', 5000)
  assert.equal(typeof end === 'string' ? end : new TextDecoder().decode(end), 'done\n')
})

test('one that works for longer than it may is too slow, and so is one that does nothing for ever', async () => {
  assert.equal(await run('while :; do :; done', 300), 'too-slow')
  assert.equal(await run('exec sleep 1000', 100), 'too-slow')
})
