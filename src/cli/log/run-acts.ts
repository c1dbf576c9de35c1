import { cleanText } from '../../mime/headers/clean-text.js'
import { getContent } from '../../replica/contents.js'
import { currentName } from '../../replica/ids/current-name.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { getMessage, isLive } from '../../replica/messages.js'
import { type Guid, pathText } from '../../replica/model.js'
import type { MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { envelopeOf, personName } from '../looking/message-row.js'
import { shortName } from '../waiting/waiting-parts.js'
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

interface Side {
  readonly by: RunAct['by']
  readonly came: MessageRecord[]
  readonly gone: MessageRecord[]
}

/** What came, moved and went at the endpoint since that position of the change log, and what of `going` has gone up. */
export async function actsSince(
  reader: Reader,
  since: number,
  going: GoingUp,
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
  let more = 0
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
  return { acts, more }
}

async function* changedSince(reader: Reader, since: number): AsyncGenerator<MessageRecord> {
  for await (const { key, value } of tables.mailbox.list(reader)) {
    if (value.head <= since) continue
    for await (const { value: guid } of tables.log.list(reader, [key[0]], { start: since + 1 })) {
      const message = await getMessage(reader, guid)
      if (message) yield message
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
