import assert from 'node:assert/strict'
import type { Change, Origin } from '../../../src/replica/change.js'
import { putContent } from '../../../src/replica/content/contents.js'
import { createMailbox, getMailbox } from '../../../src/replica/mailboxes.js'
import { addMessage, getMessage } from '../../../src/replica/messages.js'
import type { ContentRecord, MessageRecord } from '../../../src/replica/records.js'
import { tables } from '../../../src/replica/tables.js'
import { digestOf, id } from '../world.js'
import { open, rowsOf } from './open.js'

export const content: ContentRecord = {
  id: id('content'),
  sizeBytes: 10,
  digest: digestOf('content'),
  held: [],
  whole: true,
  progress: 0,
  upstreamHas: false,
}

export const device: Origin = { kind: 'device', device: 'device' }
export const local: Origin = { kind: 'local' }

/** INBOX and Work, and messages by name in INBOX. */
export async function worldOf(
  names: readonly string[],
  { hasUpstream = false, origin = undefined as Origin | undefined } = {},
) {
  const { replica, change } = await open({ hasUpstream })
  const { db } = replica
  await change(async (act) => {
    putContent(act.tx, content)
    for (const name of ['INBOX', 'Work']) await createMailbox(act, { guid: id(name), path: [name] })
  })
  const add = (act: Change, name: string, more: Partial<Parameters<typeof addMessage>[1]> = {}) =>
    addMessage(act, {
      guid: id(name),
      mailbox: id('INBOX'),
      content: content.id,
      flags: [],
      internalDateMs: 0,
      ...more,
    })
  for (const name of names) await change((act) => add(act, name), origin)
  const of = async (name: string): Promise<MessageRecord> => {
    const message = await getMessage(db, id(name))
    assert.ok(message, name)
    return message
  }
  const box = async (name = 'INBOX') => {
    const mailbox = await getMailbox(db, id(name))
    assert.ok(mailbox)
    return mailbox
  }
  const does = (
    name: string,
    act: (change: Change, message: MessageRecord) => Promise<unknown>,
    by?: Origin,
  ) => change(async (one) => void (await act(one, await of(name))), by)
  const counts = async (name = 'INBOX') => {
    const { messages, unseen, uidNext, uidShown, numberNext } = await box(name)
    return { messages, unseen, uidNext, uidShown, numberNext }
  }
  const journal = async () => (await rowsOf(tables.journal.list(db))).map(({ value }) => value)
  const nameOf = (guid: string) => Buffer.from(guid, 'hex').toString('latin1').replace(/\.+$/, '')
  /** Rows of what names a message by where it stands. */
  const rows = async () => ({
    log: (await rowsOf(tables.log.list(db))).map(({ value }) => nameOf(value)),
    number: (await rowsOf(tables.number.list(db))).map(({ key, value }) => `${key[1]} ${nameOf(value)}`),
    tombstone: (await rowsOf(tables.tombstone.list(db))).map(({ key }) => nameOf(key[1])),
    reference: [
      ...(await rowsOf(tables.reference.list(db))),
      ...(await rowsOf(tables.pastReference.list(db))),
    ].map(({ key }) => nameOf(key[1])),
    todo: (await rowsOf(tables.todo.list(db))).map(({ key }) => nameOf(key[1])),
  })
  return { db, change, add, of, box, does, counts, journal, rows }
}
