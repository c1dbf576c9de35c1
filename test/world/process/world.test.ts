import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { makeWorld } from './world.js'

test('an endpoint and a laptop, each a process of its own, come into step and stay so', async (t) => {
  const world = await makeWorld(t)
  await world.sync()
  world.assertInStep({ standIns: true })

  const letter = 'From: me@vester.example\nSubject: harbour fees\nMessage-ID: <w1@vester.example>\n\nPaid.\n'
  world.server.person.deliver(['INBOX'], letter)
  world.person.markSeen(world.person.deliver(['Sent'], letter.replace('w1', 'w2')))
  assert.throws(() => world.assertInStep({ standIns: true }), /harbour fees/)
  await world.sync()
  world.assertInStep({ standIns: true })
  assert.equal((await world.status()).event, 'status')
})

test('an endpoint that was killed comes back at its address', async (t) => {
  const world = await makeWorld(t, { endpoint: 'process' })
  assert.equal((await world.kill('SIGKILL')).signal, 'SIGKILL')
  const failure = await world.sync(['--give-up-after', '1'], { code: 5 })
  assert.equal(failure['code'], 'LINK_FAILED')
  await world.restart()
  await world.sync()
  world.assertInStep({ standIns: true })
})

test('nothing is left when a test has ended, or has failed while its world was made', async () => {
  const cleaning: (() => Promise<void>)[] = []
  const world = await makeWorld({ after: (run) => void cleaning.push(run) }, { endpoint: 'process' })
  const running = world.startSync()
  for (const clean of cleaning) await clean()
  assert.equal(existsSync(world.root), false)
  await running.ended
  await assert.rejects(fetch(`http://${world.address}/`))
})
