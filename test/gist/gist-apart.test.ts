import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, it } from 'node:test'
import { ownProgram } from '../../src/cli/apart/own-call.js'
import { gistApart } from '../../src/gist/gist-apart.js'
import type { MakeGist } from '../../src/sync/make-gist.js'

const own = gistApart({ argv: ownProgram([process.execPath, 'bin/packetboat'], 'gist'), timeoutMs: 600_000 })

const page = (make: MakeGist, html: string) => make('page', new TextEncoder().encode(html))

const hasPrlimit = spawnSync('sh', ['-c', 'command -v prlimit']).status === 0

/** While it works, this process may open no file more. */
async function withoutFiles(work: () => Promise<void>): Promise<void> {
  const limit = 'prlimit --pid "$1" --nofile'
  const script = `was=$(${limit} --output SOFT --noheadings) && ${limit}=3: && echo set; read -r _; ${limit}="$was":`
  const child = spawn('sh', ['-c', script, 'sh', String(process.pid)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  await once(child.stdout, 'data')
  try {
    await work()
  } finally {
    child.stdin.end()
    await closed
  }
}

describe('the process that makes the text of a page', () => {
  it('makes it, in any script', async () => assert.equal(await page(own, '<p>Größe 船</p>'), 'Größe 船'))

  it('makes none where the page would fill the memory', async () => {
    const cell = '<table border="1"><tr><td colspan="200000000" rowspan="200000000">x</td></tr></table>'
    assert.equal(await page(own, cell), '')
  })

  it('goes no deeper than the library goes', async () => {
    assert.equal(typeof (await page(own, `${'<div>'.repeat(100_000)}x`)), 'string')
  })

  const script = (text: string) => gistApart({ argv: [process.execPath, '-e', text, '--'], timeoutMs: 500 })
  for (const [what, text] of [
    ['crash', 'process.abort()'],
    ['fail', 'console.log("xx"); process.exitCode = 1'],
    ['be killed for its memory', 'process.kill(process.pid, "SIGKILL")'],
    ['say nothing for ever', 'setInterval(() => {}, 1000)'],
    ['write without an end', 'const f = () => process.stdout.write(Buffer.alloc(65536), f); f()'],
  ] as const)
    it(`may ${what}`, async () => assert.equal(await page(script(text), '<p>'.repeat(1000)), ''))

  it('may have more words to start it than the system takes', async () => {
    const none = gistApart({ argv: [process.execPath, 'x'.repeat(4_000_000)], timeoutMs: 2000 })
    assert.equal(await page(none, '<p>'), undefined)
  })

  it('may not begin because too many files are open', { skip: !hasPrlimit }, async () => {
    await withoutFiles(async () => assert.equal(await page(own, '<p>'), undefined))
    assert.equal(await page(own, '<p>Text'), 'Text')
  })

  it('is not started again for a kind of which it lacks the library', async () => {
    const folder = mkdtempSync(`${tmpdir()}/gist-`)
    const script = `require('node:fs').appendFileSync('${folder}/runs', 'x'); process.stdout.write('\\0no library\\n')`
    const make = gistApart({ argv: [process.execPath, '-e', script, '--'], timeoutMs: 600_000 })
    for (let i = 0; i < 3; i++) assert.equal(await make('pdf', new Uint8Array(9)), undefined)
    assert.equal(await page(make, '<p>'), undefined)
    assert.equal(readFileSync(`${folder}/runs`, 'utf8'), 'xx')
    rmSync(folder, { recursive: true })
  })

  it('may not be there', async () => {
    const none = gistApart({ argv: ['/nonexistent/node'], timeoutMs: 2000 })
    assert.equal(await page(none, '<p>'), undefined)
  })
})
