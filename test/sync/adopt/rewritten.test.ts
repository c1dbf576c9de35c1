import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listProblems } from '../../../src/replica/problems.js'
import { tables } from '../../../src/replica/tables.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { letter } from '../../world/letter.js'
import type { Side } from '../../world/side.js'
import { everything, makePair, makeStar } from '../../world/star.js'

/** Programs, and disks that fail, change what is in a file that is known under its name: it is another message then, and nobody waits for the first one. */

const inbox = ['INBOX']
const archive = ['Archive']
const tight = { ...defaultPolicy, smallBytes: 100, attachmentBytes: 500 }
const utf8 = new TextEncoder()
const latin = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)

const mail = (subject: string): Uint8Array =>
  letter(subject, { text: `See ${subject}.`, attachments: [{ seed: 5, bytes: 3000, name: 'chart.png' }] })

/** What programs and disks make of a file. */
const changes: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  'has another header field': (bytes) => utf8.encode(`X-Checked: yes\n${latin(bytes)}`),
  'has lost its end': (bytes) => bytes.subarray(0, bytes.length - 40),
  'has other bytes, as many as before': (bytes) => bytes.with(-60, 65).with(-61, 65).with(-62, 65),
  'has other words, as many as before': (bytes) => utf8.encode(latin(bytes).replace('See ', 'Saw ')),
}

/** Changes what is in a file, and keeps its name. */
function rewrite(
  { mail: store }: Side,
  mailbox: readonly string[],
  subject: string,
  change: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const found = store.snapshot().get(mailbox.join('/')) ?? []
  const message = found.find(({ bytes }) => latin(bytes).includes(`Subject: ${subject}\n`))
  assert.ok(message)
  const { locator, ...stored } = message
  const bytes = change(stored.bytes)
  assert.notDeepEqual(bytes, stored.bytes)
  store.person.putBack(mailbox, locator, { ...stored, bytes })
  return bytes
}

const shown = ({ mail: store }: Side): string[] =>
  [...store.snapshot()].flatMap(([name, all]) => all.map(({ bytes }) => `${name} ${latin(bytes)}`)).sort()

async function wantAll({ account: { replica } }: Side): Promise<void> {
  await replica.db.transact(async (tx) => {
    for await (const { key } of tables.partial.list(tx)) tables.wanted.put(tx, key[0], 1, true)
  })
}

for (const [what, change] of Object.entries(changes)) {
  test(`a file of which a device has a part ${what}: what it is now comes, once, and all else`, async () => {
    const { endpoint, client, run, cost } = await makePair({ seed: 4, policy: tight })
    for (const subject of ['one', 'two', 'three']) endpoint.mail.person.deliver(inbox, mail(subject))
    await run()
    rewrite(endpoint, inbox, 'two', change)
    await wantAll(client)
    for (let round = 0; round < 2; round++) await run()
    await wantAll(client)
    for (let round = 0; round < 2; round++) await run()
    assert.deepEqual(shown(client), shown(endpoint))
    assert.equal(shown(client).length, 3)
    for (const side of [client, endpoint]) assert.deepEqual(await listProblems(side.account.replica.db), [])
    const { down } = await cost(() => run())
    assert.ok(down < 300, `${down} B came although nothing is new`)
  })

  test(`a file that waits to go up ${what}: what it is now goes up, once, and all else`, async () => {
    const { endpoint, client, link, run } = await makePair({ seed: 4, policy: everything })
    await run()
    for (const subject of ['one', 'two', 'three']) client.mail.person.deliver(inbox, mail(subject))
    link.cutAfter({ up: 2500 })
    await run().catch(() => undefined)
    rewrite(client, inbox, 'two', change)
    for (let round = 0; round < 4; round++) await run()
    assert.deepEqual(shown(endpoint), shown(client))
    assert.equal(shown(client).length, 3)
    for (const side of [client, endpoint]) assert.deepEqual(await listProblems(side.account.replica.db), [])
  })

  test(`a file that another device has whole ${what}: it follows when somebody asks for it, and keeps aside what it had`, async () => {
    const { endpoint, devices, run } = await makeStar(['near', 'far'], { seed: 4 })
    const { near, far } = devices
    endpoint.mail.person.deliver(inbox, mail('two'))
    await run(far, { policy: everything })
    await run(near, { policy: tight })
    rewrite(endpoint, inbox, 'two', change)
    await wantAll(near)
    for (let round = 0; round < 3; round++) await run(near, { policy: everything })
    for (let round = 0; round < 3; round++) await run(far, { policy: everything })
    for (const side of [near, far]) assert.deepEqual(shown(side), shown(endpoint))
    assert.deepEqual(far.mail.aside.map(latin), [latin(mail('two'))])
  })

  test(`one of two copies ${what}: the other serves who asks for it`, async () => {
    const { endpoint, client, run } = await makePair({ seed: 4, policy: tight })
    const locator = endpoint.mail.person.deliver(inbox, mail('two'))
    endpoint.mail.person.createMailbox(archive)
    endpoint.mail.person.copy(inbox, locator, archive)
    await run()
    rewrite(endpoint, inbox, 'two', change)
    await wantAll(client)
    for (let round = 0; round < 4; round++) {
      await run()
      await wantAll(client)
    }
    assert.deepEqual(shown(client), shown(endpoint))
    assert.ok(shown(client).includes(`Archive ${latin(mail('two'))}`))
  })
}

for (const what of ['has another header field', 'has lost its end']) {
  test(`a file of a message that others have moved ${what}: the message comes where it is now, and what the file has become stays`, async () => {
    const change = changes[what] ?? (() => assert.fail())
    const { endpoint, client, run } = await makePair({ seed: 4, policy: everything })
    endpoint.mail.person.createMailbox(archive)
    const locator = endpoint.mail.person.deliver(inbox, mail('two'))
    await run()
    endpoint.mail.person.move(inbox, locator, archive)
    const bytes = rewrite(client, inbox, 'two', change)
    for (let round = 0; round < 4; round++) await run()
    assert.deepEqual(shown(client), [`Archive ${latin(mail('two'))}`, `INBOX ${latin(bytes)}`])
    assert.deepEqual(shown(endpoint), shown(client))
    for (const side of [client, endpoint]) assert.deepEqual(await listProblems(side.account.replica.db), [])
  })
}

const sides = ['endpoint', 'client'] as const
for (const which of sides)
  for (const [what, change] of Object.entries(changes))
    test(`a new file at the ${which} ${what} while it is read, at any moment: the other side has one of both, whole, and all else`, async () => {
      const kinds = new Set<string>()
      for (let at = 1; at <= 8; at++) {
        const pair = await makePair({ seed: 4, policy: everything })
        const { run } = pair
        const ill = pair[which]
        const other = pair[which === 'client' ? 'endpoint' : 'client']
        for (const subject of ['one', 'two', 'three']) ill.mail.person.deliver(inbox, mail(subject))
        let bytes: Uint8Array | undefined
        let reads = 0
        ill.ailments.beforeRead = (_, locator) => {
          const read = ill.mail
            .snapshot()
            .get('INBOX')
            ?.find((each) => each.locator === locator)
          if (!read || !latin(read.bytes).includes('Subject: two') || ++reads !== at) return
          bytes = rewrite(ill, inbox, 'two', change)
        }
        for (let round = 0; round < 4; round++) await run()
        const versions = [mail('two'), ...(bytes ? [bytes] : [])].map((each) => `INBOX ${latin(each)}`)
        const [one, three] = ['one', 'three'].map((subject) => `INBOX ${latin(mail(subject))}`)
        const of = shown(other).filter((each) => each !== one && each !== three)
        assert.equal(shown(other).length, 3, `read ${at}: ${shown(other).length} messages`)
        assert.ok(of.length === 1 && versions.includes(of[0] ?? ''), `read ${at}: it has ${of.join()}`)
        kinds.add(`${bytes !== undefined} ${versions.indexOf(of[0] ?? '')}`)
        for (const side of [ill, other]) assert.deepEqual(await listProblems(side.account.replica.db), [])
      }
      assert.ok(kinds.has('true 1'), [...kinds].join())
    })
