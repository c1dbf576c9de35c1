import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { listProblems } from '../../../src/replica/problems.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { SyncReport } from '../../../src/sync/initiator/sync-options.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { mailText } from '../../../testing/mail-store.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'
import { startDovecot, whyNoDovecot } from '../servers/dovecot-server.js'
import { type FaultProxy, faultProxy } from '../servers/fault-proxy.js'
import { type ImapSide, type ImapSideOptions, imapSide } from '../servers/imap-world.js'

/** An IMAP server that is away, hangs up, or refuses: nothing is lost, nothing is done twice, and the client hears why. */

const everything: Policy = { ...defaultPolicy, textBytes: 1e9, smallBytes: 1e9, attachmentBytes: 1e9 }

const skip = whyNoDovecot()
const dovecot = skip === undefined ? startDovecot() : undefined
after(async () => (await dovecot)?.stop())

interface World {
  readonly endpoint: ImapSide
  readonly client: Side
  readonly proxy: FaultProxy
  /** An hour passes for the endpoint: what kept away from the server tries again. */
  wait(): void
  run(): Promise<SyncReport>
}

function check(what: string, work: (world: World) => Promise<void>, options: ImapSideOptions = {}): void {
  test(what, { skip }, async () => {
    const server = await dovecot
    if (!server) return
    const proxy = await faultProxy(server.port)
    let skew = 0
    const now = (): number => Date.now() + skew
    const endpoint = await imapSide(server, { ...options, port: proxy.port, now })
    try {
      const client = await makeSide('client', { hasUpstream: true, random: seededRandom(9) })
      const link = memoryLink(() => endpoint.account)
      const wait = (): void => {
        skew += 3_600_000
      }
      const run = (): Promise<SyncReport> => sync(client.account, { link, policy: everything })
      await work({ endpoint, client, proxy, wait, run })
    } finally {
      await endpoint.close()
      await proxy.close()
    }
  })
}

const subjects = (messages: readonly { readonly bytes: Uint8Array }[] | undefined): string[] =>
  (messages ?? [])
    .map(({ bytes }) => /^Subject: (.*?)\r?$/m.exec(Buffer.from(bytes).toString('latin1'))?.[1] ?? '')
    .sort()

/** What the endpoint says of what it couldn't do. */
async function said({ endpoint }: World): Promise<string> {
  const problems = await listProblems(endpoint.account.replica.db)
  return problems.map(({ record }) => record.reason).join('\n')
}

async function there({ endpoint }: World, name = 'INBOX'): Promise<string[]> {
  return subjects((await endpoint.mail.snapshot()).get(name))
}
const here = ({ client }: World, name = 'INBOX'): string[] => subjects(client.mail.snapshot().get(name))

check(
  'a server that is away: the client hears it, gets what is in the index, and what it sends waits',
  async (world) => {
    const { endpoint, client, proxy, run, wait } = world
    await endpoint.mail.deliver(['INBOX'], mailText('one'))
    await scanMailStore(endpoint.account)
    await run()
    await endpoint.mail.deliver(['INBOX'], mailText('unseen'))
    const [one] = client.mail.snapshot().get('INBOX') ?? []
    if (one) client.mail.person.setFlags(['INBOX'], one.locator, ['\\Flagged'])
    client.mail.person.deliver(['INBOX'], mailText('written'))
    proxy.away = true
    proxy.drop()
    assert.match((await run()).trouble ?? '', /can't be reached/)
    // What came up is there for another device, though it isn't on the server.
    const other = await makeSide('other', { hasUpstream: true, random: seededRandom(10) })
    const theirs = await sync(other.account, { link: memoryLink(() => endpoint.account), policy: everything })
    assert.match(theirs.trouble ?? '', /can't be reached/)
    proxy.away = false
    wait()
    assert.equal((await run()).trouble, undefined)
    await sync(other.account, { link: memoryLink(() => endpoint.account), policy: everything })
    const all = ['one', 'unseen', 'written']
    assert.deepEqual([await there(world), here(world)], [all, all])
    assert.deepEqual(subjects(other.mail.snapshot().get('INBOX')), all)
  },
)

check('a line to the server that breaks anywhere loses nothing and does nothing twice', async (world) => {
  const { endpoint, client, proxy, run, wait } = world
  await endpoint.mail.createMailbox(['Box'])
  for (let n = 0; n < 4; n++) await endpoint.mail.deliver(['INBOX'], mailText(`m${n}`, 'text '.repeat(300)))
  await run()
  const mine: string[] = []
  const before = proxy.connections
  for (let cut = 20; cut < 9000; cut = Math.floor(cut * 1.25) + 17) {
    proxy.cutAfter(cut)
    const subject = `here${cut}`
    mine.push(subject)
    client.mail.person.deliver(['Box'], mailText(subject))
    await run()
    proxy.cutAfter(undefined)
    wait()
  }
  await run()
  const last = await run()
  assert.equal(last.trouble, undefined)
  assert.ok(proxy.connections > before + 5, `${proxy.connections - before} connections: no cut was felt`)
  assert.deepEqual(await there(world, 'Box'), mine.sort())
  assert.deepEqual(here(world, 'Box'), mine.sort())
  assert.deepEqual(here(world), ['m0', 'm1', 'm2', 'm3'])
})

for (const without of [[], ['UIDPLUS']])
  for (const command of ['APPEND', 'UID STORE', 'UID EXPUNGE', 'UID COPY', 'CREATE', 'RENAME', 'DELETE'])
    check(
      `an answer to ${command} that is lost (without ${without.join() || 'nothing'})`,
      async (world) => {
        const { client, proxy, run, wait, endpoint } = world
        await endpoint.mail.createMailbox(['Old'])
        await endpoint.mail.createMailbox(['Away'])
        for (const name of ['flagged', 'gone', 'moved'])
          await endpoint.mail.deliver(['INBOX'], mailText(name))
        assert.equal((await run()).trouble, undefined)
        proxy.loseAnswerTo(command)
        // They are written as they become whole, which may be in any order.
        const inbox = client.mail.snapshot().get('INBOX') ?? []
        const [flagged, gone, moved] = ['flagged', 'gone', 'moved'].map((name) =>
          inbox.find((message) => subjects([message])[0] === name),
        )
        if (!flagged || !gone || !moved) throw new Error('no mail')
        const { person } = client.mail
        person.setFlags(['INBOX'], flagged.locator, ['\\Flagged'])
        person.remove(['INBOX'], gone.locator)
        person.createMailbox(['New'])
        person.renameMailbox(['Old'], ['Renamed'])
        person.deleteMailbox(['Away'])
        person.move(['INBOX'], moved.locator, ['New'])
        person.deliver(['New'], mailText('written'))
        await run()
        for (let round = 0; round < 3; round++) {
          wait()
          await run()
        }
        for (const side of [await endpoint.mail.snapshot(), client.mail.snapshot()]) {
          assert.deepEqual([...side.keys()].sort(), ['INBOX', 'New', 'Renamed'])
          const inbox = side.get('INBOX') ?? []
          assert.deepEqual(subjects(inbox), ['flagged'])
          assert.deepEqual(inbox[0]?.flags, ['\\Flagged'])
          assert.deepEqual(subjects(side.get('New')), ['moved', 'written'])
        }
      },
      { without },
    )

check(
  'a server that falls silent is away, and nobody waits for it for ever',
  async (world) => {
    const { client, endpoint, proxy, run, wait } = world
    await endpoint.mail.deliver(['INBOX'], mailText('one'))
    await run()
    client.mail.person.deliver(['INBOX'], mailText('written'))
    proxy.silent = true
    assert.match((await run()).trouble ?? '', /can't be reached/)
    proxy.silent = false
    wait()
    await run()
    assert.deepEqual(await there(world), ['one', 'written'])
  },
  { silenceMs: 1000 },
)

check('a full account keeps one message from being written, and nothing else', async (world) => {
  const { client, endpoint, proxy, run } = world
  await endpoint.mail.deliver(['INBOX'], mailText('known'))
  await run()
  proxy.refuse('APPEND', '[OVERQUOTA] no room')
  client.mail.person.deliver(['INBOX'], mailText('heavy'))
  const [known] = client.mail.snapshot().get('INBOX') ?? []
  if (known) client.mail.person.setFlags(['INBOX'], known.locator, ['\\Flagged'])
  assert.equal((await run()).problems, 1)
  assert.match(await said(world), /is full/)
  assert.deepEqual(await there(world), ['known'])
  assert.deepEqual((await endpoint.mail.snapshot()).get('INBOX')?.[0]?.flags, ['\\Flagged'])
  proxy.refuse('', '')
  world.wait()
  await run()
  assert.equal((await run()).problems, 0)
  assert.deepEqual(await there(world), ['heavy', 'known'])
})

check('a command that is refused now and then stops nothing else', async (world) => {
  const { client, endpoint, proxy, run } = world
  proxy.refuse('CREATE', 'not today')
  client.mail.person.createMailbox(['Plans'])
  client.mail.person.deliver(['INBOX'], mailText('written'))
  assert.equal((await run()).problems, 1)
  assert.match(await said(world), /not today/)
  assert.deepEqual(await there(world), ['written'])
  proxy.refuse('', '')
  world.wait()
  await run()
  assert.ok((await endpoint.mail.snapshot()).has('Plans'))
})

check(
  'a login that is refused is told, and not tried again at once',
  async (world) => {
    const { proxy, run, wait } = world
    const { trouble = '' } = await run()
    assert.match(trouble, /refuses the login/)
    const { connections } = proxy
    assert.match((await run()).trouble ?? '', /refuses the login/)
    assert.equal(proxy.connections, connections)
    wait()
    await run()
    assert.ok(proxy.connections > connections)
  },
  { password: 'wrong' },
)

check('lines that end with LF come back as they were, though IMAP has CRLF', async (world) => {
  const { endpoint, client, run } = world
  const bytes = new TextEncoder().encode('From: a@example.org\nSubject: unix\n\nplain\nlines\n')
  client.mail.person.deliver(['INBOX'], bytes)
  await run()
  assert.deepEqual(await there(world), ['unix'])
  const other = await makeSide('other', { hasUpstream: true, random: seededRandom(10) })
  await sync(other.account, { link: memoryLink(() => endpoint.account), policy: everything })
  assert.deepEqual(
    other.mail
      .snapshot()
      .get('INBOX')
      ?.map(({ bytes }) => Buffer.from(bytes).toString()),
    [Buffer.from(bytes).toString()],
  )
  await run()
  const { listed, written, sent, found } = await run()
  assert.deepEqual({ listed, written, sent, found }, { listed: 0, written: 0, sent: 0, found: 0 })
  assert.equal((await endpoint.mail.snapshot()).get('INBOX')?.length, 1)
})

check('a mail store that is away is told as such', async ({ endpoint, proxy }) => {
  proxy.away = true
  await assert.rejects(endpoint.store.mailboxes(), (error) => hasCode(error, 'MAILSTORE_AWAY'))
})
