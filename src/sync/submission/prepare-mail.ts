import type { CreateHash } from '../../bytes/hash.js'
import type { ByteSource } from '../../bytes/source.js'
import { headerFields } from '../../mime/headers/header-fields.js'
import { readHeader } from '../../mime/headers/hidden-fields.js'
import { isSeal, sealOf } from '../../mime/pictures/find-pictures.js'
import { splitMessage } from '../../mime/split.js'
import {
  findCarried,
  placeholderBeside,
  withDecodedMessages,
  withoutTags,
} from '../../mime/stand-in/stand-in.js'
import { maxReferences, type PictureFate, type Reference } from '../../replica/submission/submission.js'
import type { Account } from '../account.js'
import { standInMarking } from '../content/stand-in-key.js'
import type { PictureSettings } from './pictures.js'
import { shrinkPictures } from './shrink-pictures.js'
import type { SpooledMail } from './spool.js'

/** A mail as it goes up. */
export interface PreparedMail {
  readonly source: ByteSource
  /** Places in it. */
  readonly references: readonly Reference[]
  readonly fates: readonly PictureFate[]
  /** Why it doesn't go, in words. */
  readonly refusal?: string
}

const holeReason =
  "It has a placeholder in the place of something that isn't here. Fetch that, and write the mail again."

export const provesReason =
  'It is signed, and quotes a placeholder with the mark that this device wrote it: anyone who has that mark could get the part itself. Take the quote out and sign the mail again, or send it with --as-is.'

export const filledReason =
  'It is signed (DKIM), and the signature would be wrong once the endpoint has put in what the mail forwards. Fetch that and write the mail again, or send the mail with the placeholder: with --as-is.'

/** Whether something is to be put in a mail that its header signs as a whole. What is sent on as it came gets the bytes that were signed. */
export async function breaksSeal(source: ByteSource, references: readonly Reference[]): Promise<boolean> {
  if (references.length === 0) return false
  const names = [...headerFields((await readHeader(source)) ?? new Uint8Array())].map(({ name }) => name)
  return names.some(isSeal) && !names.some((name) => name.startsWith('resent-'))
}

/**
 * Makes pictures smaller, finds what is to be put in at the endpoint, and removes the proofs that a
 * placeholder was written here. Any such change would break a signature, so signed mail goes byte for byte or
 * not at all.
 */
export async function prepareMail(
  account: Account,
  mail: SpooledMail,
  handedIn: ByteSource,
  pictures: PictureSettings | undefined,
  signal: AbortSignal | undefined,
): Promise<PreparedMail> {
  const { createHash } = account
  const { source: written, fates } = await shrinkPictures(account, pictures, mail, handedIn, signal)
  const marking = await standInMarking(account)
  const source = mail.asIs ? written : await withDecodedMessages(written, marking)
  const references = mail.asIs ? [] : await findCarried(source, marking, maxReferences)
  const hole = mail.asIs ? undefined : await placeholderBeside(source, references)
  if (hole) return { source, references, fates, refusal: holeReason }
  if (await breaksSeal(source, references)) return { source, references, fates, refusal: filledReason }
  const unproved = await withoutProofs(source, createHash, references)
  if (unproved !== 'signed') return { source: unproved, references, fates }
  return { source, references, fates, ...(!mail.asIs && { refusal: provesReason }) }
}

/** The mail without proofs, but for those in places where something else is put in; or that it has some and is signed. */
export async function withoutProofs(
  source: ByteSource,
  createHash: CreateHash,
  references: readonly Reference[],
): Promise<ByteSource | 'signed'> {
  const unproved = await withoutTags(source, createHash, references)
  if (unproved === source) return source
  const seal = await sealOf(source, await splitMessage(source, { createHash }))
  return seal === 'signed' ? seal : unproved
}
