import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { SyncReport } from '../../../src/sync/initiator/sync-options.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { mailText } from '../../../testing/mail-store.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'
import { linesOf } from '../servers/imap-lines.js'
import { type ImapSide, imapSide } from '../servers/imap-world.js'
import type { MailServer } from '../servers/mail-server.js'
import { mailServers, waysToSpeak } from '../servers/mail-servers.js'

/** An endpoint beside a real server, with a mail program that works on the account at the same time, and a client. */

const everything: Policy = { ...defaultPolicy, textBytes: 1e9, smallBytes: 1e9, attachmentBytes: 1e9 }

interface World {
  readonly endpoint: ImapSide
  readonly client: Side
  run(): Promise<SyncReport>
}

async function withWorld(
  server: MailServer,
  without: readonly string[],
  work: (world: World) => Promise<void>,
): Promise<void> {
  const endpoint = await imapSide(server, { without })
  try {
    const client = await makeSide('client', { hasUpstream: true, random: seededRandom(5) })
    const link = memoryLink(() => endpoint.account)
    const run = (): Promise<SyncReport> => sync(client.account, { link, policy: everything })
    await work({ endpoint, client, run })
  } finally {
    await endpoint.close()
  }
}

async function agree({ endpoint, client, run }: World): Promise<void> {
  await run()
  await run()
  assert.deepEqual(linesOf(client.mail.snapshot()), linesOf(await endpoint.mail.snapshot()))
  const { listed, changed, found, sent, written } = await run()
  assert.deepEqual(
    { listed, changed, found, sent, written },
    { listed: 0, changed: 0, found: 0, sent: 0, written: 0 },
  )
}

for (const { name, skip, start } of mailServers) {
  const server = skip === undefined ? start() : undefined
  after(async () => (await server)?.stop())
  const check = (what: string, without: readonly string[], work: (world: World) => Promise<void>): void => {
    test(`${name}: ${what}`, { skip }, async () => {
      const running = await server
      if (running) await withWorld(running, without, work)
    })
  }
  for (const { called, without } of waysToSpeak)
    check(`what is done on either side is done on the other, byte by byte, ${called}`, without, roundTrip)
}

async function roundTrip(world: World): Promise<void> {
  const { endpoint, client, run } = world
  const there = endpoint.mail
  await there.createMailbox(['Box'])
  for (let n = 0; n < 5; n++) await there.deliver(['INBOX'], mailText(`m${n}`), n % 2 === 0 ? ['\\Seen'] : [])
  await there.deliver(['Box'], mailText('big', 'all work and no play\r\n'.repeat(30_000)))
  await agree(world)
  const here = client.mail.person
  const messages = client.mail.snapshot().get('INBOX') ?? []
  const [a, b, c, d] = messages.map(({ locator }) => locator)
  if (!a || !b || !c || !d) throw new Error('there is too little mail')
  here.setFlags(['INBOX'], a, ['\\Flagged', 'work'])
  here.remove(['INBOX'], b)
  here.move(['INBOX'], c, ['Box'])
  here.deliver(['Box'], mailText('written here'), ['\\Draft', '\\Seen'], 1_400_000_000_000)
  here.createMailbox(['New'])
  here.copy(['INBOX'], d, ['New'])
  const theirs = (await there.snapshot()).get('INBOX') ?? []
  const [last] = theirs.slice(-1)
  if (last) await there.setFlags(['INBOX'], last.locator, ['\\Answered'])
  await agree(world)
  here.renameMailbox(['New'], ['Renamed'])
  const gone = (await there.snapshot()).get('Box')?.[0]
  if (gone) await there.move(['Box'], gone.locator, ['INBOX'])
  await agree(world)
  await there.deleteMailbox(['Renamed'])
  await run()
  await agree(world)
}
