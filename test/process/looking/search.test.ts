import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letter } from '../../world/letter.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld, type World } from '../../world/process/world.js'

interface Row {
  readonly subject: string
  readonly mailbox: string
}

async function search(world: World, ...args: readonly string[]): Promise<string[]> {
  const ran = await world.run(['search', ...args])
  assert.equal(ran.code, 0, ran.stdout)
  return (lastEvent(ran)['messages'] as Row[]).map(({ mailbox, subject }) => `${mailbox}: ${subject}`).sort()
}

test('mail is found by its words, as it is now, whatever has come, gone or moved since', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  const { person } = world.server
  person.deliver(['INBOX'], letter('Grüße aus Köln', { text: 'Ein Brief.' }))
  person.makeMailbox(['Work'])
  const plan = person.deliver(['Work'], letter('plan', { text: 'A letter, ein Brief.' }))
  await world.sync()
  assert.deepEqual(await search(world, 'brief'), ['INBOX: Grüße aus Köln', 'Work: plan'])
  assert.deepEqual(await search(world, 'grusse', 'KOLN'), ['INBOX: Grüße aus Köln'])
  assert.deepEqual(await search(world, 'brief', '--mailbox', 'Work'), ['Work: plan'])
  assert.deepEqual(await search(world, 'nowhere'), [])
  assert.deepEqual(await search(world, 'ein brief', 'in:INBOX'), ['INBOX: Grüße aus Köln'])
  assert.deepEqual(await search(world, 'brief ein'), [])
  assert.deepEqual(await search(world, 'subject:Grüße aus'), ['INBOX: Grüße aus Köln'])
  assert.deepEqual(await search(world, 'brief', 'before:2001'), [])

  person.deliver(['INBOX'], letter('third', { text: 'Brief again.' }))
  person.remove(plan)
  await world.sync()
  assert.deepEqual(await search(world, 'brief'), ['INBOX: Grüße aus Köln', 'INBOX: third'])
  world.person.deliver(['INBOX'], letter('fourth', { text: 'Written here, brief.' }))
  world.person.remove(world.person.find(['INBOX'], 'third'))
  assert.deepEqual(await search(world, 'brief'), ['INBOX: Grüße aus Köln', 'INBOX: fourth'])

  const shown = await world.command(['search', 'brief', '--limit', '1', '--data', world.data])
  assert.match(shown.stdout, /^The newest 1\. --limit lists more\.$/m)
  const slip = await world.command(['search', 'frm:ann', '--data', world.data])
  assert.match(slip.stdout, /^There is no "frm:" to search in\. Did you mean from:ann\?$/m)
  assert.equal(slip.code, 0)
  const address = await world.command(['search', 'http://nowhere', '--data', world.data])
  assert.doesNotMatch(address.stdout, /Did you mean/)
  const none = await world.command(['search', '!', '--data', world.data])
  assert.equal(none.code, 2)
  assert.match(none.stderr, /There is no word to search for\./)
})
