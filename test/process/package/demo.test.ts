import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const demo = fileURLToPath(new URL('../../../dist/program/demo.js', import.meta.url))

test('npm run demo shows what it says, to its end', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-demo-home-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  const { stdout } = await promisify(execFile)(process.execPath, [demo, '96000'], {
    env: { PATH: process.env['PATH'], HOME: home, TMPDIR: home },
    timeout: 300_000,
  })
  assert.match(stdout, /The line is gone/)
  assert.match(stdout, /Nothing new\./)
  assert.match(stdout, /Take some: packetboat fetch NAME[\s\S]*1 completed/)
  assert.match(stdout, /Both sides agree/)
})
