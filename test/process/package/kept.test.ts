import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compareTrees } from '../../world/process/compare-trees.js'
import { maildirPerson } from '../../world/process/maildir-person.js'
import { lastEvent, type RunResult, runProgram, startProgram } from '../../world/process/program.js'

/**
 * What version 0.2.0 left on both sides (its own code wrote it): three messages in step, of which one waits for an attachment. These files are
 * never made again; a later version gets another one.
 */
const kept = fileURLToPath(new URL('../../../fixtures/kept/0.2.0.tar.gz', import.meta.url))

test('databases of 0.2.0 open on both sides, know what is in step, and go on from there', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-kept-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  execFileSync('tar', ['-xzf', kept, '-C', root], { timeout: 30_000 })
  const home = join(root, 'home')
  mkdirSync(join(home, 'tmp'), { recursive: true })
  const change = (path: string, from: string, to: string): void => {
    const text = readFileSync(path, 'utf8')
    assert.ok(text.includes(from), text)
    writeFileSync(path, text.replaceAll(from, to))
  }
  change(join(root, 'endpoint/endpoint.toml'), '/tmp/v020w', root)
  change(join(root, 'laptop/client.toml'), '/tmp/v020w', root)
  const serve = ['serve', '--data', join(root, 'endpoint'), '--listen', '127.0.0.1:0', '--json']
  const endpoint = startProgram(serve, { home })
  t.after(() => endpoint.kill('SIGKILL').catch(() => undefined))
  const address = String((await endpoint.event('listening'))['address'])
  change(join(root, 'laptop/client.toml'), '127.0.0.1:24190', address)

  const run = async (...args: string[]): Promise<RunResult> => {
    const result = await runProgram([...args, '--data', join(root, 'laptop'), '--json'], { home })
    assert.equal(result.code, 0, `${args.join(' ')}: ${result.stdout}${result.stderr}`)
    return result
  }
  const known = lastEvent(await run('status'))
  assert.equal(known['messages'], 3, JSON.stringify(known))
  const nothing = lastEvent(await run('sync'))
  assert.deepEqual(
    [nothing['exchanges'], nothing['listed'], nothing['sent']],
    [1, 0, 0],
    JSON.stringify(nothing),
  )

  const [laptop, server] = [
    maildirPerson(join(root, 'laptop-mail'), 'laptop'),
    maildirPerson(join(root, 'server-mail'), 'server'),
  ]
  server.deliver(['INBOX'], 'Subject: news\nMessage-ID: <news@north.example>\n\nSomething new.\n')
  laptop.flag(laptop.find(['INBOX'], 'chart'))
  await run('sync')
  await run('fetch', '--all')
  assert.deepEqual(compareTrees(join(root, 'server-mail'), join(root, 'laptop-mail')).differences, [])
  assert.match(server.find(['INBOX'], 'chart').name, /:2,.*F/)
  assert.ok(laptop.find(['INBOX'], 'news'))
})
