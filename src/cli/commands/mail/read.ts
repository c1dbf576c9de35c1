import { readRange } from '../../../bytes/source.js'
import { PacketboatError } from '../../../errors/packetboat-error.js'
import { formatHeaderDate } from '../../../mime/headers/date.js'
import type { Mailbox } from '../../../mime/headers/envelope.js'
import { headerSize } from '../../../mime/headers/header-fields.js'
import { headerTexts } from '../../../mime/headers/header-text.js'
import { mimeLimits } from '../../../mime/limits.js'
import { getContent } from '../../../replica/content/contents.js'
import { standsIn } from '../../../replica/files.js'
import { getMailbox } from '../../../replica/mailboxes.js'
import type { ContentRecord, MessageRecord } from '../../../replica/records.js'
import { wishesWaiting } from '../../../replica/wishes.js'
import type { Account } from '../../../sync/account.js'
import { outlineOfContent, readTexts } from '../../../sync/content/message-text.js'
import { openPieces } from '../../../sync/content/open-pieces.js'
import type { StoredContent } from '../../../sync/mail-store.js'
import { envelopeOf } from '../../../told/listed-content.js'
import { formatBytes } from '../../../told/sizes.js'
import { missingParts, partTitle, shortName, type WaitingPart } from '../../../told/waiting-parts.js'
import type { CommandContext } from '../../command-context.js'
import { exitCodes } from '../../exit-codes.js'
import { findMessage, seekMessage } from '../../looking/find-message.js'
import { flagsInWords, messageRow } from '../../looking/message-row.js'
import { type FindNames, forOwnersOf } from '../../session/by-name.js'
import { type ClientSession, openClient } from '../../session/client-session.js'
import { openToRead } from '../../session/open-to-look.js'
import { rulesNow } from '../../sync-run/chosen-policy.js'
import type { Line } from '../../text/output.js'

export interface ReadOptions {
  readonly raw?: boolean
  readonly headers?: boolean
  readonly json?: boolean
}

/** The most bytes of one text: more than anybody reads on a terminal. */
const mostTextBytes = 1024 * 1024

/** `packetboat read NAME`: a message, or one part of it, as a person reads it. Marks nothing as read. */
export async function readCommand(
  context: CommandContext,
  name: string,
  options: ReadOptions,
): Promise<number> {
  if (options.raw && options.json)
    throw new PacketboatError('USAGE', '--raw prints bytes, which are no JSON.', 'Leave out one of the two.')
  return forOwnersOf(context, [name], messagesNamed, async (own) => {
    await readIn(own, name, options)
    return exitCodes.done
  })
}

const messagesNamed: FindNames = async (context, names) => {
  const session = await openClient(context, { beside: true })
  try {
    const found: string[] = []
    for (const name of names) if (await seekMessage(session.account.replica.db, name)) found.push(name)
    return found
  } finally {
    await session.close()
  }
}

async function readIn(context: CommandContext, name: string, options: ReadOptions): Promise<void> {
  const session = await openToRead(context)
  try {
    const { account } = session
    const { message, part } = await findMessage(account.replica.db, name)
    const content = await getContent(account.replica.db, message.content)
    if (!content) throw notHere(name)
    if (options.headers) return await withFile(account, message, (file) => showHeaders(context, name, file))
    if (part !== undefined) return await showPart(context, account, content, { name, part, raw: options.raw })
    if (!options.raw) return await showMessage(context, session, message, content)
    await withFile(account, message, (file) => context.output.bytes(readRange(file)))
  } finally {
    await session.close()
  }
}

async function showMessage(
  context: CommandContext,
  session: ClientSession,
  message: MessageRecord,
  content: ContentRecord,
): Promise<void> {
  const { account } = session
  const { db } = account.replica
  const mailbox = await getMailbox(db, message.mailbox)
  const row = await messageRow(db, message, mailbox?.path ?? [])
  const { from, to, cc, subject, dateMs, dateZoneMinutes } = envelopeOf(content)
  const { texts, missing: unread } = await readTexts(account, content, mostTextBytes)
  const lacking = await lackingParts(context, session, message, content)
  const attached = (outlineOfContent(content)?.parts ?? []).flatMap(({ type, name, size }, part) =>
    texts.some((text) => text.part === part) || lacking.some((each) => each.part === part)
      ? []
      : [{ name: `${row.name}/${part + 1}`, type, fileName: name, sizeBytes: size }],
  )
  const zone = dateZoneMinutes !== undefined && { dateZoneMinutes }
  const head: (readonly [string, string])[] = [
    ['From', from.map(address).join(', ')],
    ['To', to.map(address).join(', ')],
    ['Cc', cc.map(address).join(', ')],
    ['Date', dateMs === undefined ? '' : formatHeaderDate({ dateMs, ...zone })],
    ['Subject', subject ?? ''],
    ['Mailbox', [row.mailbox, ...flagsInWords(message.flags)].join(', ')],
  ]
  const lines: Line[] = [
    ...head.flatMap(([field, value]): Line[] =>
      value === '' ? [] : [{ text: `${`${field}:`.padEnd(9)}${value}`, style: 'strong' }],
    ),
    '',
    ...texts.flatMap(({ part, text, cut }) => [
      ...text.split('\n'),
      ...(cut ? [`(There is more: packetboat read ${row.name}/${part + 1} --raw prints all.)`] : []),
      '',
    ]),
    ...withoutText(content, texts.length, unread),
    ...attached.map(
      (each) =>
        `Also:     ${partTitle({ ...each, cold: false, structure: false })}, ${formatBytes(each.sizeBytes)}  ${each.name}`,
    ),
    ...lacking.flatMap((each) => [
      `Missing:  ${partTitle(each)}, ${formatBytes(each.sizeBytes - each.heldBytes)}  ${each.name}`,
      ...(each.gist?.split('\n').map((line) => `          ${line}`) ?? []),
    ]),
    ...(content.whole ? [] : [`Get what is missing: packetboat fetch ${row.name}`]),
  ]
  context.output.result(
    {
      event: 'message',
      ...row,
      from,
      to,
      cc,
      text: texts.map(({ text }) => text).join('\n\n'),
      attached,
      missing: lacking.map(({ part: _, ...each }) => each),
    },
    lines,
  )
}

const address = ({ name, address }: Mailbox): string =>
  name === undefined ? address : address === '' ? name : `${name} <${address}>`

/** Why there is no text to be read, or not all of it. */
function withoutText(
  { whole }: ContentRecord,
  texts: number,
  missing: readonly number[] | undefined,
): readonly string[] {
  if (missing === undefined) return ['(No more than this is here.)', '']
  if (missing.length === 0) return texts > 0 ? [] : ['(It has no text.)', '']
  return whole
    ? ["(Its text can't be read now. packetboat problems says why.)", '']
    : ["(Its text isn't here.)", '']
}

async function lackingParts(
  context: CommandContext,
  session: ClientSession,
  message: MessageRecord,
  content: ContentRecord,
): Promise<WaitingPart[]> {
  if (content.whole) return []
  const { db } = session.account.replica
  const { policy } = await rulesNow(context, session)
  return missingParts(db, message, content, policy, await wishesWaiting(db))
}

/** One part: as text where it is some, else its decoded bytes, which `raw` asks for. */
async function showPart(
  { output }: CommandContext,
  account: Account,
  content: ContentRecord,
  {
    name,
    part,
    raw = false,
  }: { readonly name: string; readonly part: number; readonly raw?: boolean | undefined },
): Promise<void> {
  const about = outlineOfContent(content)?.parts[part]
  if (!about)
    throw new PacketboatError('NOT_FOUND', `There is no part "${name}".`, 'packetboat read lists parts.')
  const open = await openPieces(account, content)
  try {
    const source = await open?.source(part)
    if (!source) throw notHere(name)
    if (raw) return await output.bytes(readRange(source))
  } finally {
    await open?.close()
  }
  if (!about.type.startsWith('text/'))
    throw new PacketboatError(
      'USAGE',
      `${name} is no text: ${partTitle({ ...about, fileName: about.name, cold: false, structure: false })}.`,
      `packetboat read ${name} --raw > FILE writes it to a file.`,
    )
  const { texts } = await readTexts(account, content, mostTextBytes, { parts: [part] })
  const text = texts[0]?.text ?? ''
  output.result({ event: 'part', name, type: about.type, text }, text.split('\n'))
}

/** What stands in the Maildir for a message: itself, or what is here of it. Throws NOT_FOUND. */
async function withFile(
  account: Account,
  message: MessageRecord,
  work: (file: StoredContent) => Promise<void>,
): Promise<void> {
  const stands = await standsIn(account.replica.db, message.guid)
  if (!stands) throw notHere(shortName(message))
  const file = await account.mailStore.open(stands.place.path, stands.file.locator)
  try {
    await work(file)
  } finally {
    await file.close()
  }
}

async function showHeaders({ output }: CommandContext, name: string, file: StoredContent): Promise<void> {
  const beginning = await file.read(0, mimeLimits.headerBytes)
  const headers = headerTexts(beginning.subarray(0, headerSize(beginning)))
  output.result(
    { event: 'headers', name, headers },
    headers.map((field) => (field.name === '' ? field.value : `${field.name}: ${field.value}`)),
  )
}

const notHere = (name: string): PacketboatError =>
  new PacketboatError('NOT_FOUND', `${name} isn't here.`, `packetboat fetch ${name} gets what is missing.`)
