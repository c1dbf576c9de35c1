import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import type { Change } from '../../../src/replica/change.js'
import { fileOf } from '../../../src/replica/files.js'
import { mailboxAt } from '../../../src/replica/mailboxes.js'
import { liveMessages } from '../../../src/replica/messages.js'
import type { MailboxPath } from '../../../src/replica/model.js'
import type { MessageRecord } from '../../../src/replica/records.js'
import { tables } from '../../../src/replica/tables.js'
import { rekeyMessage } from '../../../src/sync/initiator/rekey.js'
import type { SyncReport } from '../../../src/sync/initiator/sync-options.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { letter } from '../../world/letter.js'
import type { MemoryLink } from '../../world/memory-link.js'
import { locatorOf, stateOf } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { makeStar } from '../../world/star.js'

/** Rows of docs/CONFLICTS.md that are more than a pair of acts: more devices, more syncs, or a certain moment within one. */

const INBOX: MailboxPath = ['INBOX']
const X: MailboxPath = ['X']

interface World {
  readonly endpoint: Side
  readonly one: Side
  readonly two: Side
  readonly link: MemoryLink
  /** The last side's report. */
  run(...sides: Side[]): Promise<SyncReport | undefined>
}

/** An endpoint and two clients, in step, with the message m in INBOX and an empty mailbox X. */
async function world(): Promise<World> {
  const star = await makeStar(['one', 'two'], { seed: 77 })
  const { endpoint, link } = star
  const { one, two } = star.devices
  const run = async (...sides: Side[]): Promise<SyncReport | undefined> => {
    let report: SyncReport | undefined
    for (const side of sides) report = await star.run(side)
    return report
  }
  endpoint.mail.person.createMailbox(X)
  endpoint.mail.person.deliver(INBOX, letter('m'))
  await run(one, two)
  return { endpoint, one, two, link, run }
}

const locator = (side: Side, subject = 'm', mailbox = 'INBOX'): string => locatorOf(side, subject, [mailbox])

/** Mailboxes without mail left out. */
const fullOf = (side: Side): Record<string, string[]> =>
  Object.fromEntries(Object.entries(stateOf(side)).filter(([, all]) => all.length > 0))

async function settlesTo(
  { endpoint, one, two, run }: World,
  expected: Record<string, string[]>,
): Promise<void> {
  await run(one, two, one, two)
  for (const side of [endpoint, one, two]) assert.deepEqual(fullOf(side), expected, side.name)
}

test('renamed to N / another renamed to N: two mailboxes', async () => {
  const all = await world()
  all.endpoint.mail.person.createMailbox(['Y'])
  all.endpoint.mail.person.deliver(X, letter('in X'))
  all.endpoint.mail.person.deliver(['Y'], letter('in Y'))
  await all.run(all.one)
  all.one.mail.person.renameMailbox(X, ['N'])
  all.endpoint.mail.person.renameMailbox(['Y'], ['N'])
  await settlesTo(all, { INBOX: ['m'], N: ['in Y'], 'N (2)': ['in X'] })
})

test('the same mail put into both sides after the first sync: two', async () => {
  const all = await world()
  all.one.mail.person.deliver(X, letter('n'))
  all.endpoint.mail.person.deliver(X, letter('n'))
  await settlesTo(all, { INBOX: ['m'], X: ['n', 'n'] })
})

test('a draft edited on both sides: both texts, and the log says so', async () => {
  const all = await world()
  for (const side of [all.one, all.endpoint]) side.mail.person.setFlags(INBOX, locator(side), ['\\Draft'])
  await all.run(all.one, all.two)
  for (const side of [all.one, all.endpoint]) {
    side.mail.person.remove(INBOX, locator(side))
    side.mail.person.deliver(INBOX, letter(`m by ${side.name}`), ['\\Draft'])
  }
  await settlesTo(all, { INBOX: ['m by endpoint \\Draft', 'm by one \\Draft'] })
})

test('flags set here whose acknowledgement is lost, and others set there meanwhile: all of them', async () => {
  const all = await world()
  all.one.mail.person.setFlags(INBOX, locator(all.one), ['\\Seen'])
  all.link.cutAfter({ down: 1 })
  await assert.rejects(all.run(all.one), (error) => hasCode(error, 'LINK_FAILED'))
  all.endpoint.mail.person.setFlags(INBOX, locator(all.endpoint), ['\\Answered', '\\Seen'])
  await settlesTo(all, { INBOX: ['m \\Answered \\Seen'] })
})

test('expunged by one, marked important by two others: one message, with both marks', async () => {
  const all = await world()
  all.endpoint.mail.person.setFlags(INBOX, locator(all.endpoint), ['\\Flagged', 'shore'])
  all.one.mail.person.remove(INBOX, locator(all.one))
  await all.run(all.one)
  all.two.mail.person.setFlags(INBOX, locator(all.two), ['\\Flagged', 'two'])
  await settlesTo(all, { INBOX: ['m \\Flagged shore two'] })
})

test('marked and expunged there while nothing can be written here, then marked important here: the file has both marks', async () => {
  const all = await world()
  all.one.ailments.readOnly.add('INBOX')
  all.endpoint.mail.person.setFlags(INBOX, locator(all.endpoint), ['\\Answered'])
  await all.run(all.one)
  all.endpoint.mail.person.remove(INBOX, locator(all.endpoint))
  await all.run(all.one)
  all.one.mail.person.setFlags(INBOX, locator(all.one), ['\\Flagged'])
  all.one.ailments.cure()
  await settlesTo(all, { INBOX: ['m \\Answered \\Flagged'] })
})

test('expunged upstream, where its last bytes went with it, marked important by two others: each brings its own', async () => {
  const all = await world()
  all.endpoint.mail.person.remove(INBOX, locator(all.endpoint))
  all.one.mail.person.setFlags(INBOX, locator(all.one), ['\\Flagged', 'one'])
  all.two.mail.person.setFlags(INBOX, locator(all.two), ['\\Flagged', 'two'])
  await all.run(all.one, all.two)
  await settlesTo(all, { INBOX: ['m \\Flagged one', 'm \\Flagged two'] })
})

test('marked important, expunged by two others: one message', async () => {
  const all = await world()
  all.endpoint.mail.person.setFlags(INBOX, locator(all.endpoint), ['\\Flagged'])
  all.one.mail.person.remove(INBOX, locator(all.one))
  all.two.mail.person.remove(INBOX, locator(all.two))
  await settlesTo(all, { INBOX: ['m \\Flagged'] })
})

test('moved twice there, marked here: the mark follows to the last place', async () => {
  const all = await world()
  all.one.mail.person.setFlags(INBOX, locator(all.one), ['\\Flagged'])
  all.endpoint.mail.person.move(INBOX, locator(all.endpoint), X)
  await all.run(all.two)
  all.endpoint.mail.person.createMailbox(['Y'])
  all.endpoint.mail.person.move(X, locator(all.endpoint, 'm', 'X'), ['Y'])
  await settlesTo(all, { Y: ['m \\Flagged'] })
})

test('copied now and removed after a sync, marked meanwhile: the marked one stays beside the copy', async () => {
  const all = await world()
  all.one.mail.person.copy(INBOX, locator(all.one), X)
  await all.run(all.one)
  all.two.mail.person.setFlags(INBOX, locator(all.two), ['\\Flagged'])
  await all.run(all.two)
  all.one.mail.person.remove(INBOX, locator(all.one))
  await settlesTo(all, { INBOX: ['m \\Flagged'], X: ['m'] })
})

/** As often as there are steps in it: one run of one side, in which somebody does something at just that moment. */
async function atEveryStep(
  prepare: (all: World) => void | Promise<void>,
  whose: 'endpoint' | 'one',
  act: (all: World) => void,
  check: (all: World, step: number) => Promise<void>,
): Promise<void> {
  for (let step = 1; ; step++) {
    const all = await world()
    await prepare(all)
    let done = false
    all[whose].interfereAt(step, () => {
      done = true
      act(all)
    })
    await all.run(all.one)
    all[whose].interfereAt(undefined)
    if (!done) {
      assert.ok(step > 3, 'it has steps to be disturbed at')
      return
    }
    await check(all, step)
  }
}

test('flags that are written, and set otherwise by a person, at any moment: all of them', async () => {
  await atEveryStep(
    ({ endpoint }) => endpoint.mail.person.setFlags(INBOX, locator(endpoint), ['\\Seen']),
    'one',
    ({ one }) => {
      const { flags = [] } = one.mail.snapshot().get('INBOX')?.[0] ?? {}
      one.mail.person.setFlags(INBOX, locator(one), [...flags, 'work'])
    },
    (all) => settlesTo(all, { INBOX: ['m \\Seen work'] }),
  )
})

test('a message that is removed here, and marked important by a person at any moment: kept, or gone before anybody could', async () => {
  await atEveryStep(
    ({ endpoint }) => endpoint.mail.person.remove(INBOX, locator(endpoint)),
    'one',
    ({ one }) => {
      if (stateOf(one)['INBOX']?.some((line) => line.startsWith('m')))
        one.mail.person.setFlags(INBOX, locator(one), ['\\Flagged'])
    },
    async (all) => {
      const marked = all.one.mail.snapshot().get('INBOX')?.length === 1
      await settlesTo(all, marked ? { INBOX: ['m \\Flagged'] } : {})
    },
  )
})

test('the last file of what is being copied is removed at any moment: the copy comes from who has it', async () => {
  await atEveryStep(
    ({ one }) => void one.mail.person.copy(INBOX, locator(one), X),
    'endpoint',
    ({ endpoint }) => endpoint.mail.person.remove(INBOX, locator(endpoint)),
    (all) => settlesTo(all, { X: ['m'] }),
  )
})

test('a mailbox is deleted by a person while mail for it is being written, at any moment: that mail was seen by nobody, and stays', async () => {
  await atEveryStep(
    ({ endpoint }) => void endpoint.mail.person.deliver(X, letter('n')),
    'one',
    ({ one }) => one.mail.person.deleteMailbox(X),
    async (all, step) => {
      await all.run(all.one, all.two, all.one, all.two)
      const states = [all.endpoint, all.one, all.two].map(stateOf)
      assert.deepEqual(states[1], states[0], `step ${step}`)
      assert.deepEqual(states[2], states[0], `step ${step}`)
      // Deleted when the message already lay in it, it went with it; else it came back with the message.
      assert.ok(!('X' in (states[0] ?? {})) || states[0]?.['X']?.[0] === 'n', `step ${step}`)
    },
  )
})

test('new mail comes into a mailbox that is just being deleted here, at any moment: it stays, and so does the mailbox', async () => {
  await atEveryStep(
    ({ endpoint }) => endpoint.mail.person.deleteMailbox(X),
    'one',
    ({ one }) => {
      if (one.mail.snapshot().has('X')) one.mail.person.deliver(X, letter('n'))
      else one.mail.person.deliver(INBOX, letter('n'))
    },
    async (all, step) => {
      await all.run(all.one, all.two, all.one, all.two)
      for (const side of [all.endpoint, all.one, all.two]) {
        const names = Object.values(stateOf(side)).flat().sort()
        assert.deepEqual(names, ['m', 'n'], `${side.name}, step ${step}`)
      }
    },
  )
})

test('a mail store that is not there at all: an error here, what is known from the endpoint, and nothing is expunged', async () => {
  for (const which of ['one', 'endpoint'] as const) {
    const all = await world()
    all[which].mail.gone = true
    if (which === 'one') await assert.rejects(all.run(all.one), (error) => hasCode(error, 'MAILSTORE_GONE'))
    else assert.match((await all.run(all.one))?.trouble ?? '', /gone/)
    all[which].mail.gone = false
    await settlesTo(all, { INBOX: ['m'] })
  }
})

test("a message that gets the upstream's name while both names have a file: both files stay, as two messages", async () => {
  const all = await world()
  const { replica } = all.one.account
  const twin = all.one.mail.person.copy(INBOX, locator(all.one), INBOX)
  await scanMailStore(all.one.account)
  const known = await replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'upstream' } }
    const inbox = await mailboxAt(tx, INBOX)
    const messages: MessageRecord[] = []
    for await (const message of liveMessages(tx, inbox?.guid ?? '')) messages.push(message)
    const [there, here] = messages
    assert.ok(there && here)
    // As if the upstream had answered to what made it.
    for await (const { key } of tables.journalOf.list(tx, [here.guid])) {
      tables.journalOf.delete(tx, ...key)
      tables.journal.delete(tx, key[1])
    }
    await rekeyMessage(change, here, there.guid)
    return (await fileOf(tx, there.guid))?.locator
  })
  assert.notEqual(known, twin)
  all.one.mail.person.setFlags(INBOX, twin, ['\\Seen'])
  await settlesTo(all, { INBOX: ['m', 'm \\Seen'] })
})

test('a device whose expunge was overruled has the message whole when its run has ended, and so with what was in a mailbox that it deleted', async () => {
  const { endpoint, one, run } = await world()
  endpoint.mail.person.setFlags(INBOX, locator(endpoint), ['\\Flagged'])
  one.mail.person.remove(INBOX, locator(one))
  await run(one)
  assert.deepEqual(fullOf(one), { INBOX: ['m \\Flagged'] })
  assert.equal(textOf(one, 'INBOX'), new TextDecoder().decode(letter('m')))

  endpoint.mail.person.deliver(X, letter('n'))
  await run(one)
  endpoint.mail.person.setFlags(X, locator(endpoint, 'n', 'X'), ['\\Flagged'])
  one.mail.person.deleteMailbox(X)
  await run(one)
  assert.equal(textOf(one, 'X'), new TextDecoder().decode(letter('n')))
})

const textOf = (side: Side, mailbox: string): string =>
  new TextDecoder().decode(side.mail.snapshot().get(mailbox)?.[0]?.bytes)
