import { concat } from '../../bytes/concat.js'
import { joinedSource, rangeSource } from '../../bytes/joined-source.js'
import { type ByteSource, memorySource } from '../../bytes/source.js'
import { headerFields, lineEndOf } from '../../mime/headers/header-fields.js'
import { holdsAt, LineWalk } from '../../mime/lines.js'
import { type ScannedMessage, scanEntities } from '../../mime/scan-entities.js'
import { resentEnd } from '../../mime/stand-in/stand-in.js'
import { getContent } from '../../replica/content/contents.js'
import { currentName } from '../../replica/ids/current-name.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { ContentRecord } from '../../replica/records.js'
import {
  isFinal,
  type Reference,
  type SubmissionRecord,
  type SubmitTerms,
} from '../../replica/submission/submission.js'
import { getSubmission, replaceContent } from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import type { Account } from '../account.js'
import { recordContent } from '../adopt/identified-file.js'
import { hasStayed, type OpenContent, openContent } from '../content/content-access.js'
import { releaseContent } from '../content/hold-whole.js'
import { isOfOneItem } from '../error-scope.js'
import { defaultQuota, usedToday } from '../policy/device-quota.js'
import { holdBytes, openHeld } from './hold-bytes.js'

/** Mail that goes on with mail that its author hadn't got: the bytes come from here. RFC 4469 is the model. */

/** The largest mail where the server doesn't say what it takes: a few bytes of references must not grow beyond this. */
const mostBytes = 256 * 1024 * 1024

/** The most bytes of messages that one mail refers to, counted once for each reference: all of them are read. */
const mostReadBytes = 1024 * 1024 * 1024

const unreadableNow = "A message that it forwards can't be read at the endpoint now."

/** Why it can't be made whole: never, or not now. One sentence. */
export type NotWhole = { readonly never: string } | { readonly notNow: string }

/**
 * Puts what a message refers to into its places, byte for byte, and keeps the result as its content. If any
 * of it can't be put in, changes nothing.
 */
export async function makeWhole(
  account: Account,
  submission: SubmissionRecord,
  { maxBytes = mostBytes }: Partial<SubmitTerms>,
): Promise<NotWhole | undefined> {
  const { replica } = account
  const { guid, references = [], content: id, arrivedMs } = submission
  const opened: OpenContent[] = []
  const originals: Original[] = []
  try {
    const content = await getContent(replica.db, id)
    const draft = content && (await openHeld(account, content))
    if (!draft) return { never: "Its text isn't at the endpoint any more." }
    opened.push(draft)
    const places = await placesIn(account, draft)
    const pieces: ByteSource[] = []
    let [at, readBytes] = [0, 0]
    for (const reference of references) {
      const { start, length } = reference
      const around = places.get(`${start}+${length}`)
      if (start < at || !around) return { never: 'It refers to other mail in a place where none can be.' }
      const original = await openOriginal(account, reference, maxBytes)
      if (!('bytes' in original)) return original
      const { bytes } = original
      opened.push(bytes)
      originals.push(original)
      readBytes += bytes.size
      if (readBytes > mostReadBytes) return { never: 'The messages that it forwards are too large together.' }
      const piece = await pieceOf(account, bytes, reference)
      if (!piece)
        return {
          never: 'A part that it forwards is not in its message: fetch it, then write the mail again.',
        }
      if (await hasBoundary(account, piece, around))
        return {
          never:
            'What it forwards has a line in it that would end it too early: fetch it, then write the mail again.',
        }
      pieces.push(rangeSource(draft, at, start), piece)
      at = start + length
    }
    const whole = joinedSource([...pieces, rangeSource(draft, at, draft.size)])
    if (whole.size > maxBytes)
      return {
        never: `With what it forwards it has ${whole.size} bytes, and no more than ${maxBytes} are taken.`,
      }
    const notNow = await chargeQuota(account, submission, whole.size)
    if (notNow) return notNow
    const held = await holdBytes(account, whole, arrivedMs ?? replica.now(), () =>
      areSteady(account, originals),
    )
    await replica.db.transact(async (tx) => {
      const current = await getSubmission(tx, guid)
      if (!current?.references || isFinal(current.state)) return
      const made = await recordContent(tx, held.file, held.id)
      replaceContent(tx, current, made.id)
      await releaseContent(tx, id)
    })
    return undefined
  } catch (error) {
    // One message that breaks off while it is read holds up no other mail.
    if (!isOfOneItem(error)) throw error
    return { notNow: unreadableNow }
  } finally {
    for (const each of opened) await each.close()
  }
}

/** What a device has made here counts as what it stores in a day. */
async function chargeQuota(
  { replica, quota = defaultQuota }: Account,
  { device }: SubmissionRecord,
  bytes: number,
): Promise<NotWhole | undefined> {
  if (device === undefined) return undefined
  return replica.db.transact(async (tx) => {
    const by = (await tables.device.get(tx, device))?.pairing ?? device
    const used = await usedToday(tx, by, replica.now())
    if (used.bytes >= quota.bytes) return { notNow: 'What its device may store in a day is used up.' }
    tables.quota.put(tx, by, { ...used, bytes: used.bytes + bytes })
    return undefined
  })
}

/** The places where other mail may be put in, as `START+LENGTH`, with the boundaries around each. */
async function placesIn(
  { createHash }: Account,
  draft: ByteSource,
): Promise<ReadonlyMap<string, readonly Uint8Array[]>> {
  const { enclosed, parts }: ScannedMessage = await scanEntities(draft, { createHash })
  const start = await resentEnd(draft)
  const places = new Map<string, readonly Uint8Array[]>([[`${start}+${draft.size - start}`, []]])
  for (const { start, end, around } of enclosed) places.set(`${start}+${end - start}`, around)
  for (const { start, end, headerSize, around } of parts)
    if (around && around.length > 0) places.set(`${start - headerSize}+${end - start + headerSize}`, around)
  return places
}

/** A message that is forwarded. */
interface Original {
  readonly content: ContentRecord
  readonly bytes: OpenContent
}

async function openOriginal(
  account: Account,
  { message, part }: Reference,
  maxBytes: number,
): Promise<Original | NotWhole> {
  const { db } = account.replica
  const record = await getMessage(db, await currentName(db, message))
  const content = record && isLive(record) ? await getContent(db, record.content) : undefined
  const unreadable: unknown[] = []
  // A program may have written into its file since. What is too large is refused unread.
  const prove = content !== undefined && content.sizeBytes <= (part === undefined ? maxBytes : mostReadBytes)
  const bytes = content?.whole ? await openContent(account, content, { unreadable, prove }) : undefined
  if (content && bytes) return { content, bytes }
  return unreadable.length > 0
    ? { notNow: unreadableNow }
    : {
        never:
          'A message that it forwards is not at the endpoint any more: write the mail again without that.',
      }
}

/** Whether no program has written into the files while they were put in. */
async function areSteady(account: Account, originals: readonly Original[]): Promise<boolean> {
  for (const { content, bytes } of originals) if (!(await hasStayed(account, content, bytes))) return false
  return true
}

/** A part as it is put in: the fields that say what it is, and its body unchanged. */
async function pieceOf(
  { createHash }: Account,
  original: ByteSource,
  { part }: Reference,
): Promise<ByteSource | undefined> {
  if (part === undefined) return original
  const scanned = (await scanEntities(original, { createHash })).parts[part]
  if (!scanned) return undefined
  const { start, end, headerSize } = scanned
  const header = await original.read(start - headerSize, headerSize)
  const fields = [...headerFields(header)]
    .filter(({ name }) => name.startsWith('content-'))
    .map((field) => header.subarray(field.start, field.end))
  const blank = new TextEncoder().encode(lineEndOf(header))
  return joinedSource([memorySource(concat([...fields, blank])), rangeSource(original, start, end)])
}

/** Whether a line begins like a delimiter of what is around it: no mail program may end it there (RFC 2046 5.1.1). */
async function hasBoundary(
  { createHash }: Account,
  piece: ByteSource,
  around: readonly Uint8Array[],
): Promise<boolean> {
  if (around.length === 0) return false
  const walk = new LineWalk(piece, createHash())
  do {
    while (walk.advance()) {
      const { bytes } = walk
      if (bytes[0] === 45 && bytes[1] === 45 && around.some((boundary) => holdsAt(bytes, 2, boundary)))
        return true
    }
  } while (await walk.fill())
  return false
}
