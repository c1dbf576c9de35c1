import assert from 'node:assert/strict'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import type { ImapMailStore } from '../../../src/mailstore/imap/imap-mail-store.js'
import { listMailboxes } from '../../../src/replica/mailboxes.js'
import { listProblems } from '../../../src/replica/problems.js'
import { check, fill, kinds, locator, oddMail } from './odd-imap-world.js'

/** IMAP servers that refuse to be changed, or whose UIDs come to name other messages. */

for (const [extensions, with_] of kinds) {
  for (const said of ['NO [LIMIT] too big', 'NO I will not', 'BAD bytes', 'HANG-UP'])
    check(
      `a message that is refused with ${said} waits, and all others go up${with_}`,
      async (world) => {
        fill(world, 'a')
        fill(world, 'w', 'Work')
        await world.run()
        world.server.odd.command = ({ name, text }) =>
          name === 'APPEND' && text.includes('Subject: c') ? said : undefined
        const { person } = world.client.mail
        for (const subject of 'bcd') person.deliver(['INBOX'], Buffer.from(oddMail(subject)))
        person.deliver(['Work'], Buffer.from(oddMail('x')))
        await world.run()
        await world.run()
        assert.equal(world.there(), 'abd')
        assert.equal(world.there('Work'), 'wx')
        assert.equal((await world.problems()).length, 1)
        world.server.odd = {}
        world.wait()
        await world.run()
        assert.equal(world.there(), 'abcd')
        assert.deepEqual(await world.problems(), [])
      },
      { extensions },
    )

  check(
    `mail with a keyword that its mailbox no longer keeps is flagged, moved and removed like other mail${with_}`,
    async (world) => {
      for (const subject of 'abcd') world.server.add('INBOX', oddMail(subject), { flags: ['Old', '\\Seen'] })
      world.server.make('Work')
      world.server.odd.line = (line) =>
        line.includes('PERMANENTFLAGS')
          ? '* OK [PERMANENTFLAGS (\\Seen \\Flagged \\Deleted)] no others'
          : undefined
      await world.run()
      const { person } = world.client.mail
      person.setFlags(['INBOX'], locator(world, 'a'), ['Old', '\\Seen', '\\Flagged'])
      person.move(['INBOX'], locator(world, 'b'), ['Work'])
      person.remove(['INBOX'], locator(world, 'c'))
      for (let run = 0; run < 3; run++) await world.run()
      assert.deepEqual(await world.problems(), [])
      assert.deepEqual([world.there(), world.there('Work')], ['ad', 'b'])
      assert.ok(world.server.box('INBOX')?.messages[0]?.flags.includes('\\Flagged'))
      world.server.asked.length = 0
      for (let run = 0; run < 3; run++) await world.run()
      assert.deepEqual(
        world.server.asked.filter((asked) => /STORE|APPEND|MOVE|COPY|EXPUNGE/.test(asked)),
        [],
      )
    },
    { extensions },
  )

  for (const said of ['NO [NOPERM] not yours', 'HANG-UP'])
    for (const command of ['UID EXPUNGE', 'UID STORE', 'UID MOVE', 'UID COPY'])
      check(
        `where ${command} is answered by ${said} that stays a problem, and is done in the end${with_}`,
        async (world) => {
          fill(world, 'abcd')
          world.server.make('Work')
          await world.run()
          world.server.odd.command = ({ name, args }) =>
            name === command && args[0] === '1' ? said : undefined
          const { person } = world.client.mail
          if (command === 'UID MOVE') person.move(['INBOX'], locator(world, 'a'), ['Work'])
          else if (command === 'UID COPY') person.copy(['INBOX'], locator(world, 'a'), ['Work'])
          else person.remove(['INBOX'], locator(world, 'a'))
          person.remove(['INBOX'], locator(world, 'b'))
          await world.run()
          assert.equal(world.there(), 'acd')
          for (let round = 0; round < 4; round++) {
            await world.run()
            assert.equal((await world.problems()).length, 1, `round ${round}`)
            if (round > 1) world.wait()
          }
          assert.equal(world.here(), command === 'UID COPY' ? 'acd' : 'cd')
          world.server.odd = {}
          world.wait()
          await world.run()
          await world.run()
          assert.deepEqual(await world.problems(), [])
          assert.equal(world.there(), command === 'UID COPY' ? 'acd' : 'cd')
          assert.equal(world.there('Work'), command === 'UID MOVE' || command === 'UID COPY' ? 'a' : '')
          assert.equal(world.here('Work'), world.there('Work'))
        },
        { extensions },
      )

  for (const said of ['NO I will not', 'BAD what'])
    check(
      `a server that offers MOVE and answers it by ${said} has the message copied and removed${with_}`,
      async (world) => {
        fill(world, 'ab')
        world.server.make('Work')
        await world.run()
        world.server.odd.command = ({ name }) => (name === 'UID MOVE' ? said : undefined)
        world.client.mail.person.move(['INBOX'], locator(world, 'a'), ['Work'])
        await world.run()
        await world.run()
        assert.equal(world.there(), 'b')
        assert.equal(world.there('Work'), 'a')
        assert.equal(
          world.server.asked.some((line) => line.startsWith('APPEND')),
          false,
        )
        assert.deepEqual(await world.problems(), [])
      },
      { extensions },
    )

  check(
    `a message that is to take the place of another one takes that of no third${with_}`,
    async (world) => {
      fill(world, 'ab')
      const { mailStore } = world.endpoint
      const [a, b] = (await mailStore.messages(['INBOX'])).messages
      assert.ok(a && b)
      const box = world.server.box('INBOX') ?? assert.fail()
      const [first, second] = box.messages
      assert.ok(first && second)
      ;[first.bytes, second.bytes] = [second.bytes, first.bytes]
      const replace = (locator: string, subject: string) =>
        mailStore.put(
          ['INBOX'],
          { guid: '01'.repeat(16), flags: [], internalDateMs: Date.UTC(2026, 10, 2) },
          (async function* () {
            yield Buffer.from(oddMail('n'))
          })(),
          {
            locator,
            flags: [],
            isIt: (header) => Buffer.from(header).includes(`Subject: ${subject}\r\n`),
          },
        )
      await assert.rejects(replace(a.locator, 'a'), (error) => hasCode(error, 'MESSAGE_CHANGED'))
      assert.equal(world.there(), 'ab')
      // It is looked at anew, and then it is known again.
      const fresh = (await mailStore.messages(['INBOX'])).messages
      assert.ok(fresh.every(({ locator }) => locator !== a.locator && locator !== b.locator))
      await replace(fresh[1]?.locator ?? '', 'a')
      assert.equal(world.there(), 'bn')
    },
    { extensions },
  )

  for (const what of ['expunge', 'flag', 'move'] as const)
    check(
      `a server that gave its UIDs anew under one UIDVALIDITY has nothing done to another message: ${what}${with_}`,
      async (world) => {
        const all = 'abcdefghijkl'
        fill(world, all)
        world.server.make('Work')
        await world.run()
        const box = world.server.box('INBOX') ?? assert.fail()
        const bytes = box.messages.map((message) => message.bytes).reverse()
        for (const [at, message] of box.messages.entries()) message.bytes = bytes[at] ?? ''
        const { person } = world.client.mail
        if (what === 'expunge') person.remove(['INBOX'], locator(world, 'a'))
        else if (what === 'flag') person.setFlags(['INBOX'], locator(world, 'a'), ['\\Flagged'])
        else person.move(['INBOX'], locator(world, 'a'), ['Work'])
        for (let round = 0; round < 3; round++) await world.run()
        assert.equal(world.there('Work'), what === 'move' ? 'a' : '')
        // What was to be removed comes back: it has to be removed once more.
        assert.equal(world.there(), all)
        assert.equal(world.here(), world.there())
        const flagged = box.messages.filter(({ flags }) => flags.includes('\\Flagged'))
        assert.deepEqual(
          flagged.map((message) => /Subject: (.)/.exec(message.bytes)?.[1]),
          what === 'flag' ? ['a'] : [],
        )
        assert.deepEqual(await world.problems(), [])
        assert.deepEqual(await (world.endpoint.mailStore as ImapMailStore).aside.list(), [])
        // From then on all is as ever.
        person.remove(['INBOX'], locator(world, 'f'))
        fill(world, 'm')
        await world.run()
        assert.equal(world.there().includes('f'), false)
        assert.ok(world.here().includes('m'))
      },
      { extensions },
    )

  check(
    `what can not be expunged yet is set aside once, however often that is tried${with_}`,
    async (world) => {
      fill(world, 'ab')
      await world.run()
      world.server.odd.command = ({ name }) => (name === 'UID EXPUNGE' ? 'NO [NOPERM] not yours' : undefined)
      world.client.mail.person.remove(['INBOX'], locator(world, 'a'))
      const { aside } = world.endpoint.mailStore as ImapMailStore
      for (let round = 0; round < 4; round++) {
        await world.run()
        assert.equal((await aside.list()).length, 1, `round ${round}`)
        world.wait()
      }
      world.server.odd = {}
      await world.run()
      assert.equal(world.there(), 'b')
      assert.equal((await aside.list()).length, 1)
    },
    { extensions },
  )

  check(
    `a look at what is to be changed costs no command more${with_}`,
    async (world) => {
      fill(world, 'abc')
      await world.run()
      world.client.mail.person.remove(['INBOX'], locator(world, 'a'))
      world.server.asked.length = 0
      await world.run()
      const about = world.server.asked.filter((line) => /^UID (FETCH|STORE|EXPUNGE) 1 /.test(`${line} `))
      assert.equal(about.length, 3, about.join('\n'))
    },
    { extensions },
  )
}

check('a problem says what, where and why in words', async (world) => {
  fill(world, 'ab')
  world.server.odd.fetch = ({ uid }, items) =>
    uid === 2 && items.some((item) => item.startsWith('BODY')) ? 'NO [SERVERBUG] out of luck' : undefined
  await world.run()
  const [problem] = await listProblems(world.endpoint.replica.db)
  assert.match(problem?.record.reason ?? '', /message 2 in INBOX.*out of luck/)
})

check('a message that is too large for the server waits, with words that say so', async (world) => {
  fill(world, 'a')
  await world.run()
  world.server.odd.command = ({ name, text }) =>
    name === 'APPEND' && text.includes('Subject: c') ? 'NO [TOOBIG] 5 MB at most' : undefined
  for (const subject of 'bcd') world.client.mail.person.deliver(['INBOX'], Buffer.from(oddMail(subject)))
  for (let run = 0; run < 2; run++) await world.run()
  assert.deepEqual([world.here(), world.there()], ['abcd', 'abd'])
  const [problem] = await listProblems(world.endpoint.replica.db)
  assert.match(problem?.record.reason ?? '', /too large for the IMAP server .*5 MB at most/)
  assert.match(problem?.record.next ?? '', /higher limit/)
})

for (const said of ['NO [NOPERM] not yours', 'NO I will not', 'BAD what'])
  check(`where LIST is answered by ${said} mail goes up as far as the endpoint`, async (world) => {
    fill(world, 'a')
    await world.run()
    world.server.odd.command = ({ name }) => (name === 'LIST' ? said : undefined)
    world.client.mail.person.deliver(['INBOX'], Buffer.from(oddMail('b')))
    assert.match((await world.run()).trouble ?? '', /IMAP server (refuses|does not allow)/)
    assert.equal((await listMailboxes(world.endpoint.replica.db))[0]?.messages, 2)
    world.server.odd = {}
    world.wait()
    await world.run()
    assert.equal(world.there(), 'ab')
  })

check('a check of the server names the mailboxes that can not be opened, with its words', async (world) => {
  fill(world, 'a')
  fill(world, 'w', 'Work')
  world.server.odd.command = ({ name, args }) =>
    name === 'SELECT' && args[0] === 'Work' ? 'NO [NOPERM] not yours' : undefined
  const store = world.endpoint.mailStore as ImapMailStore
  const { apart, mailboxes } = await store.check(new AbortController().signal)
  assert.equal(mailboxes, 2)
  assert.deepEqual(
    apart.map(({ mailbox }) => mailbox),
    ['Work'],
  )
  assert.match(apart[0]?.reason ?? '', /not yours/)
})
