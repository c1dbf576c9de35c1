import assert from 'node:assert/strict'
import { check, modseqs, type OddWorld, oddMail, plain } from './odd-imap-world.js'

/** A message that an IMAP server lists and can't give: what devices have in its place, and what they do with that. */

const textOf = (world: OddWorld, subject: string, mailbox = 'INBOX') =>
  (world.client.mail.snapshot().get(mailbox) ?? []).find(({ bytes }) =>
    Buffer.from(bytes).toString('latin1').includes(`\nSubject: ${subject}\n`),
  ) ?? assert.fail(`no ${subject} in ${mailbox}`)

for (const extensions of [plain, modseqs])
  for (const answer of ['NO it is broken', 'HANG-UP', 'PASS'])
    check(
      `a body that is answered by ${answer} (${extensions}): a text with what ENVELOPE says, which is marked and moved as the message is`,
      async (world) => {
        world.server.add('INBOX', oddMail('a'))
        for (const subject of ['marked', 'moved', 'deleted']) world.server.add('INBOX', oddMail(subject))
        world.server.add('Work', oddMail('w'))
        world.server.odd.fetch = ({ bytes }, items) =>
          !/Subject: [aw]\r/.test(bytes) && items.some((item) => item.startsWith('BODY')) ? answer : undefined
        await world.run()
        assert.equal(world.here(), '?deleted?marked?moveda')
        const text = Buffer.from(textOf(world, 'marked').bytes).toString('utf8')
        assert.match(
          text,
          /^From: Ann <ann@example\.org>\nSubject: marked\nDate: Mon, 2 Nov 2026 10:00:00 \+0000$/m,
        )
        assert.match(text, /Mailbox: INBOX/)
        const { person } = world.client.mail
        const { locator, flags } = textOf(world, 'marked')
        person.setFlags(['INBOX'], locator, [...flags, '\\Flagged'])
        person.move(['INBOX'], textOf(world, 'moved').locator, ['Work'])
        person.remove(['INBOX'], textOf(world, 'deleted').locator)
        await world.run()
        const stands = world.server.box('INBOX')?.messages ?? []
        assert.deepEqual(stands.find(({ bytes }) => bytes.includes('Subject: marked'))?.flags, ['\\Flagged'])
        assert.equal(world.there('Work'), 'movedw')
        // What can't be kept can't be deleted: it waits, and is named.
        assert.equal(world.there(), 'adeletedmarked')
        assert.ok((await world.problems()).some((line) => line.startsWith('write INBOX')))
        world.server.odd = {}
        for (let round = 0; round < 3; round++) {
          world.wait()
          await world.run()
        }
        assert.equal(world.here(), 'amarked')
        assert.equal(world.there(), 'amarked')
        assert.equal(world.here('Work'), 'movedw')
        assert.equal(world.there('Work'), 'movedw')
        assert.deepEqual(await world.problems(), [])
      },
      { extensions },
    )
