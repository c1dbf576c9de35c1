import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { memorySource } from '../../../src/bytes/source.js'
import { splitMessage } from '../../../src/mime/split.js'
import { getContent } from '../../../src/replica/content/contents.js'
import { tables } from '../../../src/replica/tables.js'
import { wantParts } from '../../../src/replica/wishes.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { SyncReport } from '../../../src/sync/initiator/sync-options.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side, sha256 } from '../../world/side.js'
import { faultProxy } from '../servers/fault-proxy.js'
import { linesOf } from '../servers/imap-lines.js'
import { type ImapSide, imapSide } from '../servers/imap-world.js'
import type { MailServer } from '../servers/mail-server.js'
import { mailServers } from '../servers/mail-servers.js'

/** Big mail on real servers: what is read of it before somebody wants a part, and what when the server is wrong about it. */

const everything: Policy = { ...defaultPolicy, attachmentBytes: 1e9 }

const base64 = (seed: number, size: number): string =>
  Buffer.from(seededRandom(seed).bytes(size)).toString('base64').replace(/.{76}/g, '$&\r\n')

const picture = (seed: number, size: number): string =>
  `Content-Type: image/png; name=${seed}.png\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(seed, size)}\r\n`

const mixed = (boundary: string, parts: readonly string[]): string =>
  `MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=${boundary}\r\n\r\n${parts.map((part) => `--${boundary}\r\n${part}`).join('')}--${boundary}--\r\n`

const text = 'Content-Type: text/plain\r\n\r\nSee below.\r\n'

const pictureBytes = 1_400_000

/** 4 MB: two pictures, one of them in a mail within. */
function bigMail(subject: string): Uint8Array {
  const inner = `Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n${mixed('inner', [text, picture(1, pictureBytes)])}`
  const mail = `From: ann@example.org\r\nTo: bob@example.org\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.org>\r\n${mixed('outer', [text, inner, picture(2, pictureBytes)])}`
  return new Uint8Array(Buffer.from(mail, 'latin1'))
}

interface World {
  readonly server: MailServer
  readonly endpoint: ImapSide
  readonly client: Side
  run(side?: Side, policy?: Policy): Promise<SyncReport>
  /** Bytes that the server sends meanwhile. */
  cost(work: () => Promise<unknown>): Promise<number>
}

async function makeWorld(server: MailServer, without: readonly string[], port?: number): Promise<World> {
  const endpoint = await imapSide(server, {
    without: ['COMPRESS=DEFLATE', ...without],
    ...(port !== undefined && { port }),
  })
  const client = await makeSide('client', { hasUpstream: true, random: seededRandom(5) })
  const link = memoryLink(() => endpoint.account)
  return {
    server,
    endpoint,
    client,
    run: (side = client, policy = defaultPolicy) => sync(side.account, { link, policy }),
    cost: async (work) => {
      const before = endpoint.store.traffic().received
      await work()
      return endpoint.store.traffic().received - before
    },
  }
}

async function want(side: Side, parts: readonly number[]): Promise<void> {
  const { db } = side.account.replica
  for await (const { key } of tables.content.list(db)) {
    const content = await getContent(db, key[0])
    await db.transact(async (tx) => {
      if (content) wantParts(tx, content, parts)
    })
  }
}

async function agree({ client, endpoint, run }: World): Promise<void> {
  await run()
  const { listed, written, sent } = await run()
  assert.equal(`${listed} ${written} ${sent}`, '0 0 0')
  assert.deepEqual(linesOf(client.mail.snapshot()), linesOf(await endpoint.mail.snapshot()))
}

/** The first piece of the message, and some around the ends of its pictures. */
const fewBytes = 400_000

async function readInParts(world: World): Promise<void> {
  const { endpoint, client, run, cost } = world
  await endpoint.mail.deliver(['INBOX'], bigMail('ship'))
  const listing = await cost(() => run())
  assert.ok(listing < fewBytes, `${listing} bytes for a list entry`)
  await want(client, [1, 3])
  const one = await cost(() => run())
  assert.ok(one < pictureBytes * 1.37 + fewBytes, `${one} bytes for one picture`)
  await want(client, [2])
  await agree(world)
  const other = await makeSide('other', { hasUpstream: true, random: seededRandom(6) })
  await run(other, everything)
  assert.deepEqual(linesOf(other.mail.snapshot()), linesOf(client.mail.snapshot()))
}

async function readAlbum({ endpoint, client, run, cost }: World): Promise<void> {
  const pictures = Array.from({ length: 20 }, (_, n) => picture(n, 300_000 + n))
  const mail = `From: ann@example.org\r\nSubject: album\r\n${mixed('b', [text, ...pictures])}`
  await endpoint.mail.deliver(['INBOX'], new Uint8Array(Buffer.from(mail, 'latin1')))
  const listing = await cost(() => run())
  assert.ok(listing < 1_000_000, `${listing} bytes for 20 pictures of 300 kB`)
  await run(client, everything)
  assert.deepEqual(linesOf(client.mail.snapshot()), linesOf(await endpoint.mail.snapshot()))
}

async function moveUnread(world: World): Promise<void> {
  const { endpoint, client, run, cost } = world
  await endpoint.mail.createMailbox(['Box'])
  await endpoint.mail.deliver(['INBOX'], bigMail('ship'))
  await run()
  const [here] = client.mail.snapshot().get('INBOX') ?? []
  client.mail.person.setFlags(['INBOX'], here?.locator ?? '', ['\\Flagged'])
  const [there] = (await endpoint.mail.snapshot()).get('INBOX') ?? []
  await endpoint.mail.move(['INBOX'], there?.locator ?? '', ['Box'])
  const moved = await cost(() => run())
  assert.ok(moved < fewBytes, `${moved} bytes for a move`)
  await run()
  const [inBox] = (await endpoint.mail.snapshot()).get('Box') ?? []
  assert.deepEqual(inBox?.flags, ['\\Flagged'])
  await want(client, [2, 3])
  await agree(world)
}

const ways: readonly (readonly [string, readonly string[]])[] = [
  ['as it is', []],
  ['without names for its bytes', ['OBJECTID', 'X-GUID']],
]

for (const { name, skip, start } of mailServers) {
  const server = skip === undefined ? start() : undefined
  after(async () => (await server)?.stop())
  const check = (what: string, without: readonly string[], work: (world: World) => Promise<void>): void => {
    test(`${name}: ${what}`, { skip }, async () => {
      const running = await server
      if (!running) return
      const world = await makeWorld(running, without)
      try {
        await work(world)
      } finally {
        await world.endpoint.close()
      }
    })
  }
  check('of many pictures in a mail no more than the ends are read', [], readAlbum)
  for (const [called, without] of ways) {
    check(`a big message is read when a part of it is wanted, ${called}`, without, readInParts)
    check(
      `a big message that moves before anybody has read it stays the same, ${called}`,
      without,
      moveUnread,
    )
  }

  test(`${name}: what is wrong about the parts of a message costs bytes, and nothing else`, {
    skip,
  }, async () => {
    const running = await server
    if (!running) return
    const { parts } = await splitMessage(memorySource(bigMail('ship')), { createHash: sha256 })
    const size = String(parts.at(-1)?.encodedSize)
    const lie = `${size.slice(0, -1)}${size.endsWith('1') ? '3' : '1'}`
    for (const fault of ['a lie', 'a refusal'] as const) {
      const proxy = await faultProxy(running.port)
      if (fault === 'a lie') proxy.alter(` ${size}`, ` ${lie}`)
      else proxy.refuse('BODYSTRUCTURE', 'no idea')
      const world = await makeWorld(running, [], proxy.port)
      try {
        const mail = bigMail('ship')
        await world.endpoint.mail.deliver(['INBOX'], mail)
        const cost = await world.cost(() => world.run())
        assert.ok(cost > mail.length, `${cost} bytes after ${fault}`)
        await want(world.client, [2, 3])
        await agree(world)
      } finally {
        await world.endpoint.close()
        await proxy.close()
      }
    }
  })

  test(`${name}: a server that hangs up in the middle of a part is asked for the rest`, {
    skip,
  }, async () => {
    const running = await server
    if (!running) return
    const proxy = await faultProxy(running.port)
    const world = await makeWorld(running, [], proxy.port)
    try {
      await world.endpoint.mail.deliver(['INBOX'], bigMail('ship'))
      await world.run()
      for (const cut of [700_000, 1_800_000, 2_500_000]) {
        await want(world.client, [2, 3])
        proxy.cutAfter(cut)
        await world.run()
      }
      await agree(world)
    } finally {
      await world.endpoint.close()
      await proxy.close()
    }
  })
}
