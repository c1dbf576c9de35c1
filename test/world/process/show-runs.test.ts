import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const text = (module: string): string => `
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { showIfItFails } from '${module}'

const run = (args, ended, stderr = '') => showIfItFails({ args, ended, text: () => ({ stdout: 'x'.repeat(5000), stderr }) })

test('passes', () => run(['before'], Promise.resolve({ code: 0 })))
test('fails', async () => {
  run(['serve'], new Promise(() => undefined), 'listens')
  for (let i = 0; i < 9; i++) run(['sync', String(i)], Promise.resolve({ code: i }), 'the line is down')
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(5, 4)
})
`

test('a test that fails shows what still runs, and what ran last, with what it printed', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-runs-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'fails.test.mjs')
  writeFileSync(file, text(import.meta.resolve('./show-runs.js')))
  // As a run of its own, which node's runner takes for a part of this one otherwise.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { stdout } = spawnSync(process.execPath, ['--test-reporter=tap', '--test', file], {
    env,
    encoding: 'utf8',
  })
  const shown = /What it ran, the latest last:\n([\s\S]*?)\n *code:/.exec(stdout)?.[1] ?? assert.fail(stdout)
  const of = (what: string, how: string, stderr: string): string =>
    `packetboat ${what}\n${how}\nstdout: …${'x'.repeat(2000)}\nstderr: ${stderr}`
  const ended = [5, 6, 7, 8].map((i) => of(`sync ${i}`, `ended with ${i}`, 'the line is down'))
  assert.equal(shown.replace(/^ +/gm, ''), [of('serve', 'still runs', 'listens'), ...ended].join('\n'))
})
