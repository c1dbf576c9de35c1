import assert from 'node:assert/strict'
import { sync } from '../../../src/sync/initiator/sync.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide } from '../../world/side.js'
import { check, everything, kinds, oddMail } from './odd-imap-world.js'

/** Mail that has other bytes on the server than it was written with. */

for (const [extensions, with_] of kinds)
  check(
    `mail that gets other line ends on the server comes as it was written, and nothing is said against it${with_}`,
    async (world) => {
      const mails = [...'abc'].map((subject) => oddMail(subject).replaceAll('\r\n', '\n'))
      for (const mail of mails) world.client.mail.person.deliver(['INBOX'], Buffer.from(mail))
      await world.run()
      const other = await makeSide('other', { hasUpstream: true, random: seededRandom(12) })
      const link = memoryLink(() => world.endpoint)
      for (let round = 0; round < 2; round++) {
        await sync(other.account, { link, policy: everything })
        assert.deepEqual(await world.problems(), [], `round ${round}`)
      }
      assert.equal(world.there(), 'abc')
      const came = (other.mail.snapshot().get('INBOX') ?? []).map(({ bytes }) =>
        Buffer.from(bytes).toString(),
      )
      assert.deepEqual(came.sort(), mails)
    },
    { extensions },
  )
