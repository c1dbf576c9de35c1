import assert from 'node:assert/strict'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { letter } from '../../world/letter.js'
import { makeWorld } from '../../world/process/world.js'
import { until } from '../../world/until.js'

test('a Maildir moves while a device syncs over a held line: that exchange ends at once, nobody waits for it, and it goes on from the new place', async (t) => {
  const world = await makeWorld(t, { mail: [], line: { bitsPerSecond: 40_000_000, delayMs: 1 } })
  // Takes minutes at the rate of the first device, and doesn't come to the second one.
  const big = letter('big', { attachments: [{ bytes: 4_000_000 }] })
  world.server.person.deliver(['INBOX'], big)
  const add = ['device', 'add', 'me', 'other', '--data', world.server.data, '--address', world.address]
  const pairing = (await world.command(add)).stdout.trim()
  const own = ['--data', join(world.root, 'other')]
  const init = await world.command(['init', pairing, ...own, '--maildir', join(world.root, 'other-mail')])
  assert.equal(init.code, 0, init.stderr)
  const held = world.line?.holdAfter(20_000)
  const running = world.startSync(['--stall', '10min', '--limit-rate', '200 kbit/s'], {
    env: { PACKETBOAT_ATTACHMENTS: 'all' },
  })
  const release = await held
  assert.ok(release)
  const moved = join(world.root, 'moved-mail')
  renameSync(world.server.maildir, moved)
  const settings = join(world.server.data, 'endpoint.toml')
  const before = readFileSync(settings, 'utf8')
  const after = before.replace(world.server.maildir, moved)
  assert.notEqual(before, after)
  writeFileSync(settings, after)
  // Until the endpoint has read its settings again the old place is gone.
  let code: number | undefined
  await until(async () => {
    code = (await world.command(['sync', ...own])).code
    return code !== 8
  })
  assert.equal(code, 0)
  release()
  await running.kill('SIGTERM')
  await world.sync([], { env: { PACKETBOAT_ATTACHMENTS: 'all' } })
  renameSync(moved, world.server.maildir)
  world.assertInStep()
})
