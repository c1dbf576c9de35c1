import { concat } from '../../bytes/concat.js'
import { readRange } from '../../bytes/source.js'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { headerSize } from '../../mime/headers/header-fields.js'
import { readAddresses } from '../../mime/headers/read-addresses.js'
import { getContent } from '../../replica/content/contents.js'
import { currentName } from '../../replica/ids/current-name.js'
import { getMessage } from '../../replica/messages.js'
import { type Guid, pathText } from '../../replica/model.js'
import type { Account } from '../../sync/account.js'
import { outboxTerms } from '../../sync/frames/told-outbox.js'
import { firstIdentity } from '../../sync/submission/identities.js'
import { whyNotAs } from '../../sync/submission/may-send-as.js'
import type { Draft } from '../port.js'
import { composeMail } from '../write/compose-mail.js'
import { changeMailStore, findStanding, notFound } from './file-acts.js'
import { ownTables } from './own-tables.js'
import { discardDraft, draftsPath, messageAt, savedMessage } from './saved-drafts.js'

/** Puts a draft among the drafts, in the place of what was saved under its id. Durable when it returns its message. */
export async function saveDraft(account: Account, draft: Draft): Promise<Guid> {
  checkId(draft)
  const { mailStore, replica } = account
  const { db } = replica
  const bytes = await compose(account, draft)
  const record = await ownTables.draft.get(db, draft.id)
  const before = record ? await savedMessage(account, record) : draft.continues
  const known = await draftsPath(account)
  const path = known ?? ['Drafts']
  const fresh = { guid: replica.nextGuid(), flags: ['\\Draft', '\\Seen'], internalDateMs: replica.now() }
  const shownBefore = { draft, ...(before !== undefined && { message: before }) }
  // Noted first: if the browser is killed, the draft's file is found again, and there is only one.
  await db.transact(async (tx) => ownTables.draft.put(tx, draft.id, { ...shownBefore, saving: fresh.guid }))
  const { locator } = await changeMailStore(account, new Set([pathText(path)]), async () => {
    if (!known) await mailStore.createMailbox(path)
    const standing = before === undefined ? undefined : (await findStanding(account, [before]))[0]
    const replaced = standing && pathText(standing.path) === pathText(path) ? standing.file : undefined
    return mailStore.put(
      path,
      fresh,
      once(bytes),
      replaced && { locator: replaced.locator, flags: replaced.flags },
    )
  })
  const message = await messageAt(account, path, locator)
  if (message === undefined) throw notFound('The draft')
  await db.transact(async (tx) => ownTables.draft.put(tx, draft.id, { message, draft }))
  await db.store.flush?.()
  return message
}

/**
 * Hands a draft to the next sync, once for each id, and removes it from the drafts. Throws NO_RECIPIENTS,
 * MAIL_INVALID, MAIL_TOO_BIG, NOT_YOURS, and CONFIG while the endpoint isn't known to send mail; it then
 * remains a draft.
 */
export async function sendDraft(account: Account, draft: Draft): Promise<void> {
  checkId(draft)
  const { db, now } = account.replica
  const recipients = [draft.to, draft.cc, draft.bcc].flatMap(readAddresses).map(({ address }) => address)
  if (recipients.length === 0)
    throw new PacketboatError(
      'NO_RECIPIENTS',
      'The mail goes to nobody.',
      'Write an address into To, Cc or Bcc.',
    )
  const local = recipients.find((address) => !address.includes('@'))
  if (local !== undefined)
    throw new PacketboatError('LOCAL_NAME', `"${local}" has no domain.`, 'Write the whole address.')
  const terms = await outboxTerms(db)
  const from = await sender(account)
  if (!terms || !from)
    throw new PacketboatError(
      'CONFIG',
      'The endpoint is not known to send mail for this account.',
      'Sync once, since it says so then. The mail is kept as a draft.',
    )
  const bytes = await compose(account, draft)
  if (bytes.length > (terms.maxBytes ?? Number.POSITIVE_INFINITY))
    throw new PacketboatError(
      'MAIL_TOO_BIG',
      `The mail has ${bytes.length} bytes, and the mail server takes ${terms.maxBytes}.`,
      'Take something out of it. It is kept as a draft.',
    )
  const why = whyNotAs(terms.identities, from.address, bytes.subarray(0, headerSize(bytes)))
  if (why !== undefined) throw new PacketboatError('NOT_YOURS', why, 'The mail is kept as a draft.')
  const envelope = { from: from.address, recipients: [...new Set(recipients)] }
  const { id, continues } = draft
  await db.transact(async (tx) => {
    if (await ownTables.outgoing.has(tx, id)) return
    ownTables.outgoing.put(tx, id, { envelope, queuedMs: now(), bytes })
    // The draft that it continues is no draft any more.
    if (continues !== undefined && !(await ownTables.draft.has(tx, id)))
      ownTables.draft.put(tx, id, { message: continues, draft })
  })
  await db.store.flush?.()
  await discardDraft(account, id)
}

async function compose(account: Account, draft: Draft): Promise<Uint8Array> {
  const { now } = account.replica
  const dateMs = now()
  const [answered] = draft.answers === undefined ? [] : [await contentOf(account, draft.answers)]
  return composeMail(draft, {
    from: await sender(account),
    dateMs,
    zoneMinutes: -new Date(dateMs).getTimezoneOffset(),
    answers: answered?.envelope && decodeEnvelope(answered.envelope),
    forwarded: draft.forwards === undefined ? undefined : await fileOf(account, draft.forwards),
  })
}

async function sender({ replica }: Account) {
  const identity = firstIdentity((await outboxTerms(replica.db))?.identities ?? [])
  return identity === undefined ? undefined : readAddresses(identity)[0]
}

async function contentOf({ replica: { db } }: Account, guid: Guid) {
  const message = await getMessage(db, await currentName(db, guid))
  return message && getContent(db, message.content)
}

/** A message as it is here: the endpoint puts in what is missing. Throws NOT_FOUND. */
async function fileOf(account: Account, guid: Guid): Promise<Uint8Array> {
  const [standing] = await findStanding(account, [guid])
  if (!standing) throw notFound('The message that is to go along')
  const content = await account.mailStore.open(standing.path, standing.file.locator)
  try {
    const pieces: Uint8Array[] = []
    for await (const piece of readRange(content, 0, content.size)) pieces.push(piece)
    return concat(pieces)
  } finally {
    await content.close()
  }
}

/** The id becomes part of the mail, so it is checked. */
function checkId({ id }: Draft): void {
  if (!/^[A-Za-z0-9]{16,64}$/.test(id)) throw new Error(`no id of a draft: ${id}`)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
