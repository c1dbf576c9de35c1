import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { equalBytes } from '../../../src/bytes/concat.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { mailText } from '../../../testing/mail-store.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'
import { type FaultProxy, faultProxy } from '../servers/fault-proxy.js'
import { linesOf } from '../servers/imap-lines.js'
import { type ImapSide, imapSide } from '../servers/imap-world.js'
import type { MailServer } from '../servers/mail-server.js'
import { mailServers } from '../servers/mail-servers.js'

/** What a device moves is moved on the server, where that can: as itself, in one breath. */

const everything: Policy = { ...defaultPolicy, textBytes: 1e9, smallBytes: 1e9, attachmentBytes: 1e9 }

interface World {
  readonly endpoint: ImapSide
  readonly client: Side
  readonly proxy: FaultProxy
  run(): Promise<unknown>
  /** What of this was asked of the server since it was asked last. */
  asked(): string[]
}

async function withWorld(
  server: MailServer,
  without: readonly string[],
  work: (world: World) => Promise<void>,
): Promise<void> {
  const proxy = await faultProxy(server.port)
  let skew = 0
  // An hour passes with each run: what kept away from the server tries again.
  const now = (): number => Date.now() + skew
  const endpoint = await imapSide(server, {
    without: ['COMPRESS=DEFLATE', ...without],
    port: proxy.port,
    now,
  })
  try {
    const client = await makeSide('client', { hasUpstream: true, random: seededRandom(8) })
    const link = memoryLink(() => endpoint.account)
    const run = async (): Promise<unknown> => {
      skew += 3_600_000
      return sync(client.account, { link, policy: everything })
    }
    const asked = (): string[] =>
      proxy.commands.splice(0).flatMap((line) => /^(?:UID )?(?:MOVE|COPY|EXPUNGE|APPEND)\b/.exec(line) ?? [])
    await endpoint.mail.createMailbox(['Box'])
    for (const name of ['one', 'two']) await endpoint.mail.deliver(['INBOX'], mailText(name), ['\\Seen'])
    await run()
    asked()
    await work({ endpoint, client, proxy, run, asked })
  } finally {
    await endpoint.close()
    await proxy.close()
  }
}

/** The device moves one message; gives its bytes. Which one came first is open: of two that arrive within one second, or not. */
function moveFirst({ client }: World): Uint8Array {
  const [message] = client.mail.snapshot().get('INBOX') ?? []
  assert.ok(message)
  client.mail.person.move(['INBOX'], message.locator, ['Box'])
  return message.bytes
}

async function agree({ endpoint, client, run }: World, count = 1): Promise<void> {
  await run()
  await run()
  assert.deepEqual(linesOf(client.mail.snapshot()), linesOf(await endpoint.mail.snapshot()))
  assert.equal((await endpoint.mail.snapshot()).get('Box')?.length, count)
}

for (const { name, skip, start } of mailServers) {
  const server = skip === undefined ? start() : undefined
  after(async () => (await server)?.stop())
  const offers = name !== 'Courier'
  const check = (what: string, without: readonly string[], work: (world: World) => Promise<void>): void => {
    test(`${name}: ${what}`, { skip }, async () => {
      const running = await server
      if (running) await withWorld(running, without, work)
    })
  }

  check('a message that a device moves is moved, where the server can', [], async (world) => {
    const { client, run, asked } = world
    moveFirst(world)
    const [other] = client.mail.snapshot().get('INBOX') ?? []
    client.mail.person.setFlags(['INBOX'], other?.locator ?? '', ['\\Flagged', '\\Seen'])
    await run()
    assert.deepEqual(asked(), offers ? ['UID MOVE'] : ['UID COPY', 'UID EXPUNGE'])
    moveFirst(world)
    await agree(world, 2)
  })

  for (const without of ['MOVE', 'UIDPLUS'])
    check(`without ${without} it is copied and removed`, [without], async (world) => {
      moveFirst(world)
      await world.run()
      const ways = without === 'MOVE' ? ['UID COPY', 'UID EXPUNGE'] : ['APPEND', 'EXPUNGE']
      assert.deepEqual(world.asked(), ways)
      await agree(world)
    })

  check('a move whose answer is lost is done once', [], async (world) => {
    moveFirst(world)
    world.proxy.loseAnswerTo(offers ? 'UID MOVE' : 'UID COPY')
    await world.run()
    await agree(world)
  })

  check('a move that the server refuses for a reason waits, and nothing is copied', [], async (world) => {
    if (!offers) return
    const { proxy, run, endpoint } = world
    moveFirst(world)
    proxy.refuse('UID MOVE', '[UNAVAILABLE] not today')
    await run()
    assert.equal((await endpoint.mail.snapshot()).get('INBOX')?.length, 2)
    proxy.refuse('', '')
    await agree(world)
  })

  check('flags that somebody sets there meanwhile go with the message', [], async (world) => {
    const { endpoint, client, run } = world
    const moved = moveFirst(world)
    const there = (await endpoint.mail.snapshot()).get('INBOX')?.find(({ bytes }) => equalBytes(bytes, moved))
    await endpoint.mail.setFlags(['INBOX'], there?.locator ?? '', ['\\Answered', '\\Seen'])
    await run()
    await agree(world)
    assert.deepEqual(client.mail.snapshot().get('Box')?.[0]?.flags, ['\\Answered', '\\Seen'])
  })

  check('one that is moved and copied at once is in both places', [], async (world) => {
    const { endpoint, client, run } = world
    await endpoint.mail.createMailbox(['Other'])
    await run()
    const [message] = client.mail.snapshot().get('INBOX') ?? []
    client.mail.person.copy(['INBOX'], message?.locator ?? '', ['Other'])
    moveFirst(world)
    await agree(world)
    assert.equal((await endpoint.mail.snapshot()).get('Other')?.length, 1)
  })
}
