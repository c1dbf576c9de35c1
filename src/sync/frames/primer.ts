import { concat, equalBytes } from '../../bytes/concat.js'
import { firstText } from '../../mime/first-text.js'
import type { Envelope } from '../../mime/headers/envelope.js'
import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { outlineOf } from '../../mime/outline.js'
import type { Skeleton } from '../../mime/skeleton.js'
import { structureStartBytes } from '../../mime/structure-rest.js'
import { getContent, readContentsAhead } from '../../replica/content/contents.js'
import { messagesOf } from '../../replica/content/messages-of-content.js'
import { listMailboxes } from '../../replica/mailboxes.js'
import { isLive, liveMessages } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord, MailboxRecord, MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { inPages } from '../../store/table.js'
import { encodePrimer, type Primer, type PrimerMessage, primerLimits } from '../../wire/primer-frame.js'
import type { Account } from '../account.js'
import { openPieces } from '../content/open-pieces.js'
import { coldPiece, structurePiece } from '../content/piece.js'
import { isOfOneItem } from '../error-scope.js'
import { isSent } from '../policy/guard.js'
import { mayServe, type SharedHistory } from '../policy/shared-history.js'
import type { OutgoingFrame } from './outgoing.js'

/**
 * The best dictionary for what comes is what both sides already hold: the message that a new one answers,
 * earlier ones from the same sender, the newest of the mailbox. One side names them, and both take their
 * texts and headers into the history of the stream.
 */

/** The most bytes that a primer takes of one message: its cold fields where both sides are sure to hold them, the beginning of its structure, then the texts that are read first. */
const coldMostBytes = 4 * 1024
const textBytes = 16 * 1024

/** The most bytes of a primer: half of the history stays for what is said after it. */
const primerBytes = 128 * 1024

/** How many messages are looked through, of one mailbox and in all, and how many serve for being the newest alone. */
const searched = { each: 400, all: 1000 }
const newest = 6

/** Earlier messages of one sender that are taken in. */
const perSender = 2

/** New messages for which something is looked up. */
const served = 60

/** A message that one side is about to send, as far as it matters what would help. */
export interface Coming {
  /** The message's mailbox. Mail to be sent has none. */
  readonly mailbox?: Guid | undefined
  readonly envelope: Envelope
}

/** A primer that was made, and the bytes that it stands for. */
interface Primed {
  readonly primer: Primer
  readonly bytes: Uint8Array
}

/** Stored, so that it stands alone: nothing may be bundled with it, as what follows is read in its light. */
export function primerFrame(kind: number, { primer, bytes }: Primed): OutgoingFrame {
  return { kind, payload: encodePrimer(primer), mode: 'stored', primer: bytes }
}

/**
 * What is taken in of mail that both sides hold, and how the primer names it. Undefined when nothing would
 * help.
 * @param coming all mail that will go over the line, for policies under which not every message may serve
 * every other.
 * @param coldBytes both sides hold cold fields up to this size, by the initiator's policy for what comes
 * down. Mail that a person wrote has none, so 0 is given for what goes up.
 */
export async function makePrimer(
  account: Account,
  coming: readonly Coming[],
  { coldBytes, shared }: { readonly coldBytes: number; readonly shared: SharedHistory },
  holds: Holds,
): Promise<Primed | undefined> {
  if (shared === 'off') return undefined
  const { db } = account.replica
  // One history is for all that comes: what may not serve one of them serves none.
  const serves = ({ envelope }: ContentRecord): boolean =>
    shared === 'all' ||
    (envelope !== undefined &&
      coming.every((each) => mayServe(shared, each.envelope, decodeEnvelope(envelope))))
  const chosen = await choose(db, coming.slice(0, served), async (message, content) =>
    serves(content) ? holds(message, content) : undefined,
  )
  const taken: { readonly name: PrimerMessage; readonly bytes: Uint8Array }[] = []
  let total = 0
  for (const { name, content } of chosen.slice(0, primerLimits.messages)) {
    const bytes = await bytesOf(account, content, coldBytes)
    if (!bytes || total + bytes.length > primerBytes) continue
    total += bytes.length
    taken.push({ name, bytes })
  }
  if (taken.length === 0) return undefined
  // The likeliest last, where it is nearest; those of one mailbox together, since its GUID is half of what a name costs.
  const order = [...new Set(taken.map(({ name }) => name.mailbox))].reverse()
  const sorted = order.flatMap((mailbox) => taken.filter(({ name }) => name.mailbox === mailbox).reverse())
  const bytes = concat(sorted.map((each) => each.bytes))
  return { primer: { messages: sorted.map(({ name }) => name), check: checkOf(account, bytes) }, bytes }
}

/** The same bytes on the other side. Undefined when something of it isn't here, or isn't the same. */
export async function readPrimer(
  account: Account,
  primer: Primer,
  coldBytes: number,
  find: (name: PrimerMessage) => Promise<MessageRecord | undefined>,
): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = []
  for (const name of primer.messages) {
    const message = await find(name)
    const content = message && (await getContent(account.replica.db, message.content))
    const bytes = content && (await bytesOf(account, content, coldBytes))
    if (!bytes) return undefined
    pieces.push(bytes)
  }
  const bytes = concat(pieces)
  return equalBytes(checkOf(account, bytes), primer.check) ? bytes : undefined
}

interface Choice {
  readonly name: PrimerMessage
  readonly content: ContentRecord
}

/** How the other side names a message of which it holds header and text; undefined where it may lack them. */
type Holds = (message: MessageRecord, content: ContentRecord) => Promise<PrimerMessage | undefined>

/** The likeliest to help first: what is answered, then the last of the same senders, then the newest. */
async function choose(reader: Reader, coming: readonly Coming[], holds: Holds): Promise<Choice[]> {
  const chosen = new Map<Guid, Choice>()
  const take = async (message: MessageRecord, content: ContentRecord): Promise<boolean> => {
    if (chosen.has(content.id)) return false
    const name = await holds(message, content)
    if (name) chosen.set(content.id, { name, content })
    return name !== undefined
  }
  for (const id of coming.flatMap(answeredBy)) await takeAnswered(reader, id, take)
  const senders = new Senders(coming)
  const recent: Choice[] = []
  const here = new Set(coming.flatMap(({ mailbox }) => mailbox ?? []))
  let left = searched.all
  for (const mailbox of likelyFirst(await listMailboxes(reader), here)) {
    let wanted = here.has(mailbox.guid) ? newest : 0
    let looked = 0
    for await (const message of withContents(reader, liveMessages(reader, mailbox.guid, { reverse: true }))) {
      if (looked++ >= searched.each || left-- <= 0) break
      const content = await getContent(reader, message.content)
      if (!content?.skeleton || !content.envelope || chosen.has(content.id)) continue
      const lacking = senders.lacking(decodeEnvelope(content.envelope))
      if (lacking.length > 0 && (await take(message, content))) senders.count(lacking)
      const name = wanted > 0 && !chosen.has(content.id) ? await holds(message, content) : undefined
      if (!name) continue
      wanted--
      recent.push({ name, content })
    }
  }
  return [...chosen.values(), ...recent.filter(({ content }) => !chosen.has(content.id))]
}

/** The same messages, of which the contents are read many at once. */
async function* withContents(
  reader: Reader,
  messages: AsyncIterable<MessageRecord>,
): AsyncGenerator<MessageRecord> {
  for await (const page of inPages(messages)) {
    await readContentsAhead(reader, page)
    yield* page
  }
}

/** The messages that one answers, the nearest first. */
function answeredBy({ envelope: { inReplyTo, references = [] } }: Coming): string[] {
  return [...(inReplyTo === undefined ? [] : [inReplyTo]), ...references.toReversed()]
}

/** Who sent what is coming, and how much of each was chosen already. */
class Senders {
  private readonly chosen: Map<string, number>

  constructor(coming: readonly Coming[]) {
    this.chosen = new Map(
      coming.flatMap(({ envelope }) => envelope.from.map(({ address }) => [address.toLowerCase(), 0])),
    )
  }

  /** The senders of a message of whom the primer should have more. */
  lacking({ from }: Envelope): string[] {
    const names = new Set(from.map(({ address }) => address.toLowerCase()))
    return [...names].filter((name) => (this.chosen.get(name) ?? perSender) < perSender)
  }

  count(names: readonly string[]): void {
    for (const name of names) this.chosen.set(name, (this.chosen.get(name) ?? 0) + 1)
  }
}

/** The most messages with one Message-ID that are looked at: anybody can send mail with somebody else's. */
const namesakes = 5

async function takeAnswered(
  reader: Reader,
  id: string,
  take: (message: MessageRecord, content: ContentRecord) => Promise<boolean>,
): Promise<void> {
  for await (const { key } of tables.messageId.list(reader, [id], { limit: namesakes })) {
    const content = await getContent(reader, key[1])
    if (!content?.skeleton) continue
    for (const message of (await messagesOf(reader, content.id)).slice(0, namesakes))
      if (isLive(message) && (await take(message, content))) return
  }
}

/** Where a message is most likely found: its mailbox, INBOX, Sent, then the mailboxes that changed last. */
function likelyFirst(mailboxes: readonly MailboxRecord[], here: ReadonlySet<Guid>): MailboxRecord[] {
  const rank = (mailbox: MailboxRecord): number => {
    if (here.has(mailbox.guid)) return 0
    const { path } = mailbox
    return (path.length === 1 && path[0] === 'INBOX') || isSent(mailbox) ? 1 : 2
  }
  return [...mailboxes].sort((a, b) => rank(a) - rank(b) || b.head - a.head)
}

/** What a primer takes of a content: some of the cold fields, of the structure and of each first text. */
function piecesOf(
  skeleton: Skeleton,
  coldBytes: number,
): { readonly piece: number; readonly most: number }[] {
  const cold = coldPiece(skeleton)
  const { sizeBytes = 0 } = skeleton.cold ?? {}
  return [
    ...(cold !== undefined && sizeBytes <= coldBytes ? [{ piece: cold, most: coldMostBytes }] : []),
    { piece: structurePiece(skeleton), most: structureStartBytes },
    ...firstText(outlineOf(skeleton)).map((piece) => ({ piece, most: textBytes })),
  ]
}

/** The bytes that a message gives to a primer; undefined when some of them aren't here. */
async function bytesOf(
  account: Account,
  content: ContentRecord,
  coldBytes: number,
): Promise<Uint8Array | undefined> {
  try {
    const open = await openPieces(account, content)
    if (!open) return undefined
    try {
      const pieces: Uint8Array[] = []
      for (const { piece, most } of piecesOf(open.skeleton, coldBytes)) {
        const bytes = await (await open.source(piece))?.read(0, most)
        if (!bytes) return undefined
        pieces.push(bytes)
      }
      return concat(pieces)
    } finally {
      await open.close()
    }
  } catch (error) {
    // Nothing new hangs on what stood here before.
    if (isOfOneItem(error)) return undefined
    throw error
  }
}

function checkOf({ createHash }: Account, bytes: Uint8Array): Uint8Array {
  const hash = createHash()
  hash.update(bytes)
  return hash.digest().slice(0, primerLimits.checkBytes)
}
