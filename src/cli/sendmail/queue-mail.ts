import { randomBytes } from 'node:crypto'
import { fromHex } from '../../bytes/hex.js'
import type { ByteSource } from '../../bytes/source.js'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { formatHeaderDate } from '../../mime/headers/date.js'
import type { Mailbox } from '../../mime/headers/envelope.js'
import { encodeMailboxes } from '../../mime/headers/header-encode.js'
import { headerSize } from '../../mime/headers/header-fields.js'
import { completeRecipients, isLocal, readAddresses } from '../../mime/headers/read-addresses.js'
import { mimeLimits } from '../../mime/limits.js'
import {
  findCarried,
  PlaceholderScan,
  placeholderBeside,
  withDecodedMessages,
} from '../../mime/stand-in/stand-in.js'
import { readKnown } from '../../outbox/known.js'
import { folderSpool } from '../../outbox/spool.js'
import { maxReferences } from '../../replica/submission/submission.js'
import type { Config } from '../../settings/config.js'
import type { NewMail } from '../../sync/submission/filled-spool.js'
import { addressOfIdentity, firstIdentity } from '../../sync/submission/identities.js'
import { whyNotAs, whyUnclear } from '../../sync/submission/may-send-as.js'
import { breaksSeal, filledReason, provesReason, withoutProofs } from '../../sync/submission/prepare-mail.js'
import { formatBytes } from '../../told/sizes.js'
import { envelopeBytes, maxEnvelopeBytes, maxRecipients } from '../../wire/submissions.js'
import { nodeHash } from '../session/node-hash.js'
import { sendSettings } from '../settings/send-settings.js'
import type { SendmailCall } from './arguments.js'
import {
  type HandedHeader,
  holdsHeader,
  readHandedHeader,
  withFields,
  withoutField,
} from './handed-header.js'
import { readMoment } from './read-moment.js'

/** A message as it comes in, whose beginning has been read. */
export interface HandedMail {
  readonly header: HandedHeader
  /** What follows that beginning. */
  readonly more: AsyncIterable<Uint8Array>
}

/** Reads the beginning of what is handed in. Throws MAIL_INVALID. */
export async function receiveMail(input: AsyncIterable<Uint8Array>): Promise<HandedMail> {
  const chunks = input[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  let ended = false
  while (!ended && !holdsHeader(head)) {
    if (head.length > mimeLimits.headerBytes)
      throw invalid(`The header of the mail is longer than ${formatBytes(mimeLimits.headerBytes)}.`)
    const next = await chunks.next()
    ended = next.done === true
    if (!next.done) head = Buffer.concat([head, next.value])
  }
  if (head.length === 0) throw invalid('There is no mail: nothing came on standard input.')
  return { header: readHandedHeader(head), more: { [Symbol.asyncIterator]: () => chunks } }
}

export interface QueueInput {
  readonly call: SendmailCall
  readonly mail: HandedMail
  /** The settings of the account that sends it. */
  readonly config: Config
  readonly outbox: string
  readonly now: () => number
  /** For mail that was queued before: the times that were given then. */
  readonly times?: Pick<NewMail, 'notBeforeMs' | 'heldUntil'>
}

/** Checks a mail and puts it into the spool. Gives its name there. Throws with nothing queued. */
export async function queueMail({ call, mail, config, outbox, now, times }: QueueInput): Promise<string> {
  const { header, more } = mail
  const { sendFrom, localMail, hold } = config.values(sendSettings)
  const known = await readKnown(outbox)
  const said = call.recipients.flatMap(readAddresses).map(({ address }) => address)
  const recipients = completeRecipients([...said, ...(call.fromHeader ? header.recipients() : [])], localMail)
  if (recipients.length === 0) throw noRecipients(call)
  if (recipients.length > maxRecipients)
    throw invalid(`The mail has ${recipients.length} recipients, and one mail takes ${maxRecipients}.`)
  const identities = known?.identities ?? []
  const self = sendFrom ?? firstIdentity(identities)
  const sender = senderOf(header, call.fullName, self)
  const from = envelopeFrom(call, sender, self)
  if (envelopeBytes({ from, recipients }) > maxEnvelopeBytes)
    throw invalid(`The addresses of the mail take more than ${formatBytes(maxEnvelopeBytes)} together.`)
  const begin = completed(header, sender, now())
  // The same check as the endpoint will make.
  const written = begin.subarray(0, headerSize(begin))
  const unclear = whyUnclear(written)
  if (unclear !== undefined) throw invalid(unclear)
  const whyNot = identities.length > 0 ? whyNotAs(identities, from, written) : undefined
  if (whyNot !== undefined)
    throw new PacketboatError(
      'NOT_YOURS',
      whyNot,
      `It can send as ${identities.join(', ')}. Choose one of these as From in your mail program, or another account with -a NAME.`,
    )
  const { notBeforeMs, heldUntil } = times ?? timesOf(call, hold, now())
  const scan = call.asIs ? undefined : new PlaceholderScan(header)
  return folderSpool(outbox, now).add(
    {
      envelope: { from, recipients, ...call.dsn },
      urgent: call.urgent || header.urgent,
      ...(call.asIs && { asIs: true }),
      ...(notBeforeMs !== undefined && { notBeforeMs }),
      ...(heldUntil !== undefined && { heldUntil }),
    },
    checked(begin, more, { maxBytes: known?.maxBytes, scan, resolves: known?.marking !== undefined }),
    async (written) => {
      if (scan?.found || scan?.encloses || scan?.proves) await refuseHoles(written, known?.marking)
    },
  )
}

function timesOf(
  call: SendmailCall,
  hold: number,
  nowMs: number,
): Pick<NewMail, 'notBeforeMs' | 'heldUntil'> {
  const heldUntil = call.hold ? 'released' : hold > 0 ? nowMs + hold : undefined
  return {
    ...(call.at !== undefined && { notBeforeMs: readMoment(call.at, nowMs) }),
    ...(heldUntil !== undefined && { heldUntil }),
  }
}

/** The sender: as the mail says, or the account's owner. A name of this machine (`From: root`) is the owner, too. */
function senderOf(header: HandedHeader, fullName: string | undefined, self: string | undefined): Mailbox {
  if (header.sender && !isLocal(header.sender.address)) return header.sender
  const own = self === undefined ? undefined : readAddresses(self)[0]
  if (!own)
    throw new PacketboatError(
      'CONFIG',
      'The mail says no sender with a domain, and it is not known yet who you are.',
      'Sync once, since the endpoint knows; or say it: packetboat config set sendFrom "Ann <ann@example.org>".',
    )
  const name = fullName ?? header.sender?.name ?? own.name
  return { address: own.address, ...(name !== undefined && { name }) }
}

function envelopeFrom(call: SendmailCall, sender: Mailbox, self: string | undefined): string {
  if (call.from === '') return ''
  const [said, other] = call.from === undefined ? [] : readAddresses(call.from)
  if (other) throw invalid(`There is one envelope sender, and -f says more than that: "${call.from}".`)
  if (!said) return sender.address
  // cron and PHP say the user that they run as.
  return isLocal(said.address) ? addressOfIdentity(self ?? sender.address) : said.address
}

/** What every mail needs is added where it isn't there (RFC 5322 3.6); all else stays as it was handed in. */
function completed(header: HandedHeader, sender: Mailbox, nowMs: number): Uint8Array {
  const named = header.resent ? 'resent-from' : 'from'
  const isOwn = header.sender?.address === sender.address
  const kept = isOwn || header.resent ? header : withoutField(header, named)
  const host = sender.address.slice(sender.address.lastIndexOf('@') + 1)
  const dateZoneMinutes = -new Date(nowMs).getTimezoneOffset()
  return withFields(kept, [
    ...(kept.names.has('from') ? [] : [`From: ${encodeMailboxes([sender]).replaceAll('\n', header.eol)}`]),
    ...(kept.names.has('date') ? [] : [`Date: ${formatHeaderDate({ dateMs: nowMs, dateZoneMinutes })}`]),
    ...(kept.names.has('message-id') ? [] : [`Message-ID: <${randomBytes(12).toString('hex')}@${host}>`]),
  ])
}

/** A message going by, as long as there is nothing wrong with it. */
async function* checked(
  head: Uint8Array,
  more: AsyncIterable<Uint8Array>,
  {
    maxBytes,
    scan,
    resolves,
  }: {
    readonly maxBytes: number | undefined
    readonly scan: PlaceholderScan | undefined
    /** What is found may have the thing itself put in at the endpoint. */
    readonly resolves: boolean
  },
): AsyncGenerator<Uint8Array> {
  let size = 0
  const check = (chunk: Uint8Array): Uint8Array => {
    size += chunk.length
    if (maxBytes !== undefined && size > maxBytes)
      throw new PacketboatError(
        'MAIL_TOO_BIG',
        `The mail is larger than the ${formatBytes(maxBytes)} that the mail server takes.`,
        'Send less at once: leave attachments out, or make pictures smaller.',
      )
    scan?.update(chunk)
    if (scan?.found && !resolves) throw notHere(scan.found.name)
    return chunk
  }
  yield check(head)
  const chunks = more[Symbol.asyncIterator]()
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield check(next.value)
}

/** Refuses mail with placeholders, unless this replica wrote them and they stand where the endpoint can put in the part itself; and signed mail with proofs of them. */
async function refuseHoles(written: ByteSource, marking: string | undefined): Promise<void> {
  const key = marking && { createHash: nodeHash, key: fromHex(marking) }
  const goes = key ? await withDecodedMessages(written, key) : written
  const carried = key ? await findCarried(goes, key, maxReferences) : []
  const hole = await placeholderBeside(goes, carried)
  if (hole) throw notHere(hole.name)
  if (await breaksSeal(goes, carried)) throw invalid(filledReason)
  if ((await withoutProofs(goes, nodeHash, carried)) === 'signed') throw invalid(provesReason)
}

function notHere(name: string): PacketboatError {
  const fetch = name === '' ? 'fetch it with packetboat fetch' : `run packetboat fetch ${name}`
  return new PacketboatError(
    'NOT_HERE',
    'The mail holds a placeholder instead of something that is not on this machine yet: its recipients would get only that.',
    `To send the thing itself, ${fetch} and write the mail again. To send the mail with the placeholder: packetboat sendmail --as-is.`,
  )
}

function noRecipients(call: SendmailCall): PacketboatError {
  return call.fromHeader
    ? new PacketboatError(
        'NO_RECIPIENTS',
        'The mail has no recipients: there is no address in To, Cc or Bcc.',
        'Write whom it is for, then send it again.',
      )
    : new PacketboatError(
        'USAGE',
        'No recipients.',
        'Name them as arguments, or add -t to send to those in the header of the mail.',
      )
}

function invalid(what: string): PacketboatError {
  return new PacketboatError('MAIL_INVALID', what, 'Nothing was sent. Correct it, then send it again.')
}
