import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { folderSpool } from '../../../src/outbox/spool.js'
import { seed } from '../../../testing/seed.js'
import { mountSmallDisk } from '../../store/mounted-disk.js'
import { makeUnwritable } from '../../world/process/unwritable.js'
import { seededRandom } from '../../world/random.js'

/** A `sendmail` that is killed, or has no disk to write to: what it said is so. */

const binary = fileURLToPath(new URL('../../../bin/packetboat', import.meta.url))

function makeData(t: TestContext): { root: string; data: string; args: string[] } {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-broken-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const data = join(root, 'data')
  mkdirSync(data)
  // As init leaves it.
  writeFileSync(join(data, 'client.lock'), '')
  writeFileSync(
    join(root, 'c.toml'),
    'config_version = 1\nendpoint = "x"\nmaildir = "~/M"\nsendFrom = "a@x.org"\n',
  )
  return { root, data, args: [binary, 'sendmail', '-c', join(root, 'c.toml'), '--data', data, 'b@x.org'] }
}

test(`whatever kills it, what ended with 0 waits whole, and what was cut doesn't wait (seed ${seed})`, async (t) => {
  const { data, args } = makeData(t)
  const random = seededRandom(seed)
  const half = `${'x'.repeat(99)}\n`
  const queued = new Set<string>()
  const cut = new Set<string>()
  for (let i = 0; i < 16; i++) {
    const id = `<${i}@x.org>`
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'ignore'] })
    child.stdin.on('error', () => undefined)
    child.stdin.write(`Message-ID: ${id}\nSubject: x\n\n${half.repeat(1000)}`)
    const killed = random.below(3)
    // Some before all of it has come, some at any moment after that, some never.
    if (killed === 0) {
      await setTimeout(random.below(300))
      cut.add(id)
      child.kill('SIGKILL')
    } else {
      child.stdin.end(half.repeat(1000))
      if (killed === 1) void setTimeout(random.below(400)).then(() => child.kill('SIGKILL'))
    }
    const [code] = (await once(child, 'exit')) as [number | null]
    if (code === 0) queued.add(id)
  }
  const spool = folderSpool(join(data, 'outbox'), Date.now)
  const waiting = new Set<string>()
  for (const { name, sizeBytes } of await spool.list()) {
    const opened = await spool.open(name)
    assert.ok(opened, `${name} is whole`)
    const text = Buffer.from(await opened.read(0, sizeBytes)).toString()
    await opened.close()
    assert.ok(text.endsWith(half.repeat(2000)))
    waiting.add(/^Message-ID: (.*)$/m.exec(text)?.[1] ?? '')
  }
  for (const id of queued) assert.ok(waiting.has(id), `${id} ended with 0`)
  for (const id of cut) assert.ok(!waiting.has(id), `${id} was cut`)
  assert.equal(waiting.size, (await spool.list()).length, 'each once')
})

test('75 where the disk is full, with words, and nothing of it left there', (t) => {
  const { root, data, args } = makeData(t)
  rmSync(data, { recursive: true })
  const disk = mountSmallDisk(join(root, 'data'), 300_000)
  if (!disk) return t.skip('this user may not mount a file system')
  writeFileSync(join(data, 'client.lock'), '')
  try {
    const input = `Subject: x\n\n${'y'.repeat(999)}\n`
    assert.equal(spawnSync(process.execPath, args, { input }).status, 0)
    const full = spawnSync(process.execPath, args, { input: input + 'z\n'.repeat(300_000), encoding: 'utf8' })
    assert.equal(full.status, 75, full.stderr)
    assert.match(full.stderr, /no space left[\s\S]*send the mail again/)
    assert.equal(readdirSync(join(data, 'outbox')).length, 1)
    assert.equal(spawnSync(process.execPath, args, { input }).status, 0)
  } finally {
    disk.unmount()
  }
})

test('73 where the outbox may not be written', (t) => {
  const { data, args } = makeData(t)
  const undo = makeUnwritable(data)
  try {
    const { status, stderr } = spawnSync(process.execPath, args, { input: 'x\n', encoding: 'utf8' })
    assert.equal(status, 73, stderr)
    assert.match(stderr, /can't be written/)
  } finally {
    undo()
  }
})

test('75 where it is interrupted, and nothing of it left there', async (t) => {
  const { data, args } = makeData(t)
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'pipe'] })
  child.stdin.write(`Subject: x\n\n${'y'.repeat(100_000)}`)
  while (!readdirSync(data).includes('outbox')) await setTimeout(20)
  child.kill('SIGTERM')
  const [code] = (await once(child, 'exit')) as [number | null]
  assert.equal(code, 75)
  assert.deepEqual(readdirSync(join(data, 'outbox')), [])
})
