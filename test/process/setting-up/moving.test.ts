import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { callProgram } from '../../world/process/call.js'
import { makeHousehold } from '../../world/process/household.js'
import { describeRun, lastEvent, type RunResult } from '../../world/process/program.js'

/** Mail that came over a dear line is not paid for twice when its person has a new computer (docs/HOW-TO.md), or the endpoint a new address (docs/ENDPOINT.md). */

async function makeComputers(t: TestContext) {
  const { home, run, pair } = await makeHousehold(t)
  for (let n = 0; n < 20; n++)
    writeFileSync(
      join(home, `of-me/new/${n}`),
      `From: ann@example.org\nSubject: ${n}\nMessage-ID: <${n}@example.org>\n\n${`${n} words. `.repeat(100)}\n`,
    )
  const computer = (name: string) => {
    const own = join(home, name)
    mkdirSync(own, { recursive: true })
    const on = async (args: readonly string[], code = 0, stdin?: string): Promise<RunResult> => {
      const result = await callProgram(args, { home: own, ...(stdin !== undefined && { stdin }) })
      assert.equal(result.code, code, describeRun(args, result))
      return result
    }
    return { own, maildir: join(own, 'Maildir'), on }
  }
  const old = computer('old')
  await old.on(['init', await pair('me')])
  await old.on(['sync'])
  const there = ['--data', join(home, 'endpoint')]
  return { home, run, pair, computer, old, there }
}

const moved = (result: RunResult): number => {
  const { up, down } = lastEvent(result) as unknown as { up: number; down: number }
  return up + down
}

test('a new computer goes on as the old one, with what was copied from it', async (t) => {
  const { computer, old, home } = await makeComputers(t)
  const fresh = computer('fresh')
  for (const folder of ['config', 'data', 'Maildir'])
    cpSync(join(old.own, folder), join(fresh.own, folder), { recursive: true })
  rmSync(old.own, { recursive: true })
  await fresh.on(['config', 'set', 'maildir', fresh.maildir])
  const first = await fresh.on(['sync', '--json'])
  assert.ok(moved(first) < 3000, `${moved(first)} bytes`)
  writeFileSync(join(home, 'of-me/new/more'), 'Subject: more\n\nmore\n')
  assert.match((await fresh.on(['sync'])).stdout, /^1 new/)
})

test('a new device that has the mail already compares it and fetches none of it, and says so before', async (t) => {
  const { pair, run, computer, old, there } = await makeComputers(t)
  const fresh = computer('fresh')
  cpSync(old.maildir, fresh.maildir, { recursive: true })
  await fresh.on(['init', '-', '--maildir', fresh.maildir], 0, await pair('me'))
  assert.match((await fresh.on(['sync', '--dry-run'])).stdout, /less by what both sides have/)
  const first = await fresh.on(['sync', '--json'])
  assert.ok(moved(first) < 5000, `${moved(first)} bytes`)
  assert.equal(
    readdirSync(join(fresh.maildir, 'new')).length + readdirSync(join(fresh.maildir, 'cur')).length,
    21,
  )
  assert.doesNotMatch((await fresh.on(['sync', '--dry-run'])).stdout, /both sides have/)
  const [, first0] = (await run(['device', 'list', ...there])).stdout.match(/^me\t(\S+)/m) ?? []
  await run(['device', 'revoke', first0 ?? '', ...there])
  await old.on(['sync'], 6)
  await fresh.on(['sync'])
})

test('an endpoint that has another address, behind a machine that forwards a port, gets the device anew and sends nothing again', async (t) => {
  const { home, run, pair, old, there } = await makeComputers(t)
  const [, target] = /comes from 127\.0\.0\.1:(\d+)\./.exec((await old.on(['status'])).stdout) ?? []
  const relay = createServer((socket) => {
    const onwards = connect(Number(target), '127.0.0.1')
    socket.pipe(onwards).pipe(socket)
    for (const each of [socket, onwards])
      each.on('error', () => [socket, onwards].forEach((other) => void other.destroy()))
  })
  await once(relay.listen(0, '127.0.0.1'), 'listening')
  t.after(() => relay.close())
  const address = `127.0.0.1:${(relay.address() as AddressInfo).port}`
  const pairing = await pair('me', address)
  await old.on(['init', '-'], 3, pairing)
  const { stdout } = await old.on(['init', '-', '--force'], 0, pairing)
  assert.doesNotMatch(stdout, /There is mail already/)
  const first = await old.on(['sync', '--json'])
  assert.ok(moved(first) < 3000, `${moved(first)} bytes`)
  assert.match((await old.on(['status'])).stdout, new RegExp(`comes from ${address}`))
  const [, name = ''] = (await run(['device', 'list', ...there])).stdout.match(/^me\t(\S+)/m) ?? []
  await run(['device', 'revoke', name, ...there])
  writeFileSync(join(home, 'of-me/new/more'), 'Subject: more\n\nmore\n')
  assert.match((await old.on(['sync'])).stdout, /^1 new/)
})

test('what packetboat keeps is in the folders that the guide removes, and mail stays', async (t) => {
  const { old } = await makeComputers(t)
  const stays = new Set(readdirSync(old.own))
  assert.deepEqual([...stays].sort(), ['Maildir', 'config', 'data'])
  assert.deepEqual(readdirSync(join(old.own, 'config')), ['packetboat'])
  assert.deepEqual(readdirSync(join(old.own, 'data')), ['packetboat'])
  const ours = readdirSync(old.maildir).filter((name) => name.startsWith('packetboat'))
  assert.deepEqual(
    ours.filter((name) => !['packetboat-secret', 'packetboat-expunged'].includes(name)),
    [],
  )
  const guide = readFileSync('docs/HOW-TO.md', 'utf8')
  assert.match(
    guide,
    /^ {4}rm -r ~\/\.config\/packetboat ~\/\.local\/share\/packetboat ~\/\.cache\/packetboat$/m,
  )
})
