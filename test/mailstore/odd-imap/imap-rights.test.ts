import assert from 'node:assert/strict'
import type { ImapMailStore } from '../../../src/mailstore/imap/imap-mail-store.js'
import { listProblems } from '../../../src/replica/problems.js'
import { check, fill, kinds, locator, type OddWorld, oddMail } from './odd-imap-world.js'

/** IMAP servers on which some mailboxes can't be opened, or only be read. */

const without = ['NAMESPACE', ', without UIDPLUS and MOVE'] as const

const closed = (name: string) => (world: OddWorld) => {
  world.server.odd.command = ({ name: command, args }) =>
    (command === 'SELECT' || command === 'STATUS') && args[0] === name ? 'NO [NOPERM] not yours' : undefined
}

const readOnly = (name: string) => (world: OddWorld) => {
  let isOpen = false
  world.server.odd.command = ({ name: command, args }) => {
    if (command === 'SELECT') isOpen = args[0] === name
    return isOpen && /STORE|EXPUNGE|MOVE/.test(command) ? 'NO [NOPERM] read only' : undefined
  }
  world.server.odd.line = (line) => (isOpen ? line.replace('OK [READ-WRITE]', 'OK [READ-ONLY]') : undefined)
}

for (const [extensions, with_] of [...kinds, without])
  for (const [what, restrict, meanwhile] of [
    ['can not be opened', closed('Locked'), /^m?vw$/],
    ['can only be read', readOnly('Locked'), /^mvw$/],
  ] as const)
    check(
      `mail that was moved out of a mailbox that ${what} keeps nothing out of the one that it went to${with_}`,
      async (world) => {
        fill(world, 'm', 'Locked')
        fill(world, 'w', 'Work')
        await world.run()
        restrict(world)
        world.wait()
        const { person } = world.client.mail
        person.move(['Locked'], locator(world, 'm', 'Locked'), ['Work'])
        person.deliver(['Work'], Buffer.from(oddMail('v')))
        for (let run = 0; run < 3; run++) {
          await world.run()
          assert.match(world.there('Work'), meanwhile)
          assert.deepEqual([world.here('Work'), world.here('Locked')], ['mvw', ''])
          const problems = await listProblems(world.endpoint.replica.db)
          assert.ok(problems.length > 0)
          for (const { record } of problems) assert.ok(record.mailbox === 'Locked' || record.item === 'm')
        }
        world.server.odd = {}
        world.wait()
        for (let run = 0; run < 2; run++) await world.run()
        assert.deepEqual(await world.problems(), [])
        assert.deepEqual([world.there('Work'), world.there('Locked')], ['mvw', ''])
        assert.deepEqual([world.here('Work'), world.here('Locked')], ['mvw', ''])
      },
      { extensions },
    )

check(
  'a check of the server names mailboxes that are shared or of other people: they take no part',
  async (world) => {
    world.server.odd.line = (line) =>
      line.startsWith('* NAMESPACE') ? '* NAMESPACE (("" "/")) (("Users/" "/")) (("Public/" "/"))' : undefined
    for (const name of ['Public/News', 'Users/ann/Inbox']) fill(world, 'p', name)
    fill(world, 'w', 'Work')
    await world.run()
    assert.deepEqual([...world.client.mail.snapshot().keys()].sort(), ['INBOX', 'Work'])
    const { apart, mailboxes } = await (world.endpoint.mailStore as ImapMailStore).check(
      new AbortController().signal,
    )
    assert.equal(mailboxes, 2)
    assert.deepEqual(
      apart.map(({ mailbox }) => mailbox),
      ['Public/News', 'Users/ann/Inbox'],
    )
    assert.match(apart[0]?.reason ?? '', /shared, or other people's/)
  },
)

for (const [extensions, with_] of [...kinds, without])
  check(
    `a flag that may not be set in a mailbox now waits, and other mail goes on${with_}`,
    async (world) => {
      fill(world, 'ab')
      await world.run()
      world.server.odd.line = (line) =>
        line.includes('PERMANENTFLAGS') ? '* OK [PERMANENTFLAGS (\\Seen \\Deleted)] some' : undefined
      world.wait()
      // The server is asked anew how it stands with the mailbox.
      world.server.make('Work')
      await world.run()
      const { person } = world.client.mail
      person.setFlags(['INBOX'], locator(world, 'a'), ['\\Flagged', '\\Seen'])
      person.setFlags(['INBOX'], locator(world, 'b'), ['\\Seen'])
      person.deliver(['INBOX'], Buffer.from(oddMail('c')))
      const flags = (): string[] =>
        (world.server.box('INBOX')?.messages ?? []).map((each) => each.flags.join())
      for (let run = 0; run < 3; run++) {
        await world.run()
        assert.deepEqual(flags(), ['\\Seen', '\\Seen', ''])
        const [problem, ...more] = await listProblems(world.endpoint.replica.db)
        assert.deepEqual(more, [])
        assert.equal(problem?.record.item, 'a')
        assert.match(problem?.record.reason ?? '', /does not let this account set \\Flagged in INBOX/)
      }
      world.server.odd = {}
      world.wait()
      for (let run = 0; run < 2; run++) await world.run()
      assert.deepEqual(await world.problems(), [])
      assert.deepEqual(
        flags().map((each) => each.split(',').sort().join()),
        ['\\Flagged,\\Seen', '\\Seen', ''],
      )
    },
    { extensions },
  )

for (const [extensions, with_] of kinds)
  for (const how of ['copied', 'moved'] as const)
    check(
      `a message that is ${how} to where its flag may not be set is there once, and the flag waits${with_}`,
      async (world) => {
        fill(world, 'ab')
        const work = world.server.make('Work')
        await world.run()
        world.server.odd.line = (line) =>
          line.includes('PERMANENTFLAGS') ? '* OK [PERMANENTFLAGS (\\Seen \\Deleted)] some' : undefined
        const { person } = world.client.mail
        const did = how === 'copied' ? person.copy : person.move
        did(['INBOX'], locator(world, 'b'), ['Work'])
        person.setFlags(['Work'], locator(world, 'b', 'Work'), ['\\Flagged'])
        for (let run = 0; run < 3; run++) {
          await world.run()
          assert.deepEqual([world.there(), world.there('Work')], [how === 'copied' ? 'ab' : 'a', 'b'])
          assert.equal((await world.problems()).length, 1)
        }
        world.server.odd = {}
        world.wait()
        for (let run = 0; run < 2; run++) await world.run()
        assert.deepEqual(await world.problems(), [])
        assert.deepEqual(
          work.messages.map(({ flags }) => flags),
          [['\\Flagged']],
        )
      },
      { extensions },
    )
