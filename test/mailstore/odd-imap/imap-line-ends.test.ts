import assert from 'node:assert/strict'
import { sync } from '../../../src/sync/initiator/sync.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide } from '../../world/side.js'
import { check, everything, kinds, oddMail } from './odd-imap-world.js'

/** Mail that has other bytes on the server than it was written with. */

for (const [extensions, with_] of kinds) {
  for (const [what, altered, mail] of [
    ['a NUL', /\0/g, oddMail('a', 'a\0b')],
    ['a header in Latin 1', /\xfc/g, oddMail('a').replace('Ann', 'J\xfcrg')],
  ] as const)
    check(
      `${what} that is another byte on the server comes to the other devices as it was written${with_}`,
      async (world) => {
        world.server.odd.command = ({ name, args }) => {
          const box = name === 'APPEND' ? world.server.box(String(args[0])) : undefined
          const uid = box?.add(String(args.at(-1)).replace(altered, 'X')).uid
          return box && `OK [APPENDUID ${box.uidValidity} ${uid}] done`
        }
        world.client.mail.person.deliver(['INBOX'], Buffer.from(mail, 'latin1'))
        await world.run()
        const other = await makeSide('other', { hasUpstream: true, random: seededRandom(12) })
        await sync(other.account, { link: memoryLink(() => world.endpoint), policy: everything })
        assert.equal(altered.test(world.server.box('INBOX')?.messages[0]?.bytes ?? ''), false)
        const came = (other.mail.snapshot().get('INBOX') ?? []).map(({ bytes }) =>
          Buffer.from(bytes).toString('latin1'),
        )
        assert.deepEqual(came, [mail])
      },
      { extensions },
    )

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
}
