import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getContent } from '../../../src/replica/content/contents.js'
import type { ContentRecord } from '../../../src/replica/records.js'
import { tables } from '../../../src/replica/tables.js'
import { sayWishes } from '../../../src/replica/wishes.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { SyncOptions } from '../../../src/sync/initiator/sync-options.js'
import type { GistKind } from '../../../src/sync/make-gist.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { base64Lines } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

/** Nothing big comes by itself, and no gists. */
const quiet: Policy = { ...defaultPolicy, textBytes: 2000, attachmentBytes: 2000 }

const file = (type: string, name: string): string =>
  `--b\nContent-Type: ${type}; name="${name}"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="${name}"\n\n${base64Lines(3, 9000)}\n`

const mail = new TextEncoder().encode(
  `From: Ann <ann@example.org>\nSubject: files\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>The dues.</p><!-- ${base64Lines(2, 9000)} -->\n${file('application/pdf', 'dues.pdf')}${file('video/mp4', 'film.mp4')}${file('text/plain', 'log.txt')}--b--\n`,
)
const [page, pdf, film, log] = [0, 1, 2, 3] as const

function giveGists(side: Side): GistKind[] {
  const made: GistKind[] = []
  side.account = {
    ...side.account,
    makeGist: async (kind) => {
      made.push(kind)
      return kind === 'page' ? 'The dues.' : 'Dues, 12 pages'
    },
  }
  return made
}

async function onlyContent({ account }: Side): Promise<ContentRecord> {
  for await (const { key } of tables.content.list(account.replica.db)) {
    const content = await getContent(account.replica.db, key[0])
    if (content) return content
  }
  throw new Error('nothing is known')
}

const ask = async (side: Side, ...parts: readonly number[]): Promise<void> =>
  sayWishes(side.account.replica.db, [{ content: (await onlyContent(side)).id, parts, word: 'gist' }])

/** What is on the list of gists to be asked for. */
const asking = async ({ account }: Side): Promise<number> => tables.wantedGist.count(account.replica.db)

async function makeWorld() {
  const { endpoint, client, link } = await makePair({ seed: 7 })
  const made = giveGists(endpoint)
  endpoint.mail.person.deliver(['INBOX'], mail)
  const run = (more: Partial<SyncOptions> = {}) => sync(client.account, { link, policy: quiet, ...more })
  await run()
  return { endpoint, client, link, made, run }
}

test('what somebody asks of a part comes whatever the rules say, stands in its place, and is asked for once', async () => {
  const { client, link, made, run } = await makeWorld()
  assert.deepEqual(made, [])
  await ask(client, pdf, page)
  await run()
  const { gist, fileGists, held } = await onlyContent(client)
  assert.deepEqual(
    [gist, fileGists],
    [{ part: page, text: 'The dues.' }, { [pdf]: { text: 'Dues, 12 pages' } }],
  )
  assert.ok(!held.includes(pdf) && !held.includes(page))
  const [shown] = client.mail.snapshot().get('INBOX') ?? []
  assert.match(new TextDecoder().decode(shown?.bytes), /Dues, 12 pages/)
  assert.deepEqual([made.toSorted(), await asking(client)], [['page', 'pdf'], 0])
  const before = link.stats.up
  await run()
  assert.ok(link.stats.up - before < 120)
})

test('what has no gist, or cannot have one there, is not asked for again', async () => {
  const { client, endpoint, made, run } = await makeWorld()
  await ask(client, film, log, 900)
  await run()
  assert.deepEqual([made, await asking(client)], [[], 0])
  const { makeGist: _, ...without } = endpoint.account
  endpoint.account = without
  await ask(client, pdf)
  await run()
  const { fileGists } = await onlyContent(client)
  assert.deepEqual([fileGists, await asking(client)], [undefined, 0])
})

test('it stays asked for where the line breaks, and while a run leaves out what is wanted', async () => {
  const { client, link, run } = await makeWorld()
  await ask(client, pdf)
  link.cutAfter({ down: 20 })
  await assert.rejects(run())
  assert.equal(await asking(client), 1)
  await run({ withoutWanted: true })
  assert.equal(await asking(client), 1)
  await run()
  assert.deepEqual((await onlyContent(client)).fileGists, { [pdf]: { text: 'Dues, 12 pages' } })
})

test('a relay that has not got the message asks in its turn', async () => {
  const { endpoint, link: up } = await makeWorld()
  const random = seededRandom(12)
  const relay = await makeSide('relay', { hasUpstream: true, random })
  const device = await makeSide('device', { hasUpstream: true, random })
  const down = memoryLink(() => relay.account)
  const ferry = async () => {
    await sync(relay.account, { link: up, policy: quiet })
    await sync(device.account, { link: down, policy: quiet })
  }
  await ferry()
  await ask(device, pdf)
  await ferry()
  assert.deepEqual([(await onlyContent(device)).fileGists, await asking(relay)], [undefined, 1])
  await ask(device, pdf)
  await ferry()
  assert.deepEqual((await onlyContent(device)).fileGists, { [pdf]: { text: 'Dues, 12 pages' } })
  assert.equal((await onlyContent(endpoint)).whole, true)
})

test('five hundred are asked for in an exchange, and the rest in the next run', async () => {
  const { client, run } = await makeWorld()
  const { db } = client.account.replica
  const { id } = await onlyContent(client)
  await db.transact(async (tx) => {
    for (const part of [page, ...Array.from({ length: 1099 }, (_, i) => 10 + i)])
      tables.wantedGist.put(tx, id, part, { asked: false })
  })
  for (const left of [600, 100, 0]) {
    await run()
    assert.equal(await asking(client), left)
  }
  assert.equal((await onlyContent(client)).gist?.text, 'The dues.')
})
