import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { describeRun, lastEvent } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

const mail = makeMail({ seed: 12, messages: 30, attachments: { share: 0.3, scale: 0.2 } })

test('runs with a budget of bytes stop within it, say so with 11, and bring everything together', async (t) => {
  const world = await makeWorld(t, { mail })
  let runs = 0
  for (;;) {
    const args = ['sync', '--max-bytes', '60k']
    const result = await world.run(args, { env: { PACKETBOAT_ATTACHMENTS: 'all' } })
    const events = result.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const synced = events.find(({ event }) => event === 'synced')!
    // TCP payload: what the link bills has packet heads too.
    const moved = Number(synced['up']) + Number(synced['down'])
    assert.ok(moved <= 60_000, `${moved} bytes`)
    if (result.code === 0) break
    assert.equal(result.code, 11, describeRun(args, result))
    assert.equal(events.at(-1)?.['code'], 'BUDGET')
    assert.ok(moved > 40_000, `a run that stopped after ${moved} bytes`)
    assert.ok(++runs < 60)
  }
  assert.ok(runs >= 2, `${runs} runs were stopped`)
  world.assertInStep()
})

test('a budget of one byte sends nothing and says why', async (t) => {
  const world = await makeWorld(t, { mail: mail.slice(0, 3) })
  for (const ask of [[], ['--dry-run']]) {
    const result = await world.command(['sync', ...ask, '--max-bytes', '1', '--data', world.data])
    assert.equal(result.code, 11)
    assert.match(result.stderr, /less than what a connection and a question take/)
    assert.match(result.stderr, /larger budget/)
  }
  const { total } = lastEvent(await world.run(['usage'])) as unknown as { total: { up: number } }
  assert.equal(total.up, 0)
  await world.sync()
  world.assertInStep({ standIns: true })
})

test('a run ends when its time is over, and the next one goes on', async (t) => {
  const world = await makeWorld(t, { mail, line: { bitsPerSecond: 64_000, delayMs: 20 } })
  const result = await world.run(['sync', '--max-time', '3 s'])
  assert.equal(result.code, 11, describeRun([], result))
  assert.match(result.stdout, /The 3 s that this run may take are over/)
  await world.sync()
  world.assertInStep({ standIns: true })
})

test('a dry run says what would move and moves nothing; the sync after it takes about that', async (t) => {
  const world = await makeWorld(t, { mail })
  const args = ['sync', '--dry-run', '--data', world.data]
  const words = await world.command(args)
  assert.equal(words.code, 0, describeRun(args, words))
  assert.match(words.stdout, /^Up: /)
  assert.match(words.stdout, /Down: .* lists and changes .* first texts .* attachments/)
  assert.match(words.stdout, /INBOX: \d+ new/)
  assert.equal(Number((await world.status())['messages']), 0)
  const told = JSON.parse((await world.run(['sync', '--dry-run'])).stdout.trim()) as {
    down: { bytes: number }
  }
  const synced = await world.sync()
  const ratio = Number(synced['down']) / told.down.bytes
  assert.ok(Math.abs(ratio - 1) < 0.03, `${synced['down']} bytes for ${told.down.bytes}`)
})
