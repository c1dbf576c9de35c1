import assert from 'node:assert/strict'
import { test } from 'node:test'
import { oddMail, oddWorld } from './odd-imap-world.js'

test('the odd server is a server as long as nothing is odd', async () => {
  for (const extensions of ['UIDPLUS MOVE NAMESPACE', 'UIDPLUS MOVE NAMESPACE CONDSTORE ENABLE LITERAL+']) {
    const world = await oddWorld({ extensions })
    for (const subject of ['a', 'b', 'c']) world.server.add('INBOX', oddMail(subject))
    world.server.add('Work', oddMail('w'))
    await world.run()
    assert.equal(world.here(), 'abc')
    world.client.mail.person.deliver(['Work'], Buffer.from(oddMail('x')))
    const [a, b] = world.client.mail.snapshot().get('INBOX') ?? []
    if (a && b) {
      world.client.mail.person.remove(['INBOX'], a.locator)
      world.client.mail.person.setFlags(['INBOX'], b.locator, ['\\Flagged'])
    }
    await world.run()
    assert.equal(world.there(), 'bc')
    assert.equal(world.there('Work'), 'wx')
    assert.deepEqual(world.server.box('INBOX')?.messages[0]?.flags, ['\\Flagged'])
    assert.deepEqual(await world.problems(), [])
    await world.close()
  }
})
