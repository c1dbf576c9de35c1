import assert from 'node:assert/strict'
import { check, fill, kinds, locator, modseqs, oddMail, plain } from './odd-imap-world.js'

/** IMAP servers that hide, refuse, hang up and lie: one thing each, and all else goes on. */

for (const [extensions, with_] of kinds) {
  check(
    `the odd server is a server as long as nothing is odd${with_}`,
    async (world) => {
      fill(world, 'abc')
      fill(world, 'w', 'Work')
      await world.run()
      assert.equal(world.here(), 'abc')
      const { person } = world.client.mail
      person.deliver(['Work'], Buffer.from(oddMail('x')))
      person.remove(['INBOX'], locator(world, 'a'))
      person.setFlags(['INBOX'], locator(world, 'b'), ['\\Flagged'])
      await world.run()
      assert.equal(world.there(), 'bc')
      assert.equal(world.there('Work'), 'wx')
      assert.deepEqual(world.server.box('INBOX')?.messages[0]?.flags, ['\\Flagged'])
      assert.deepEqual(await world.problems(), [])
    },
    { extensions },
  )

  for (const said of [
    'NO [NOPERM] permission denied',
    'NO [NONEXISTENT] no such mailbox',
    'NO [SERVERBUG] oh',
    'NO',
    'HANG-UP',
  ])
    for (const command of ['STATUS', 'SELECT'])
      check(
        `a mailbox at which ${command} is answered by ${said} is named, and nothing of it goes${with_}`,
        async (world) => {
          fill(world, 'ab')
          fill(world, 'w', 'Work')
          fill(world, 'z', 'Zoo')
          await world.run()
          world.server.odd.command = ({ name, args }) =>
            name === command && args[0] === 'Work' ? said : undefined
          fill(world, 'c')
          fill(world, 'x', 'Work')
          fill(world, 'y', 'Zoo')
          assert.equal((await world.run()).trouble, undefined)
          assert.equal(world.here(), 'abc')
          assert.equal(world.here('Work'), 'w')
          assert.equal(world.here('Zoo'), 'yz')
          assert.deepEqual(await world.problems(), ['read Work MAILBOX_UNREADABLE'])
          world.server.odd = {}
          world.wait()
          await world.run()
          assert.equal(world.here('Work'), 'wx')
          assert.deepEqual(await world.problems(), [])
        },
        { extensions },
      )

  check(
    `a mailbox that LIST leaves out has not gone; one that was deleted has${with_}`,
    async (world) => {
      fill(world, 'a')
      for (const name of ['Work', 'Old', 'Secret']) fill(world, 'w', name)
      await world.run()
      world.server.odd.unlisted = (name) => name !== 'INBOX'
      world.server.odd.command = ({ name, args }) =>
        name === 'STATUS' && args[0] === 'Secret' ? 'NO [NOPERM] not yours' : undefined
      world.server.boxes.delete('Old')
      await world.run()
      assert.deepEqual(
        ['Work', 'Secret', 'Old'].map((name) => world.here(name)),
        ['w', 'w', ''],
      )
      assert.equal((await world.problems()).length, 2)
      world.server.odd = {}
      world.wait()
      await world.run()
      assert.deepEqual(await world.problems(), [])
      assert.equal(world.here('Work'), 'w')
      world.server.odd.unlisted = (name) => name === 'INBOX'
      fill(world, 'b')
      await world.run()
      assert.equal(world.here(), 'ab')
    },
    { extensions },
  )

  check(
    `messages that FETCH passes over: known ones stay, new ones are named and come${with_}`,
    async (world) => {
      fill(world, 'abc')
      await world.run()
      world.server.odd.fetch = ({ bytes }) => (/Subject: [be]/.test(bytes) ? 'PASS' : undefined)
      fill(world, 'def')
      await world.run()
      assert.equal(world.here(), 'abcdf')
      assert.equal((await world.problems()).length, extensions === plain ? 2 : 1)
      world.server.odd = {}
      await world.run()
      assert.equal(world.here(), 'abcdef')
      assert.deepEqual(await world.problems(), [])
    },
    { extensions },
  )

  check(
    `a message that FETCH passes over once comes in the same run${with_}`,
    async (world) => {
      fill(world, 'a')
      await world.run()
      let times = 0
      world.server.odd.fetch = ({ bytes }) =>
        bytes.includes('Subject: c') && times++ === 0 ? 'PASS' : undefined
      fill(world, 'bcd')
      await world.run()
      assert.equal(world.here(), 'abcd')
      assert.deepEqual(await world.problems(), [])
    },
    { extensions },
  )

  check(
    `numbers that agree cost no look for what is missing${with_}`,
    async (world) => {
      fill(world, 'abc')
      await world.run()
      fill(world, 'd')
      world.server.asked.length = 0
      await world.run()
      const searched = world.server.asked.filter((line) => line.startsWith('UID SEARCH')).length
      assert.equal(searched, extensions === modseqs ? 1 : 0)
    },
    { extensions },
  )
}

for (const said of ['NO it is broken', 'NO [SERVERBUG] oh', 'BAD what', 'HANG-UP', 'PASS'])
  check(`one body that is answered by ${said} costs the others one command more`, async (world) => {
    fill(world, 'abcdefgh')
    world.server.odd.fetch = ({ bytes }, items) =>
      /Subject: [cf]/.test(bytes) && items.some((item) => item.startsWith('BODY')) ? said : undefined
    const report = await world.run()
    assert.equal(report.trouble, undefined)
    assert.equal(world.here(), '?c?fabdegh')
    assert.deepEqual(await world.problems(), [
      'read INBOX 1000.3 MESSAGE_UNREADABLE',
      'read INBOX 1000.6 MESSAGE_UNREADABLE',
    ])
    const bodies = world.server.asked.filter((line) => line.includes('RFC822.SIZE BODY.PEEK[]')).length
    assert.ok(bodies <= 5, `${bodies} commands`)
    world.server.odd = {}
    await world.run()
    assert.equal(world.here(), 'abcdefgh')
    assert.deepEqual(await world.problems(), [])
  })

check('twenty bodies at which the server hangs up do not make it away', async (world) => {
  for (let n = 0; n < 20; n++) world.server.add('INBOX', oddMail(`bad${String(n)}`))
  fill(world, 'abc')
  fill(world, 'w', 'Work')
  world.server.odd.fetch = ({ bytes }, items) =>
    bytes.includes('Subject: bad') && items.some((item) => item.startsWith('BODY')) ? 'HANG-UP' : undefined
  const report = await world.run()
  assert.equal(report.trouble, undefined)
  assert.match(world.here(), /^(?:\?bad\d+){20}abc$/)
  assert.equal(world.here('Work'), 'w')
  assert.equal((await world.problems()).length, 20)
})

for (const [how, answer, bound] of [
  ['never comes', 'SILENCE', { silenceMs: 700 }],
  ['is put off with a word now and then, for ever,', 'DRIP', { patienceMs: 700 }],
] as const) {
  check(
    `a body that ${how} is one message, and not the server`,
    async (world) => {
      fill(world, 'ab')
      let withheld = true
      world.server.odd.command = ({ name, text }) =>
        withheld && name === 'UID FETCH' && text.includes('BODY') && /^UID FETCH (?:1|1:2) /.test(text)
          ? answer
          : undefined
      await world.run()
      assert.equal(world.here(), '?ab')
      withheld = false
      await world.run()
      assert.equal(world.here(), 'ab')
    },
    bound,
  )

  check(
    `a server whose list of mailboxes ${how} is away, and that is said`,
    async (world) => {
      fill(world, 'a')
      world.server.odd.command = ({ name }) => (name === 'LIST' ? answer : undefined)
      const { trouble } = await world.run()
      assert.match(String(trouble), /can't be reached/)
      world.server.odd = {}
      world.wait()
      await world.run()
      assert.equal(world.here(), 'a')
    },
    bound,
  )
}

check('a server that gives wholes where it is asked for ranges is understood at once', async (world) => {
  const big = oddMail('B', 'y'.repeat(70).concat('\r\n').repeat(12_000))
  world.server.add('INBOX', oddMail('a'))
  world.server.add('INBOX', big)
  world.server.add('INBOX', oddMail('c'))
  world.server.odd.ignoresRanges = true
  await world.run()
  assert.equal(world.here(), 'Bac')
  const [mail] = (world.client.mail.snapshot().get('INBOX') ?? []).filter(({ bytes }) => bytes.length > 1000)
  assert.equal(Buffer.from(mail?.bytes ?? '').toString('latin1'), big)
  const bodies = world.server.asked.filter((line) => line.includes('BODY.PEEK[]')).length
  assert.ok(bodies <= 6, `${bodies} commands for bodies`)
})

for (const lie of [1, 100, 5_000_000])
  check(`a size that is said to be ${lie} does no harm`, async (world) => {
    world.server.add('INBOX', oddMail('a', 'x'.repeat(600_000)))
    fill(world, 'b')
    world.server.odd.item = (name) => (name === 'RFC822.SIZE' ? `RFC822.SIZE ${lie}` : undefined)
    await world.run()
    assert.equal(world.here(), 'ab')
    assert.deepEqual(await world.problems(), [])
  })

for (const date of [
  undefined,
  'NIL',
  '"00-Jan-0000 00:00:00 +0000"',
  '"31-Dec-1969 23:59:59 +0000"',
  '" 1-Jan-1900 00:00:00 +0000"',
  '"01-Jan-2200 00:00:00 +0000"',
  '"31-Dec-9999 23:59:59 -1200"',
  '"Tue, 31 Dec 2024 23:00:02 +9900"',
])
  check(`an internal date ${date ?? 'that is not there'} stops nothing, on any way`, async (world) => {
    world.server.add('INBOX', oddMail('a'), { date })
    fill(world, 'b')
    world.server.make('Work')
    await world.run()
    assert.equal(world.here(), 'ab')
    world.client.mail.person.move(['INBOX'], locator(world, 'a'), ['Work'])
    await world.run()
    assert.equal(world.there('Work'), 'a')
    assert.equal(world.there(), 'b')
    assert.deepEqual(await world.problems(), [])
  })

check(
  'mailboxes whose names are not as we would write them take part, each by its own name',
  async (world) => {
    const names = [
      'R&D',
      'R&-D',
      '&',
      '&-',
      'Gel\u00c3\u00b6scht',
      'caf\u00e9',
      'a\tb',
      'A//B',
      'Work',
      'work',
      '100%',
      'x"y\\z',
    ]
    for (const [n, name] of names.entries()) world.server.add(name, oddMail(`m${n}`))
    await world.run()
    assert.deepEqual(await world.problems(), [])
    const came = [...world.client.mail.snapshot()].filter(([, messages]) => messages.length === 1)
    assert.equal(came.length, names.length)
    for (const [name] of came)
      world.client.mail.person.deliver(name.split('/'), Buffer.from(oddMail(`to ${world.here(name)}`)))
    await world.run()
    for (const [n, name] of names.entries()) assert.equal(world.there(name), `m${n}to m${n}`, name)
    assert.equal(world.server.boxes.size, names.length + 1)
  },
)

check(
  'INBOX below INBOX is a mailbox of its own',
  async (world) => {
    fill(world, 'a')
    fill(world, 'b', 'INBOX.INBOX')
    await world.run()
    assert.equal(world.here(), 'a')
    assert.deepEqual(
      [...world.client.mail.snapshot().values()].map((messages) => messages.length),
      [1, 1],
    )
  },
  { delimiter: '.', prefix: 'INBOX.' },
)

for (const extensions of [plain, modseqs])
  check(
    `keywords that are no atoms stay on the server, and their message takes part (${extensions.length})`,
    async (world) => {
      world.server.add('INBOX', oddMail('a'), {
        flags: ['100%', '{5}', 'b\u0001c', 'caf\u00e9', '\\Seen', 'Fine'],
      })
      fill(world, 'b')
      await world.run()
      assert.equal(world.here(), 'ab')
      assert.deepEqual(await world.problems(), [])
      world.client.mail.person.setFlags(['INBOX'], locator(world, 'a'), ['\\Flagged'])
      await world.run()
      assert.deepEqual(
        world.server.box('INBOX')?.messages[0]?.flags.filter((flag) => !/caf/.test(flag)),
        ['100%', '{5}', 'b\u0001c', '\\Flagged'],
      )
    },
    { extensions },
  )

check(
  'two spellings of a keyword, which the server takes for one, neither flap nor get lost',
  async (world) => {
    fill(world, 'ab')
    world.server.odd.flag = (flag) => (/^later$/i.test(flag) ? 'LATER' : flag)
    await world.run()
    const { person } = world.client.mail
    const flagsHere = (): string[][] =>
      (world.client.mail.snapshot().get('INBOX') ?? []).map(({ flags }) => [...flags])
    person.setFlags(['INBOX'], locator(world, 'a'), ['Later'])
    await world.run()
    await world.run()
    const still = await world.run()
    assert.deepEqual(flagsHere(), [['Later'], []])
    assert.deepEqual([still.listed, still.changed, still.sent], [0, 0, 0])
    person.setFlags(['INBOX'], locator(world, 'a'), ['later'])
    await world.run()
    await world.run()
    assert.deepEqual(flagsHere(), [['later'], []])
    assert.deepEqual(world.server.box('INBOX')?.messages[0]?.flags, ['LATER'])
    person.setFlags(['INBOX'], locator(world, 'a'), [])
    await world.run()
    assert.deepEqual(world.server.box('INBOX')?.messages[0]?.flags, [])
  },
)
