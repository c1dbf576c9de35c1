import assert from 'node:assert/strict'
import { listProblems } from '../../../src/replica/problems.js'
import { check, kinds, oddMail } from './odd-imap-world.js'

/** Names of mailboxes in which IMAP's LIST sees a pattern, and those that a server doesn't take. */

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

for (const [said, advice] of [
  ['NO [CANNOT] Invalid mailbox name', /Rename it on a device/],
  ['NO Invalid mailbox name', /Rename it on a device/],
  ['NO [NOPERM] not yours', /Correct the permissions/],
] as const)
  check(
    `a mailbox that the server refuses to make with ${said} waits, with advice that fits`,
    async (world) => {
      await world.run()
      world.server.odd.command = ({ name }) => (name === 'CREATE' ? said : undefined)
      const { person } = world.client.mail
      person.createMailbox(['a|b'])
      person.deliver(['a|b'], Buffer.from(oddMail('a')))
      person.deliver(['INBOX'], Buffer.from(oddMail('b')))
      for (let run = 0; run < 2; run++) await world.run()
      assert.equal(world.there(), 'b')
      const [problem] = await listProblems(world.endpoint.replica.db)
      assert.match(problem?.record.reason ?? '', /making a\|b/)
      assert.match(problem?.record.next ?? '', advice)
      world.server.odd = {}
      world.wait()
      await world.run()
      assert.equal(world.there('a|b'), 'a')
      assert.deepEqual(await world.problems(), [])
    },
  )
