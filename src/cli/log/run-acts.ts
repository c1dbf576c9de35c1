import { cleanText } from '../../mime/headers/clean-text.js'
import { getContent } from '../../replica/content/contents.js'
import { currentName } from '../../replica/ids/current-name.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { getMessage, isLive } from '../../replica/messages.js'
import { type Guid, pathText } from '../../replica/model.js'
import type { MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { inPages } from '../../store/table.js'
import { envelopeOf } from '../../told/listed-content.js'
import { shortName } from '../../told/waiting-parts.js'
import { personName } from '../looking/message-row.js'
import type { RunAct } from './run-entry.js'

/** What is done here to messages and the endpoint doesn't know yet: they appeared, or went. */
export type GoingUp = Map<Guid, 'new' | 'gone'>

/** Adds what waits to go up now. */
export async function noteGoingUp(reader: Reader, going: GoingUp): Promise<void> {
  for await (const { value } of tables.journal.list(reader)) {
    if (value.op === 'append' || value.op === 'copy') going.set(value.message, 'new')
    if (value.op === 'expunge') going.set(value.message, 'gone')
  }
  for await (const { key } of tables.upload.list(reader)) if (!going.has(key[0])) going.set(key[0], 'new')
}

/** Messages that are looked at; of acts beyond that nothing but their number is kept. */
const most = { looked: 5000, acts: 300 }

/** What a person knows a message by, bytes. */
const subjectBytes = 200
const senderBytes = 80

/** What has left this disk. */
export interface Left {
  readonly acts: readonly RunAct[]
  readonly more: number
}

/** What is said of messages that may leave this disk in a moment, while it can still be said. */
export async function describeLeaving(
  reader: Reader,
  guids: readonly Guid[],
): Promise<ReadonlyMap<Guid, RunAct>> {
  const acts = new Map<Guid, RunAct>()
  for (const guid of guids.slice(0, most.acts)) {
    const message = await getMessage(reader, guid)
    if (message) acts.set(guid, await described(reader, { act: 'left', by: 'here', message }))
  }
  return acts
}

/** What has left by now: `count` messages more than `before`. */
export async function addLeft(
  reader: Reader,
  before: Left,
  leaving: ReadonlyMap<Guid, RunAct>,
  count: number,
): Promise<Left> {
  const acts = [...before.acts]
  let more = before.more + count
  for (const [guid, act] of leaving) {
    if (acts.length >= most.acts || (await getMessage(reader, guid))) continue
    acts.push(act)
    more--
  }
  return { acts, more: Math.max(0, more) }
}

interface Side {
  readonly by: RunAct['by']
  readonly came: MessageRecord[]
  readonly gone: MessageRecord[]
}

/** What came, moved and went at the endpoint since that position of the change log, what of `going` has gone up, and what has left this disk. */
export async function actsSince(
  reader: Reader,
  since: number,
  going: GoingUp,
  left: Left,
): Promise<{ readonly acts: RunAct[]; readonly more: number }> {
  const here: Side = { by: 'here', came: [], gone: [] }
  const there: Side = { by: 'endpoint', came: [], gone: [] }
  const mine = new Set<Guid>()
  for (const [guid, kind] of going) {
    const name = await currentName(reader, guid)
    mine.add(name)
    const message = await getMessage(reader, name)
    if (!message || (await stillWaits(reader, guid))) continue
    // What turned out to be a message of the endpoint's has its name, and didn't go up.
    if (kind === 'new' && isLive(message) && name === guid) here.came.push(message)
    if (kind === 'gone' && message.expunged) here.gone.push(message)
  }
  let more = left.more
  for await (const message of changedSince(reader, since)) {
    if (mine.has(message.guid)) continue
    const isNew = message.created > since
    if (isNew === message.expunged) continue
    const list = isNew ? there.came : there.gone
    if (list.length < most.looked) list.push(message)
    else more++
  }
  const acts: RunAct[] = []
  for (const act of [...paired(here), ...paired(there)])
    if (acts.length < most.acts) acts.push(await described(reader, act))
    else more++
  const fitting = left.acts.slice(0, most.acts - acts.length)
  return { acts: [...acts, ...fitting], more: more + left.acts.length - fitting.length }
}

async function* changedSince(reader: Reader, since: number): AsyncGenerator<MessageRecord> {
  for await (const { key, value } of tables.mailbox.list(reader)) {
    if (value.head <= since) continue
    for await (const page of inPages(tables.log.list(reader, [key[0]], { start: since + 1 }))) {
      await tables.message.readAhead(
        reader,
        page.map(({ value }) => [value]),
      )
      for (const { value: guid } of page) {
        const message = await getMessage(reader, guid)
        if (message) yield message
      }
    }
  }
}

async function stillWaits(reader: Reader, message: Guid): Promise<boolean> {
  return (await tables.upload.has(reader, message)) || (await tables.journalOf.any(reader, [message]))
}

type Act = Pick<RunAct, 'act' | 'by'> & { readonly message: MessageRecord; readonly from?: Guid }

/** The same content gone in one mailbox and new in another has moved. */
function* paired({ by, came, gone }: Side): Generator<Act> {
  const left = new Map<Guid, MessageRecord[]>()
  for (const message of gone) left.set(message.content, [...(left.get(message.content) ?? []), message])
  for (const message of came) {
    const source = left.get(message.content)?.shift()
    if (!source) yield { act: 'new', by, message }
    else if (source.mailbox !== message.mailbox) yield { act: 'moved', by, message, from: source.mailbox }
  }
  for (const messages of left.values()) for (const message of messages) yield { act: 'removed', by, message }
}

async function described(reader: Reader, { act, by, message, from }: Act): Promise<RunAct> {
  const nameOf = async (guid: Guid): Promise<string> => pathText((await getMailbox(reader, guid))?.path ?? [])
  const envelope = envelopeOf(await getContent(reader, message.content))
  const [sender] = envelope.from
  return {
    act,
    by,
    name: shortName(message),
    mailbox: await nameOf(message.mailbox),
    ...(from !== undefined && { from: await nameOf(from) }),
    sender: cleanText(sender ? personName(sender) : '', senderBytes),
    subject: cleanText(envelope.subject ?? '', subjectBytes),
  }
}
