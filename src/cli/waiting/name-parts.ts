import { memorySource } from '../../bytes/source.js'
import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import { missingNames } from '../../mime/stand-in/missing-part.js'
import { readMarker } from '../../mime/stand-in/stand-in.js'
import { currentName } from '../../replica/ids/current-name.js'
import { getMailbox } from '../../replica/mailboxes.js'
import type { ContentRecord, WishRecord } from '../../replica/records.js'
import type { Reader } from '../../store/database.js'
import type { Account } from '../../sync/account.js'
import { standInMarking } from '../../sync/content/stand-in-key.js'
import { matchesGlob } from '../../sync/policy/glob.js'
import type { Policy } from '../../sync/policy/policy.js'
import { isSelected } from '../../sync/policy/selection.js'
import {
  shortName,
  type WaitingMessage,
  type WaitingPart,
  waitingMessages,
} from '../../told/waiting-parts.js'
import type { CommandContext } from '../command-context.js'

/** What a person asks for; each thing narrows the choice. */
export interface Choice {
  /** Messages (`NAME`) and parts (`NAME/N`): any of these. */
  readonly names?: readonly string[]
  readonly mailbox?: string
  /** A pattern for address or name, with `*` and `?`. */
  readonly from?: string
  /** Parts of at most so many bytes. */
  readonly under?: number
}

export interface ChosenParts {
  readonly content: ContentRecord
  readonly parts: readonly WaitingPart[]
}

/** Parts that were refused count only where they, or their message, are named. Throws NOT_FOUND for a name under which nothing is missing. */
export async function chooseParts(reader: Reader, policy: Policy, choice: Choice): Promise<ChosenParts[]> {
  const { names, under = Number.POSITIVE_INFINITY } = choice
  const found = new Set<string>()
  const chosen: ChosenParts[] = []
  for await (const waiting of waitingMessages(reader, policy)) {
    const parts = waiting.parts.filter((part) => {
      const named = (names ?? []).filter((name) => name === part.name || name === waiting.name)
      for (const name of named) found.add(name)
      return (names ? named.length > 0 : part.state !== 'never') && part.sizeBytes <= under
    })
    if (parts.length > 0 && (await isChosen(reader, waiting, choice)))
      chosen.push({ content: waiting.content, parts })
  }
  const unknown = (names ?? []).filter((name) => !found.has(name))
  if (unknown.length > 0)
    throw new PacketboatError(
      'NOT_FOUND',
      `Nothing is missing under ${unknown.map((name) => `"${name}"`).join(', ')}.`,
      'packetboat waiting --all lists what is missing. Complete messages are in your Maildir.',
    )
  return chosen
}

/** The given names under which something is missing here; `-` is the message on standard input, as for `readNames`. */
export async function namesWaiting(
  context: CommandContext,
  account: Account,
  policy: Policy,
  names: readonly string[],
): Promise<string[]> {
  const { db } = account.replica
  const missing = new Set<string>()
  for await (const { name, parts } of waitingMessages(db, policy))
    for (const each of [name, ...parts.map((part) => part.name)]) missing.add(each)
  const found: string[] = []
  for (const name of names) {
    const read = name === '-' ? await readNames(context, account, [name]).catch(noneThere) : [name]
    if (read.some((each) => missing.has(each))) found.push(name)
  }
  return found
}

function noneThere(error: unknown): string[] {
  if (!hasCode(error, 'NOT_FOUND')) throw error
  return []
}

export function wishesFor(chosen: readonly ChosenParts[], word: WishRecord['word']): WishRecord[] {
  return chosen.map(({ content, parts }) => ({
    content: content.id,
    parts: parts.map(({ part }) => part),
    word,
  }))
}

async function isChosen(
  reader: Reader,
  { message, envelope }: WaitingMessage,
  choice: Choice,
): Promise<boolean> {
  const { mailbox: pattern, from } = choice
  if (pattern !== undefined) {
    const mailbox = await getMailbox(reader, message.mailbox)
    if (!mailbox || !isSelected([pattern], mailbox)) return false
  }
  return (
    from === undefined ||
    envelope.from.some(({ address, name }) => matchesGlob(from, address) || matchesGlob(from, name ?? ''))
  )
}

/** Beyond the header of a message, and the first text in it, nobody looks for its name. */
const lookedThroughBytes = 1024 * 1024

/**
 * Reads the names; `-` stands for the message on standard input, as a mail program pipes it. It is recognised
 * by its marker, or by its text if the program has dropped that field. Throws NOT_FOUND when it is no message
 * of which something is missing.
 */
export async function readNames(
  context: CommandContext,
  account: Account,
  names: readonly string[],
): Promise<string[]> {
  if (!names.includes('-')) return [...names]
  const text = await context.stdin(lookedThroughBytes)
  const marker = await readMarker(memorySource(new TextEncoder().encode(text)), await standInMarking(account))
  const piped =
    marker.kind === 'partial' && marker.proved
      ? [shortName({ guid: await currentName(account.replica.db, marker.guid) })]
      : missingNames(text).slice(0, 1)
  if (piped.length === 0)
    throw new PacketboatError(
      'NOT_FOUND',
      'The message on standard input has no missing parts.',
      'It is complete already, or it did not come through packetboat.',
    )
  return [...new Set(names.flatMap((name) => (name === '-' ? piped : [name])))]
}
