import type { CreateHash } from '../../bytes/hash.js'
import type { Change } from '../../replica/change.js'
import { getContent } from '../../replica/content/contents.js'
import { awaitsDeletion, getMailbox } from '../../replica/mailboxes.js'
import { messageByUpstream } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord } from '../../replica/records.js'
import { updateReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { Bundled } from '../../wire/bundle.js'
import { decodeChunk, decodeSkeletonFrame } from '../../wire/content-frames.js'
import { passOver } from '../../wire/growth.js'
import { type Accept, decodeAccept } from '../../wire/response/accept-frame.js'
import { type Changes, decodeChanges } from '../../wire/response/changes-frame.js'
import { decodeGist } from '../../wire/response/gist-frame.js'
import { decodeHits } from '../../wire/response/hits-frame.js'
import { responseKinds } from '../../wire/response/kinds.js'
import { decodeLinks, type Links } from '../../wire/response/links-frame.js'
import { decodeList, type List } from '../../wire/response/list-frame.js'
import { decodeEnd, decodeTotals, decodeWorking } from '../../wire/response/progress-frames.js'
import { decodeRecipients } from '../../wire/response/recipients-frame.js'
import { decodeRefusal } from '../../wire/response/refusal-frame.js'
import { decodeOpen, decodeStructure } from '../../wire/response/structure-frames.js'
import { decodeShore } from '../../wire/shore-frame.js'
import { protocolError } from '../../wire/values.js'
import type { Arriving } from '../content/part-digest.js'
import { receiveChunk, receiveGist, receiveSkeleton } from '../content/receive-piece.js'
import { lackingPieces } from '../content/satisfied.js'
import { AcceptBounds } from '../frames/accept-bounds.js'
import { answerLimits } from '../policy/limits.js'
import type { Policy } from '../policy/policy.js'
import { hearHits, noteUnanswered } from '../search/asked-questions.js'
import { noteShoreTold } from '../shore/shore-here.js'
import { recoverLoss } from './recall/recover.js'
import { receiveAccept } from './receive-accept.js'
import { advanceCursor } from './receive-end.js'
import {
  receiveChanges,
  receiveCopies,
  receiveLinks,
  receiveList,
  receiveNumbers,
  receiveRecipients,
} from './receive-listed.js'
import { receiveStructure } from './receive-structure.js'
import {
  countDeferred,
  countGist,
  countItem,
  countListed,
  countRest,
  countWhatIsHere,
  heldOfPiece,
  type Received,
} from './received.js'

/** What is the same for all frames of an answer. */
export interface Run {
  readonly policy: Policy
  readonly only: readonly string[]
  readonly pairing?: string | undefined
  readonly createHash: CreateHash
}

/** Takes one frame of the answer over into the replica. The caller's transaction makes it durable. */
export async function receiveFrame(
  change: Change,
  frame: Bundled,
  received: Received,
  run: Run,
): Promise<void> {
  const { kind, payload } = frame
  if (kind === responseKinds.working) {
    received.tally.working = decodeWorking(payload)
    return
  }
  if (received.accept) received.tally.working = undefined
  if (kind === responseKinds.refusal) {
    received.refusal = decodeRefusal(payload)
    if (received.accept) await updateReplicaRecord(change.tx, (record) => ({ ...record, refusedThere: true }))
    return
  }
  if (!received.accept) {
    if (kind !== responseKinds.accept) throw protocolError('an answer that does not begin with an accept')
    const { accept, more } = decodeAccept(payload)
    await gatherAccept(change, received, accept)
    if (more) return
    const { results, pending } = received
    const whole = { ...accept, results, pending }
    received.accept = whole
    received.tally.working = undefined
    const healed = await recoverLoss(change, whole, run.pairing)
    if (healed) {
      received.healed = healed
      received.accept = { ...whole, results: [], pending: [] }
      return
    }
    if (whole.needsShore) return
    await noteShoreTold(change.tx, run.createHash)
    await receiveNumbers(change, whole, received)
    received.tally.matched = await receiveAccept(change, whole, run.pairing)
    await receiveCopies(change, whole, received, run.policy)
    return
  }
  if (received.healed) return
  switch (kind) {
    case responseKinds.structure: {
      const structure = decodeStructure(payload)
      received.tally.structured += structure.mailboxes.length
      return receiveStructure(change, structure)
    }
    case responseKinds.open:
      received.mailboxes.push(decodeOpen(payload))
      if (received.mailboxes.length > answerLimits.mailboxes) throw protocolError('mailboxes without end')
      return
    case responseKinds.changes:
      return takeChanges(change, received, decodeChanges(payload))
    case responseKinds.links:
      return takeLinks(change, received, decodeLinks(payload), run)
    case responseKinds.list:
      return takeList(change, received, decodeList(payload), run)
    case responseKinds.recipients: {
      const { mailbox, entries } = decodeRecipients(payload)
      return receiveRecipients(change.tx, mailboxOf(received, mailbox), entries)
    }
    case responseKinds.skeleton: {
      const { ref, skeleton, structure } = decodeSkeletonFrame(payload)
      return receivePiece(change, received, ref, run.policy, (content) =>
        receiveSkeleton(change.tx, arrivingIn(received, run), content, skeleton, structure),
      )
    }
    case responseKinds.chunk: {
      const { ref, part, offset, bytes } = decodeChunk(payload)
      return receivePiece(change, received, { ...ref, part }, run.policy, (content) =>
        receiveChunk(change.tx, arrivingIn(received, run), content, part, offset, bytes),
      )
    }
    case responseKinds.gist: {
      const arriving = arrivingIn(received, run)
      const { ref, part, text } = decodeGist(payload)
      return receivePiece(change, received, ref, run.policy, async (content) => {
        const after = await receiveGist(change.tx, arriving, content, part, text)
        if (after.gist !== content.gist) countGist(received, content, part)
        return after
      })
    }
    case responseKinds.totals:
      received.tally.totals = decodeTotals(payload)
      return
    case responseKinds.hits: {
      const hits = decodeHits(payload)
      received.unanswered.delete(hits.number)
      return hearHits(change.tx, hits, change.replica.now())
    }
    case responseKinds.vouched:
      received.vouched = decodeShore(payload)
      return
    case responseKinds.end:
      received.ended = true
      await noteShoreTold(change.tx, run.createHash)
      await noteUnanswered(change.tx, received.unanswered, change.replica.now())
      return advanceCursor(change, decodeEnd(payload).log, run)
    default:
      passOver(kind, 'answer')
  }
}

/** Takes what one frame of an accept has. */
async function gatherAccept({ tx }: Change, received: Received, accept: Accept): Promise<void> {
  received.acceptBounds ??= await AcceptBounds.over(tx)
  received.acceptBounds.count(accept)
  for (const result of accept.results) received.results.push(result)
  for (const upload of accept.pending) received.pending.push(upload)
}

/** The line was cut inside a stored chunk: what has arrived of it is kept (law 2). */
export async function receiveTorn(
  change: Change,
  payloadPrefix: Uint8Array,
  received: Received,
  run: Run,
): Promise<void> {
  if (payloadPrefix.length < 64) return
  const { ref, part, offset, bytes } = decodeChunk(payloadPrefix)
  const arriving = arrivingIn(received, run)
  await receivePiece(change, received, { ...ref, part }, run.policy, (content) =>
    receiveChunk(change.tx, arriving, content, part, offset, bytes),
  )
}

function mailboxOf(received: Received, index: number): Guid {
  const guid = received.mailboxes[index]
  if (guid === undefined) throw protocolError('a frame for a mailbox that was not opened')
  return guid
}

/** A message that is known can stand in another mailbox than before: that one must have been named. */
async function takeChanges(change: Change, received: Received, changes: Changes): Promise<void> {
  const { mailbox: index, numbered } = changes
  received.tally.changed += changes.flags.length + changes.expunged.length
  const mailbox =
    numbered.length > 0 ? await knownMailboxOf(change.tx, received, index) : mailboxOf(received, index)
  if (await awaitsDeletion(change.tx, mailbox)) return
  if (!(await receiveChanges(change, mailbox, changes))) received.unresolved = true
}

async function takeLinks(change: Change, received: Received, links: Links, { policy }: Run): Promise<void> {
  const mailbox = await knownMailboxOf(change.tx, received, links.mailbox)
  if (await awaitsDeletion(change.tx, mailbox)) return
  countListed(received, mailbox, links.entries.length)
  if (!(await receiveLinks(change, mailbox, links, policy))) received.unresolved = true
}

async function takeList(change: Change, received: Received, list: List, { policy }: Run): Promise<void> {
  const mailbox = await knownMailboxOf(change.tx, received, list.mailbox)
  if (await awaitsDeletion(change.tx, mailbox)) return
  countListed(received, mailbox, list.entries.length)
  await receiveList(change, mailbox, list)
  for (const { guid } of list.entries) await countDeferred(change.tx, received, guid, policy)
}

/** What is to lie in a mailbox needs one that a structure has named, in this answer or an earlier one. */
async function knownMailboxOf(reader: Reader, received: Received, index: number): Promise<Guid> {
  const guid = mailboxOf(received, index)
  if (!(await getMailbox(reader, guid))) throw protocolError('messages of a mailbox that has not been named')
  return guid
}

async function receivePiece(
  change: Change,
  received: Received,
  ref: { readonly scope: number; readonly id: number; readonly part?: number },
  policy: Policy,
  take: (content: ContentRecord) => Promise<ContentRecord>,
): Promise<void> {
  const message = await messageByUpstream(change.tx, mailboxOf(received, ref.scope), ref.id)
  const content = message && (await getContent(change.tx, message.content))
  // Expunged here meanwhile, or a link that wasn't resolved: it is asked for again if it is still wanted.
  if (!message || !content) return
  const heldBefore = await heldOfPiece(change.tx, received, content, ref.part)
  const after = await take(content)
  if (after.skeleton && !content.skeleton) {
    received.skeletons.add(content.id)
    await countRest(change.tx, received, message, after, policy)
  }
  countWhatIsHere(received, content, after)
  const growth = (await heldOfPiece(change.tx, received, after, ref.part)) - heldBefore
  await countItem(change.tx, received, content, after, growth)
  if (after === content || after.held.length < (received.satisfiedFrom.get(after.id) ?? 0)) return
  const lacking = await lackingPieces(change.tx, after, policy, received.shapes)
  if (Number.isFinite(lacking)) received.satisfiedFrom.set(after.id, after.held.length + lacking)
  if (lacking > 0) return
  tables.expected.delete(change.tx, content.id)
  received.skeletons.delete(content.id)
}

const arrivingIn = ({ shapes }: Received, { createHash }: Run): Arriving => ({ createHash, shapes })
