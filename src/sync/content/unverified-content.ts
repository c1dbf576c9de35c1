import { equalBytes } from '../../bytes/concat.js'
import { hasCode } from '../../errors/packetboat-error.js'
import type { Envelope } from '../../mime/headers/envelope.js'
import { encodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { sameShape } from '../../mime/same-shape.js'
import type { Skeleton } from '../../mime/skeleton.js'
import { decodeSkeleton, encodeSkeleton } from '../../mime/skeleton-codec.js'
import { contentByDigest, getContent, putContent } from '../../replica/content/contents.js'
import { messagesOf } from '../../replica/content/messages-of-content.js'
import { standsIn } from '../../replica/files.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { JournalEntry } from '../../replica/operation.js'
import type { ContentRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Account } from '../account.js'
import { isOfOneItem } from '../error-scope.js'
import { begunVerifier, endVerifiers } from './begun-verifiers.js'
import { openContent } from './content-access.js'
import { indexParts } from './part-digest.js'

/**
 * A large message in the mail store that nobody has read as a whole yet: its content has a skeleton but no
 * digest. It is read, and its digest computed, only when somebody asks whether it is the same as another.
 */
export type UnverifiedContent = ContentRecord & { readonly skeleton: Uint8Array }

export function isUnverified(content: ContentRecord | undefined): content is UnverifiedContent {
  return content?.whole === true && content.digest === undefined && content.skeleton !== undefined
}

/** Notes digests that were found, of a whole content or of some of its parts. */
export async function noteVerified(
  account: Account,
  id: Guid,
  found: Skeleton,
): Promise<ContentRecord | undefined> {
  endVerifiers(account, id)
  return account.replica.db.transact(async (tx) => {
    const content = await getContent(tx, id)
    if (!isUnverified(content)) return content
    const before = decodeSkeleton(content.skeleton)
    const parts = before.parts.map((part, i) => ({ ...found.parts[i], ...part }))
    const skeleton: Skeleton = { ...found, parts }
    indexParts(tx, id, skeleton)
    return putContent(tx, {
      ...content,
      skeleton: encodeSkeleton(skeleton),
      ...(found.digest !== undefined && { digest: found.digest }),
    })
  })
}

/**
 * Reads all of a content and computes its digest. Undefined when none of its messages exists any more. Throws
 * MESSAGE_CHANGED when the content doesn't match its skeleton, and MAILSTORE_AWAY.
 */
export async function verifyContent(
  account: Account,
  content: ContentRecord,
): Promise<ContentRecord | undefined> {
  if (!isUnverified(content)) return content
  const source = await openContent(account, content)
  if (!source) {
    await assertReachable(account, content)
    return undefined
  }
  try {
    const proof = begunVerifier(account, content.id, decodeSkeleton(content.skeleton))
    return await noteVerified(account, content.id, await proof.finish(source))
  } catch (error) {
    if (hasCode(error, 'MESSAGE_CHANGED')) endVerifiers(account, content.id)
    if (hasCode(error, 'MESSAGE_GONE')) return undefined
    throw error
  } finally {
    await source.close()
  }
}

/** Makes sure that nothing could be opened for another reason than that the server is away. Throws MAILSTORE_AWAY. */
async function assertReachable(
  { replica: { db }, mailStore }: Account,
  { id }: ContentRecord,
): Promise<void> {
  for (const { guid } of await messagesOf(db, id)) {
    const stands = await standsIn(db, guid)
    try {
      if (stands) await (await mailStore.open(stands.place.path, stands.file.locator)).close()
    } catch (error) {
      if (!hasCode(error, 'MESSAGE_GONE') && !hasCode(error, 'MAILBOX_MISSING')) throw error
    }
  }
}

/** What a message that hasn't been read as a whole is to contents of its size. */
export type Likeness =
  /** No content here looks like it. */
  | { readonly kind: 'new' }
  /** Only reading it can tell. */
  | { readonly kind: 'unclear' }
  /** An identical content that can no longer be read where it stood: it was moved, or its server has renamed it. */
  | { readonly kind: 'same'; readonly content: Guid }

export async function likenessOf(
  account: Account,
  skeleton: Skeleton,
  envelope: Envelope,
): Promise<Likeness> {
  const { db } = account.replica
  let same: Guid | undefined
  for await (const { key } of tables.large.list(db, [skeleton.size])) {
    const content = await getContent(db, key[1])
    if (!content) continue
    if (!isUnverified(content) || !(await hasGone(account, content))) return { kind: 'unclear' }
    const alike =
      sameShape(decodeSkeleton(content.skeleton), skeleton) &&
      content.envelope !== undefined &&
      equalBytes(content.envelope, encodeEnvelope(envelope))
    if (alike) same = content.id
  }
  if (same === undefined) return { kind: 'new' }
  // What has been read is of the one that has gone.
  endVerifiers(account, same)
  return { kind: 'same', content: same }
}

/** Whether the content has gone. If not, its digest is known afterwards, as far as it has one. */
async function hasGone(account: Account, content: UnverifiedContent): Promise<boolean> {
  try {
    return (await verifyContent(account, content)) === undefined
  } catch (error) {
    if (isOfOneItem(error)) return false
    throw error
  }
}

/** What a device's journal names by digests that aren't known here may be mail that nobody has read as a whole: it is read now. */
export async function verifyNamed(account: Account, entries: readonly JournalEntry[]): Promise<void> {
  const { db } = account.replica
  for (const { operation } of entries) {
    if (operation.op !== 'append' && operation.op !== 'recall' && operation.op !== 'submit') continue
    const { digest, sizeBytes = 0 } = operation
    const message = operation.op === 'submit' ? operation.submission : operation.message
    if (digest === undefined || isLive(await getMessage(db, message)) || (await contentByDigest(db, digest)))
      continue
    for await (const { key } of tables.large.list(db, [sizeBytes])) await verifyNow(account, key[1])
  }
}

/** Verifies a content as far as possible now: one that can't be read is no reason to refuse a journal. */
async function verifyNow(account: Account, id: Guid): Promise<void> {
  const content = await getContent(account.replica.db, id)
  try {
    if (content) await verifyContent(account, content)
  } catch (error) {
    if (!hasCode(error, 'MAILSTORE_AWAY') && !isOfOneItem(error)) throw error
  }
}
