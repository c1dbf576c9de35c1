import assert from 'node:assert/strict'
import { check, kinds, oddMail } from './odd-imap-world.js'

/** Names of mailboxes in which IMAP's LIST sees a pattern. */

for (const [extensions, with_] of kinds)
  for (const name of ['Re%', 'Re*', '%', '*'])
    check(
      `a mailbox ${name} is made, filled and deleted beside others that fit its name${with_}`,
      async (world) => {
        for (const other of ['Receipts', 'Red']) world.server.make(other)
        await world.run()
        const { person } = world.client.mail
        person.createMailbox([name])
        person.deliver([name], Buffer.from(oddMail('a')))
        for (let run = 0; run < 2; run++) await world.run()
        assert.deepEqual(await world.problems(), [])
        assert.equal(world.there(name), 'a')
        // Other people delete it.
        world.server.boxes.delete(name)
        for (let run = 0; run < 2; run++) await world.run()
        assert.deepEqual(await world.problems(), [])
        assert.deepEqual([...world.client.mail.snapshot().keys()].sort(), ['INBOX', 'Receipts', 'Red'])
      },
      { extensions },
    )
