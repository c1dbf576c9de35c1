import type { Change } from '../change.js'
import { contentByDigest, getContent, putContent } from '../content/contents.js'
import { remainingMessagesOf } from '../content/messages-of-content.js'
import { applyDelta, asksToKeep, flagDelta } from '../flags.js'
import {
  addMessage,
  announceMessage,
  changeFlags,
  expungeMessage,
  getMessage,
  isLive,
  movedOn,
  reserveUid,
} from '../messages.js'
import type { FlagDelta, Flags, Guid } from '../model.js'
import type { AppendOperation, CopyOperation, ExpungeOperation, RecallOperation } from '../operation.js'
import type { ContentRecord, MessageRecord } from '../records.js'
import { nameOfCopy } from '../submission/submission.js'
import { getSubmission } from '../submission/submissions.js'
import { moveLifted } from '../substitute.js'
import { tables } from '../tables.js'
import { type Application, alias, conflict, resolve } from './application.js'
import { destination } from './apply-mailbox.js'
import { assignHintedUid } from './apply-uid.js'
import { claim, unclaimedTwin } from './claim.js'
import { keepLive, keptByGuard } from './keep-live.js'
import { strangeTwin } from './strange-twin.js'

/** What devices did to messages, applied. docs/CONFLICTS.md "Messages". */

export async function applyAppend(application: Application, operation: AppendOperation): Promise<void> {
  const { change, author } = application
  const { tx } = change
  if (await meetsFiled(application, operation)) return
  if (await isHere(application, operation)) return
  const mailbox = await destination(application, operation.mailbox)
  if (mailbox === undefined) return
  const known = await contentByDigest(tx, operation.digest)
  const mayBeKnown = operation.adopt || author.missedAnswer
  const twin = mayBeKnown && known ? await unclaimedTwin(application, mailbox, known) : undefined
  if (twin) {
    await claim(application, twin, operation.flags)
    return alias(application, operation.message, twin.guid)
  }
  const content =
    known ??
    putContent(tx, {
      id: operation.message,
      sizeBytes: operation.sizeBytes,
      digest: operation.digest,
      held: [],
      whole: false,
      progress: 0,
      upstreamHas: false,
    })
  const hidden = !isObtained(change, content)
  const uid = await reserveUid(change, mailbox, operation.uid)
  const message = await addMessage(change, {
    ...operation,
    guid: operation.message,
    mailbox,
    content: content.id,
    hidden,
    uid,
  })
  await assignHintedUid(application, message, operation.uid)
  if (hidden) tables.arriving.put(tx, author.device, operation.message, true)
  else await announceMessage(change, message, content, { uid: operation.uid })
}

export async function applyCopy(application: Application, operation: CopyOperation): Promise<void> {
  const { change, author, number } = application
  const { tx } = change
  if (await isHere(application, operation)) return
  const source = await getMessage(tx, await resolve(application, operation.source))
  const content = source && (await getContent(tx, source.content))
  if (!source || !content || !(await isObtainable(change, content))) {
    application.results.push({ kind: 'no-source', number, guid: operation.message })
    return
  }
  const mailbox = await destination(application, operation.mailbox)
  if (mailbox === undefined) return
  // What others did to the source's flags meanwhile, and the author had not seen, counts for the copy too.
  const flags = applyDelta(source.flags, flagDelta(operation.base, operation.flags))
  const hidden = !isObtained(change, content)
  const uid = await reserveUid(change, mailbox, operation.uid)
  const copy = await addMessage(change, {
    ...operation,
    guid: operation.message,
    mailbox,
    content: content.id,
    flags,
    hidden,
    uid,
  })
  await assignHintedUid(application, copy, operation.uid)
  if (hidden) tables.arriving.put(tx, author.device, operation.message, true)
  else await announceMessage(change, copy, content, { source, uid: operation.uid })
}

/**
 * The author brings the copy of a sent mail that was filed here meanwhile: where that still lies in the same mailbox, the two are one. Returns
 * whether nothing else is to be done.
 */
async function meetsFiled(
  application: Application,
  { message: guid, mailbox, flags }: Pick<AppendOperation, 'message' | 'mailbox' | 'flags'>,
): Promise<boolean> {
  const { tx } = application.change
  const message = await getMessage(tx, guid)
  if (!message || (await getSubmission(tx, nameOfCopy(guid)))?.filed !== guid) return false
  if (isLive(message) && message.mailbox === (await resolve(application, mailbox)))
    await claim(application, message, flags)
  else application.results.push({ kind: 'no-source', number: application.number, guid })
  return true
}

/**
 * Whether the message is here already. An author that may have announced it under another name has it, as one that it
 * recalls. Content on its way is asked for again, and the author hears if the message is gone. One that is gone from
 * another mailbox is named to nobody in this one: the author brings it as a new one.
 */
async function isHere(
  application: Application,
  operation: AppendOperation | CopyOperation,
): Promise<boolean> {
  const { change, author, number, results } = application
  const { message: guid, flags } = operation
  const message = await getMessage(change.tx, guid)
  if (!message) return false
  const adopts = operation.op === 'append' && operation.adopt && message.origin !== author.device
  if (message.expunged) {
    const isThere = message.mailbox === (await resolve(application, operation.mailbox))
    if (isThere) tables.adopted.put(change.tx, author.device, guid, true)
    else results.push({ kind: 'no-source', number, guid })
  } else if (adopts && !author.knows(message)) await claim(application, message, flags)
  else if (message.hidden) tables.arriving.put(change.tx, author.device, guid, true)
  return true
}

/** What a message needs to be shown: its bytes, or an upstream that has them. */
function isObtained(change: Change, content: ContentRecord): boolean {
  return content.whole || (change.replica.hasUpstream && content.upstreamHas)
}

/** Whether the bytes are here, or on their way from somebody who has them. */
async function isObtainable(change: Change, content: ContentRecord): Promise<boolean> {
  if (isObtained(change, content)) return true
  for await (const message of remainingMessagesOf(change.tx, content.id)) if (message.hidden) return true
  return false
}

export async function applyFlags(
  application: Application,
  operation: FlagDelta & { readonly message: Guid },
): Promise<void> {
  const { change } = application
  const message = await getMessage(change.tx, await resolve(application, operation.message))
  if (!message) return
  const flags = applyDelta(message.flags, operation)
  if (!message.expunged) {
    await changeFlags(change, message, operation)
    return
  }
  // The author marked what others have moved meanwhile: it is told so, as it hasn't done it to the moved one itself.
  const moved = await movedOn(change.tx, message)
  if (moved) await changeFlags({ ...change, origin: { kind: 'local' } }, moved, operation)
  else if (asksToKeep(message.flags, flags)) await keepAsNew(application, message, flags)
}

export async function applyExpunge(application: Application, operation: ExpungeOperation): Promise<void> {
  const { change, author } = application
  const { tx } = change
  const message = await getMessage(tx, await resolve(application, operation.message))
  if (!message) return
  if (message.expunged) {
    const { movedTo } = operation
    const copy = movedTo === undefined ? undefined : await getMessage(tx, await resolve(application, movedTo))
    if (isLive(copy) && (await getContent(tx, message.content))?.substitute)
      return moveLifted(change, message, copy)
    return noteExpungedTwice(application, operation, message)
  }
  let movedTo = operation.movedTo && (await resolve(application, operation.movedTo))
  const keeps = movedTo === undefined && asksToKeep(operation.base, message.flags)
  if (message.hidden) {
    tables.arriving.delete(tx, author.device, message.guid)
    // Somebody else's, who has marked it: it comes when its content has, and the author is told of it then.
    if (keeps) return
  } else if (keeps) {
    const kept = await keepLive(change, message)
    movedTo = kept.guid
    await conflict(application, {
      kind: 'kept',
      mailbox: message.mailbox,
      here: message.guid,
      there: kept.guid,
    })
  } else movedTo = (await keptByGuard(application, message))?.guid ?? movedTo
  // Our own upstream hears what we knew: our answer to whether it may go is given.
  await expungeMessage(change, message, { base: message.flags, ...(movedTo !== undefined && { movedTo }) })
}

/** Both sides expunged it: notes what else they did with it. */
async function noteExpungedTwice(
  application: Application,
  operation: ExpungeOperation,
  message: MessageRecord,
): Promise<void> {
  const { tx } = application.change
  const { author } = application
  if (author.knows(message) && message.modseq <= author.log(message.mailbox)) return
  if (operation.movedTo !== undefined) {
    const here = await resolve(application, operation.movedTo)
    const other = await strangeTwin(application, message.content, here)
    const kind = other ? 'moved-apart' : 'moved-expunged'
    await conflict(application, { kind, mailbox: message.mailbox, here, ...(other && { there: other.guid }) })
    return
  }
  const moved = await movedOn(tx, message)
  if (moved) {
    await conflict(application, { kind: 'moved-expunged', mailbox: message.mailbox, there: moved.guid })
    return
  }
  if (!message.flags.includes('\\Draft')) return
  const newest = (own: boolean): Promise<MessageRecord | undefined> =>
    author.drafts.newest(tx, message.mailbox, {
      what: own ? 'own' : 'others',
      willDo: ({ flags, origin }) => flags.includes('\\Draft') && (origin === author.device) === own,
      isBehind: ({ created }) => created <= author.log(message.mailbox),
    })
  const [here, there] = [await newest(true), await newest(false)]
  if (here && there)
    await conflict(application, {
      kind: 'drafts-apart',
      mailbox: message.mailbox,
      here: here.guid,
      there: there.guid,
    })
}

/** A message that is expunged here was marked to be kept there: it lives on under a new GUID (docs/CONFLICTS.md). */
async function keepAsNew(application: Application, tombstone: MessageRecord, flags: Flags): Promise<void> {
  const { change, number } = application
  const content = await getContent(change.tx, tombstone.content)
  const mailbox = await destination(application, tombstone.mailbox)
  if (!content || mailbox === undefined) return
  if (!isObtained(change, content)) {
    application.results.push({ kind: 'no-source', number, guid: tombstone.guid })
    return
  }
  const kept = await addMessage(change, {
    guid: change.replica.nextGuid(),
    mailbox,
    content: content.id,
    flags,
    internalDateMs: tombstone.internalDateMs,
  })
  await announceMessage(change, kept, content, { source: tombstone })
  // Others who mark it too mean the same one.
  tables.message.put(change.tx, tombstone.guid, { ...tombstone, movedTo: kept.guid })
  alias(application, tombstone.guid, kept.guid)
  await conflict(application, { kind: 'kept', mailbox, here: kept.guid, there: tombstone.guid })
}

export async function applyRecall(application: Application, operation: RecallOperation): Promise<void> {
  const { change, author } = application
  const { tx } = change
  const guid = await resolve(application, operation.message)
  const same = await getMessage(tx, guid)
  if (same && guid !== operation.message) alias(application, operation.message, guid)
  if (same && !same.expunged) return claim(application, same, operation.flags)
  const content = operation.digest === undefined ? undefined : await contentByDigest(tx, operation.digest)
  if (content && !same) {
    const mailbox = await resolve(application, operation.mailbox)
    const twin = await unclaimedTwin(application, mailbox, content)
    if (twin) {
      await claim(application, twin, operation.flags)
      return alias(application, operation.message, twin.guid)
    }
  }
  if (content) tables.holds.put(tx, author.device, content.id, operation.message)
  if (same) await recallExpunged(application, same, operation.flags)
}

/** It is gone here, or moved, while the author had forgotten or was forgotten: it hears of that like any other, instead of bringing it back. */
async function recallExpunged(
  application: Application,
  tombstone: MessageRecord,
  flags: Flags,
): Promise<void> {
  const { change, author } = application
  tables.adopted.put(change.tx, author.device, tombstone.guid, true)
  const moved = await movedOn(change.tx, tombstone)
  // A flag that the author hasn't got was never set there, rather than taken back.
  const { add } = flagDelta(tombstone.flags, flags)
  if (moved) await changeFlags({ ...change, origin: { kind: 'local' } }, moved, { add, remove: [] })
  else if (asksToKeep([], add)) await keepAsNew(application, tombstone, flags)
}
