import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../..', import.meta.url))

/** What a Node that is too old reads of the program, and what a clone has before it is built. */
test('where packetboat cannot start, it says why in a sentence', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-unstartable-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  for (const file of ['bin', 'package.json'])
    cpSync(join(repository, file), join(root, file), { recursive: true })
  const start = (binary: string, ...options: string[]) => {
    const run = spawnSync(process.execPath, [...options, binary, 'status'], {
      encoding: 'utf8',
      env: { HOME: root },
      timeout: 300_000,
    })
    return { code: run.status, out: run.stdout, words: run.stderr.trimEnd().split('\n') }
  }
  assert.deepEqual(start(join(root, 'bin/packetboat')), {
    code: 1,
    out: '',
    words: ['packetboat: This copy of packetboat is not built.', `  Run npm run build in ${root}`],
  })

  const { engines } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    engines: { node: string }
  }
  const needed = engines.node.replace('>=', '')
  const older = join(root, 'older.cjs')
  for (const version of ['18.20.8', '20.18.3', '9.0.0']) {
    writeFileSync(
      older,
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })\n`,
    )
    const { code, out, words } = start(join(repository, 'bin/packetboat'), '--require', older)
    assert.deepEqual([code, out, words.length], [1, '', 2], words.join('\n'))
    assert.equal(
      words[0],
      `packetboat: packetboat needs Node ${needed} or later, and this is Node ${version}.`,
    )
  }
})
