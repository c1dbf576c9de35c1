import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getContent, putContent } from '../../../src/replica/content/contents.js'
import { placeFile, removeFile } from '../../../src/replica/files.js'
import { createMailbox } from '../../../src/replica/mailboxes.js'
import { addMessage, expungeMessage, getMessage } from '../../../src/replica/messages.js'
import { wholeFile } from '../../../src/replica/records.js'
import { tables } from '../../../src/replica/tables.js'
import { noteFileGone } from '../../../src/sync/content/content-access.js'
import { expectByPolicy } from '../../../src/sync/content/satisfied.js'
import { receiveChanges, receiveLinks } from '../../../src/sync/initiator/receive-listed.js'
import { open } from '../../replica/records/open.js'
import { id } from '../../replica/world.js'
import { everything } from '../../world/star.js'

test('a message whose last file went before it is heard where it stands now is expected by whatever policy comes next', async () => {
  const { change, replica } = await open()
  const about = { flags: [], internalDateMs: 0 }
  await change(async (one) => {
    for (const name of ['Drafts', 'INBOX']) await createMailbox(one, { guid: id(name), path: [name] })
    putContent(one.tx, { id: id('a'), sizeBytes: 10, held: [], progress: 0, whole: true, upstreamHas: true })
    await addMessage(one, { guid: id('a'), mailbox: id('Drafts'), content: id('a'), upstream: 1, ...about })
    const file = { message: id('a'), mailbox: id('Drafts'), locator: 'a', flags: [], shown: wholeFile }
    await placeFile(one.tx, file)
  })
  await change(async (one) => {
    const message = await getMessage(one.tx, id('a'))
    assert(message)
    await expungeMessage(one, message, { base: [] })
    await removeFile(one.tx, id('a'))
    await noteFileGone(one.tx, id('a'))
  })
  assert.equal((await getContent(replica.db, id('a')))?.whole, false)
  const entry = { guid: id('b'), number: 1, uid: 1, source: id('a'), ...about }
  await change((one) => receiveLinks(one, id('INBOX'), { mailbox: 0, entries: [entry] }, everything))
  // All that the policy of this run lets through has come; the next one lets through more.
  await change(async ({ tx }) => tables.expected.delete(tx, id('a')))
  await change(({ tx }) => expectByPolicy(tx, everything))
  assert.equal(await tables.expected.has(replica.db, id('a')), true)
})

test('a message that the upstream brings back when its last file has gone is expected whole again', async () => {
  const { change, replica } = await open()
  const about = { flags: [], internalDateMs: 0 }
  await change(async (one) => {
    await createMailbox(one, { guid: id('Sent'), path: ['Sent'] })
    putContent(one.tx, { id: id('a'), sizeBytes: 10, held: [], progress: 0, whole: true, upstreamHas: true })
    await addMessage(one, { guid: id('a'), mailbox: id('Sent'), content: id('a'), upstream: 1, ...about })
    const file = { message: id('a'), mailbox: id('Sent'), locator: 'a', flags: [], shown: wholeFile }
    await placeFile(one.tx, file)
  })
  const nothing = { mailbox: 0, numbered: [], uids: [], flags: [], expunged: [] }
  await change((one) => receiveChanges(one, id('Sent'), { ...nothing, expunged: [{ from: 1, to: 2 }] }))
  await change(async ({ tx }) => {
    await removeFile(tx, id('a'))
    await noteFileGone(tx, id('a'))
  })
  assert.equal(await tables.expected.has(replica.db, id('a')), false)
  const numbered = [{ guid: id('a'), number: 1, uid: 1, flags: [] }]
  await change((one) => receiveChanges(one, id('Sent'), { ...nothing, numbered }))
  assert.equal((await getMessage(replica.db, id('a')))?.expunged, false)
  assert.equal(await tables.expected.has(replica.db, id('a')), true)
  await change(async ({ tx }) => tables.expected.delete(tx, id('a')))
  await change(({ tx }) => expectByPolicy(tx, everything))
  assert.equal(await tables.expected.has(replica.db, id('a')), true)
})
