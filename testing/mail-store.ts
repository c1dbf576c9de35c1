import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRange } from '../src/bytes/source.js'
import { hasCode } from '../src/errors/packetboat-error.js'
import { type MailboxPath, pathText } from '../src/replica/model.js'
import type { MailStore, StoreListing } from '../src/sync/mail-store.js'

/** What every mail store does, whatever lies beneath: each engine runs this suite over stores that hold nothing but INBOX. */

export interface StoreUnderTest {
  readonly store: MailStore
  close(): Promise<void>
}

const guid = (n: number): string => n.toString(16).padStart(32, '0')

export const mailText = (subject: string, body = `body of ${subject}`): Uint8Array =>
  new TextEncoder().encode(
    `From: a@example.org\r\nMessage-ID: <${subject}@example.org>\r\nSubject: ${subject}\r\n\r\n${body}\r\n`,
  )

async function* inPieces(bytes: Uint8Array, pieceBytes = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

async function bytesAt(store: MailStore, path: MailboxPath, locator: string): Promise<string> {
  const content = await store.open(path, locator)
  const chunks: Uint8Array[] = []
  for await (const chunk of readRange(content, 0, content.size, 7001)) chunks.push(chunk)
  await content.close()
  return Buffer.concat(chunks).toString('latin1')
}

const inbox: MailboxPath = ['INBOX']
const internalDateMs = 1_500_000_000_000

const only = ({ messages }: StoreListing) => {
  assert.equal(messages.length, 1)
  const [message] = messages
  if (!message) throw new Error('no message')
  return message
}

const rejects = (work: Promise<unknown>, ...codes: readonly Parameters<typeof hasCode>[1][]): Promise<void> =>
  assert.rejects(work, (error) => codes.some((code) => hasCode(error, code)))

interface ConformanceOptions {
  /** Why this engine can't run here. */
  readonly skip?: string | undefined
  /** False for a server that calls a mailbox a new one when it is renamed. */
  readonly keepsIdentity?: boolean
  /** True for a server on which there is a mailbox above every other. */
  readonly needsParents?: boolean
}

export function mailStoreConformance(
  name: string,
  open: () => Promise<StoreUnderTest>,
  { skip, keepsIdentity = true, needsParents = false }: ConformanceOptions = {},
): void {
  const check = (what: string, work: (store: MailStore) => Promise<void>): void => {
    test(`${name}: ${what}`, skip === undefined ? {} : { skip }, async () => {
      const { store, close } = await open()
      try {
        await work(store)
      } finally {
        await close()
      }
    })
  }
  const tokenOf = async (store: MailStore, path: MailboxPath): Promise<string | undefined> =>
    (await store.mailboxes()).find((mailbox) => pathText(mailbox.path) === pathText(path))?.token
  const put = (store: MailStore, path: MailboxPath, n: number, bytes: Uint8Array, flags: string[] = []) =>
    store.put(path, { guid: guid(n), flags, internalDateMs }, inPieces(bytes))

  check('a message is what was put, with its flags and its date', async (store) => {
    const bytes = mailText('one', 'line\r\n'.repeat(70_000))
    const { locator } = await put(store, inbox, 1, bytes, ['\\Flagged', '\\Seen'])
    await store.flush()
    const listing = await store.messages(inbox)
    const message = only(listing)
    assert.equal(message.locator, locator)
    assert.deepEqual(message.flags, ['\\Flagged', '\\Seen'])
    assert.equal(await bytesAt(store, inbox, locator), Buffer.from(bytes).toString('latin1'))
    const content = await store.open(inbox, locator)
    assert.equal(content.internalDateMs, internalDateMs)
    const tail = await content.read(content.size - 3, 100)
    assert.equal(Buffer.from(tail).toString('latin1'), '\n\r\n')
    await content.close()
  })

  check('an empty store has INBOX, and nothing in it', async (store) => {
    const mailboxes = await store.mailboxes()
    assert.deepEqual(
      mailboxes.map(({ path }) => pathText(path)),
      ['INBOX'],
    )
    assert.deepEqual((await store.messages(inbox)).messages, [])
  })

  check('what has changed since a listing is listed, and nothing that has gone stands', async (store) => {
    const first = await put(store, inbox, 1, mailText('one'))
    const second = await put(store, inbox, 2, mailText('two'))
    const third = await put(store, inbox, 3, mailText('three'))
    const before = await store.messages(inbox)
    await store.setFlags(inbox, second.locator, [], ['\\Seen'])
    await store.remove(inbox, first.locator, [])
    const fourth = await put(store, inbox, 4, mailText('four'))
    const token = await tokenOf(store, inbox)
    assert.notEqual(token, before.token)
    const after = await store.messages(inbox, { since: before.token })
    const there = new Map(after.messages.map(({ locator, flags }) => [locator, flags]))
    assert.deepEqual(there.get(second.locator), ['\\Seen'])
    assert.deepEqual(there.get(fourth.locator), [])
    const stands = (locator: string): boolean => there.has(locator) || (after.stands?.(locator) ?? false)
    assert.equal(stands(first.locator), false)
    assert.equal(stands(third.locator), true)
    assert.deepEqual(await store.confirmGone(inbox, [first.locator, third.locator]), [first.locator])
  })

  check('flags are set by whoever knows them, keywords too', async (store) => {
    const { locator } = await put(store, inbox, 1, mailText('one'), ['\\Seen'])
    await store.setFlags(inbox, locator, ['\\Seen'], ['\\Answered', 'work'])
    const listing = await store.messages(inbox)
    const held = ['\\Answered', 'work'].filter((flag) => listing.holds?.(flag) ?? true)
    assert.deepEqual(only(listing).flags, held)
    await rejects(store.setFlags(inbox, locator, ['\\Seen'], ['\\Deleted']), 'MESSAGE_CHANGED')
    await rejects(store.remove(inbox, locator, ['\\Seen']), 'MESSAGE_CHANGED')
    assert.deepEqual(only(await store.messages(inbox)).flags, held)
    await store.remove(inbox, locator, ['\\Answered', 'work'])
    await rejects(store.setFlags(inbox, locator, ['\\Answered'], []), 'MESSAGE_GONE')
    await rejects(store.remove(inbox, locator, ['\\Answered']), 'MESSAGE_GONE')
    await rejects(store.open(inbox, locator), 'MESSAGE_GONE')
  })

  check('a removed message takes no other with it', async (store) => {
    const first = await put(store, inbox, 1, mailText('one'), ['\\Deleted'])
    const second = await put(store, inbox, 2, mailText('two'), ['\\Deleted'])
    await store.remove(inbox, first.locator, ['\\Deleted'])
    const left = only(await store.messages(inbox))
    assert.equal(left.locator, second.locator)
    assert.deepEqual(left.flags, ['\\Deleted'])
  })

  check('a copy has the same bytes and flags of its own', async (store) => {
    await store.createMailbox(['Archive'])
    const bytes = mailText('one')
    const source = await put(store, inbox, 1, bytes, ['\\Seen'])
    const message = { guid: guid(2), flags: ['\\Flagged'], internalDateMs }
    const copy = await store.copy({ path: inbox, locator: source.locator }, ['Archive'], message)
    const dated = { guid: guid(3), flags: [], internalDateMs: internalDateMs - 1e9 }
    const other = await store.copy({ path: inbox, locator: source.locator }, ['Archive'], dated)
    const listing = await store.messages(['Archive'])
    const flags = new Map(listing.messages.map((each) => [each.locator, each.flags]))
    assert.deepEqual(flags.get(copy.locator), ['\\Flagged'])
    assert.deepEqual(flags.get(other.locator), [])
    assert.equal(await bytesAt(store, ['Archive'], copy.locator), Buffer.from(bytes).toString('latin1'))
    const content = await store.open(['Archive'], other.locator)
    assert.equal(content.internalDateMs, internalDateMs - 1e9)
    await content.close()
    assert.deepEqual(only(await store.messages(inbox)).flags, ['\\Seen'])
  })

  check('a message takes the place of another, unless that has changed', async (store) => {
    const { locator } = await put(store, inbox, 1, mailText('one'), ['\\Seen'])
    const message = { guid: guid(1), flags: ['\\Seen'], internalDateMs }
    const whole = mailText('whole')
    const replaces = { locator, flags: ['\\Seen'] }
    const placed = await store.put(inbox, message, inPieces(whole), replaces)
    assert.equal(only(await store.messages(inbox)).locator, placed.locator)
    await rejects(
      store.put(inbox, message, inPieces(mailText('late')), { locator: placed.locator, flags: [] }),
      'MESSAGE_CHANGED',
    )
    assert.equal(await bytesAt(store, inbox, placed.locator), Buffer.from(whole).toString('latin1'))
  })

  check('mailboxes are made, renamed alone, subscribed and deleted', async (store) => {
    for (const path of [['Work'], ['Work', 'Plans'], ['Grüße, 日本'], ['example.org/x']])
      await store.createMailbox(path)
    const names = async (): Promise<string[]> =>
      (await store.mailboxes()).map(({ path }) => path.join('|')).sort()
    assert.deepEqual(await names(), ['Grüße, 日本', 'INBOX', 'Work', 'Work|Plans', 'example.org/x'].sort())
    await rejects(store.createMailbox(['Work']), 'MAILBOX_EXISTS')
    await rejects(store.renameMailbox(['Work'], ['Grüße, 日本']), 'MAILBOX_EXISTS')
    await put(store, ['Work'], 1, mailText('one'))
    const identity = async (path: MailboxPath): Promise<string | undefined> =>
      (await store.mailboxes()).find((mailbox) => pathText(mailbox.path) === pathText(path))?.identity
    const before = await identity(['Work', 'Plans'])
    await store.renameMailbox(['Work'], ['Done'])
    const above = needsParents ? ['Work'] : []
    const renamed = ['Done', 'Grüße, 日本', 'INBOX', 'Work|Plans', 'example.org/x', ...above]
    assert.deepEqual(await names(), renamed.sort())
    if (keepsIdentity) assert.equal(await identity(['Work', 'Plans']), before)
    assert.equal((await store.messages(['Done'])).messages.length, 1)
    await rejects(store.deleteMailbox(['Done']), 'MAILBOX_NOT_EMPTY')
    await rejects(store.messages(['Nothing']), 'MAILBOX_MISSING')
    await store.setSubscribed(['Done'], true)
    await store.setSubscribed(['Work', 'Plans'], false)
    const subscribed = new Map(
      (await store.mailboxes()).map((mailbox) => [mailbox.path.join('|'), mailbox.subscribed]),
    )
    assert.deepEqual([subscribed.get('Done'), subscribed.get('Work|Plans')], [true, false])
    await store.deleteMailbox(['Work', 'Plans'])
    await store.deleteMailbox(['example.org/x'])
    assert.deepEqual(await names(), ['Done', 'Grüße, 日本', 'INBOX', ...above].sort())
    await rejects(store.deleteMailbox(['Nowhere']), 'MAILBOX_MISSING')
    await rejects(put(store, ['Nowhere'], 2, mailText('two')), 'MAILBOX_MISSING')
  })

  check('bytes are held under a name of their own, where the store can hold any', async (store) => {
    const { held: port } = store
    if (!port) return
    const { locator } = await put(store, inbox, 1, mailText('one'))
    await port.hold(inbox, locator, guid(1))
    await store.remove(inbox, locator, [])
    const held = await port.open(guid(1))
    assert.equal(held?.size, mailText('one').length)
    await held?.close()
    await port.release(guid(1))
    await port.release(guid(1))
    assert.equal(await port.open(guid(1)), undefined)
  })

  check(
    'a note of what was evicted outlives the process and the mail, where the store has one',
    async (store) => {
      const { evictions: port } = store
      if (!port) return
      assert.equal(await port.readNote(), undefined)
      await port.writeNote('first\n')
      await port.writeNote('second\nand more\n')
      assert.equal(await port.readNote(), 'second\nand more\n')
      assert.equal(await port.readNote(6), 'second')
      const { locator } = await put(store, inbox, 1, mailText('one'))
      await store.remove(inbox, locator, [])
      await store.flush()
      assert.equal(await port.readNote(), 'second\nand more\n')
      assert.deepEqual(
        (await store.mailboxes()).map(({ path }) => pathText(path)),
        ['INBOX'],
      )
    },
  )

  check('of a message that may be evicted the store tells who wrote it', async (store) => {
    const { evictions: port } = store
    if (!port) return
    const { locator } = await put(store, inbox, 1, mailText('one'))
    const { guid: written, readMs } = await port.lookAt(inbox, locator)
    assert.equal(written, guid(1))
    assert.ok(readMs <= Date.now())
    await store.remove(inbox, locator, [])
    await rejects(port.lookAt(inbox, locator), 'MESSAGE_GONE')
  })

  check('who gives UIDs is said by the port that is there and by the listing alike', async (store) => {
    const { locator } = await put(store, inbox, 1, mailText('one'))
    const { numbering } = await store.messages(inbox)
    if (numbering) assert.equal(numbering.fixed ?? false, store.numbering === undefined)
    if (numbering || !store.numbering) return
    const wanted = [{ locator, guid: guid(1), uid: 5 }]
    assert.deepEqual([...(await store.numbering.renumber(inbox, wanted))], [])
    await store.numbering.replace(
      inbox,
      { guid: guid(9), uidValidity: 7, uidNext: 9 },
      new Map([[locator, 5]]),
    )
    await store.numbering.raiseUidNext(inbox, 100)
    const after = await store.messages(inbox)
    assert.equal(after.numbering, undefined, 'a mailbox that nobody numbers gets no numbering')
    assert.equal(only(after).uid, undefined)
  })

  check('UIDs are given in order, as they are wished for where they can be', async (store) => {
    const { numbering: port } = store
    const before = (await store.messages(inbox)).numbering
    if (!port || !before) return
    const uidsOf = async () =>
      new Map((await store.messages(inbox)).messages.map(({ locator, uid }) => [locator, uid]))
    await port.raiseUidNext(inbox, 10)
    await port.raiseUidNext(inbox, 4)
    assert.equal((await store.messages(inbox)).numbering?.uidNext, 10)
    const message = { guid: guid(1), flags: [], internalDateMs, uid: 12 }
    const first = await store.put(inbox, message, inPieces(mailText('one')))
    const second = await store.put(inbox, { ...message, guid: guid(2) }, inPieces(mailText('two')))
    assert.deepEqual([first.uid, second.uid], [12, 13])

    const placed = await port.renumber(inbox, [
      { locator: second.locator, guid: guid(2), uid: 20 },
      { locator: 'nowhere', guid: guid(3), uid: 21 },
      { locator: first.locator, guid: guid(1), uid: 15 },
    ])
    assert.deepEqual([...placed.keys()], [second.locator, first.locator])
    const [two, one] = [...placed.values()]
    assert.deepEqual([two?.uid, one?.uid], [20, 21])
    assert.notEqual(one?.locator, first.locator)
    assert.deepEqual([...(await uidsOf()).values()].sort(), [20, 21])
    assert.equal(await bytesAt(store, inbox, one?.locator ?? ''), new TextDecoder().decode(mailText('one')))

    const uids = new Map([[one?.locator ?? '', 3]])
    await port.replace(inbox, { guid: guid(9), uidValidity: before.uidValidity + 1, uidNext: 50 }, uids)
    const { numbering } = await store.messages(inbox)
    assert.equal(numbering?.uidValidity, before.uidValidity + 1)
    assert.ok((numbering?.uidNext ?? 0) >= 50)
    assert.equal((await uidsOf()).get(one?.locator ?? ''), 3)

    // Under the same UIDVALIDITY a UID that was given stays given.
    await port.raiseUidNext(inbox, 90)
    await port.replace(inbox, { guid: guid(9), uidValidity: before.uidValidity + 1, uidNext: 50 }, uids)
    const again = (await store.messages(inbox)).numbering
    assert.ok((again?.uidNext ?? 0) >= 90)
  })

  check('a message that is set aside is no longer in its mailbox', async (store) => {
    const { locator } = await put(store, inbox, 1, mailText('one'), ['\\Seen'])
    await rejects(store.setAside(inbox, locator, []), 'MESSAGE_CHANGED')
    await store.setAside(inbox, locator, ['\\Seen'])
    assert.deepEqual((await store.messages(inbox)).messages, [])
  })
}
