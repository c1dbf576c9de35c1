import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { letter } from '../../world/letter.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

const mail = makeMail({ seed: 14, messages: 4, attachments: { share: 0, scale: 0.1 } })

test('a device that has made as much in a day as it may ends with exit code 14, reads on, and goes on when it may make more', async (t) => {
  const world = await makeWorld(t, { mail, endpoint: 'process' })
  const settings = join(world.server.data, 'endpoint.toml')
  const before = readFileSync(settings, 'utf8')
  writeFileSync(settings, `deviceMessages = 2\n${before}`)
  await world.restart()
  await world.sync()
  for (let n = 0; n < 5; n++) world.person.deliver(['INBOX'], letter(`mine ${n}`))
  world.server.person.deliver(['INBOX'], letter('news'))
  const run = await world.run(['sync'])
  assert.equal(run.code, 14, run.stderr)
  assert.match(JSON.stringify(lastEvent(run)), /QUOTA/)
  const inbox = (side: typeof world | typeof world.server): number => side.person.list(['INBOX']).length
  const from = mail.filter(({ mailbox }) => mailbox.join('/') === 'INBOX').length
  assert.deepEqual([inbox(world.server), inbox(world)], [from + 1 + 2, from + 1 + 5])
  // To a person, in words.
  const told = await world.command(['sync', '--data', world.data])
  assert.equal(told.code, 14)
  assert.match(told.stderr, /2 messages within a day/)
  assert.match(told.stderr, /deviceMessages/)
  writeFileSync(settings, before)
  await world.restart()
  await world.sync()
  world.assertInStep()
  assert.equal(inbox(world.server), from + 1 + 5)
})
