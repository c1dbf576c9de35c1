import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { letter } from '../../world/letter.js'
import { lastEvent } from '../../world/process/program.js'
import { makeUnwritable } from '../../world/process/unwritable.js'
import { makeWorld } from '../../world/process/world.js'

const filesIn = (folder: string): number =>
  ['cur', 'new'].reduce((sum, name) => sum + readdirSync(join(folder, name)).length, 0)

for (const which of ['endpoint', 'device'] as const)
  test(`a mailbox that can't be written at the ${which}: all other mail goes both ways over one connection, and the run says so until it can`, async (t) => {
    const world = await makeWorld(t, { mail: makeMail({ seed: 6, messages: 3, attachments: { share: 0 } }) })
    const trees = [world.maildir, world.server.maildir] as const
    const [ill, well] = which === 'endpoint' ? [trees[1], trees[0]] : trees
    for (const name of ['Sent', 'Work'])
      for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(well, `.${name}`, part), { recursive: true })
    await world.sync()
    const undo = ['cur', 'new', 'tmp'].map((part) => makeUnwritable(join(ill, '.Sent', part)))
    t.after(() => undo.forEach((each) => void each()))
    const person = which === 'endpoint' ? world.person : world.server.person
    const other = which === 'endpoint' ? world.server.person : world.person
    person.deliver(['Sent'], letter('sent'))
    person.deliver(['Work'], letter('work'))
    other.deliver(['INBOX'], letter('news'))
    const ended = await world.run(['sync'])
    assert.equal(ended.code, 8, ended.stdout)
    const error = lastEvent(ended)
    assert.equal(error['code'], 'READ_ONLY')
    assert.match(String(error['message']), /Sent/)
    assert.match(ended.stdout, /"attempts":1\b/)
    assert.equal(filesIn(join(ill, '.Work')), 1)
    assert.equal(filesIn(world.maildir), filesIn(world.server.maildir))
    const listed = lastEvent(await world.run(['problems']))
    assert.deepEqual(
      (listed['problems'] as { side: string; mailbox: string; code: string }[]).map(
        ({ side, mailbox, code }) => `${side} ${mailbox} ${code}`,
      ),
      [`${which === 'endpoint' ? 'endpoint' : 'here'} Sent READ_ONLY`],
    )
    assert.equal((await world.status())['problems'], 1)
    if (which === 'endpoint') {
      const there = await world.command(['problems', '--data', world.server.data])
      assert.match(there.stdout, /^Sent \(can't be written/m)
    }
    for (const each of undo.splice(0)) each()
    assert.equal((await world.sync())['problems'], 0)
    assert.equal(filesIn(join(ill, '.Sent')), 1)
    assert.deepEqual(lastEvent(await world.run(['problems']))['problems'], [])
  })

test('an endpoint whose whole mail store is away says so: exit code 8 after one connection, and no more dialling', async (t) => {
  const world = await makeWorld(t, { mail: makeMail({ seed: 7, messages: 3, attachments: { share: 0 } }) })
  await world.sync()
  renameSync(world.server.maildir, `${world.server.maildir}.unmounted`)
  const ended = await world.run(['sync'])
  assert.equal(ended.code, 8, ended.stdout)
  assert.equal(lastEvent(ended)['code'], 'MAILSTORE_AWAY')
  assert.match(ended.stdout, /"attempts":1\b/)
  renameSync(`${world.server.maildir}.unmounted`, world.server.maildir)
  await world.sync()
  world.assertInStep()
})
