import { toHex } from '../../bytes/hex.js'
import { decodeEnvelope, encodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { listedEnvelope } from '../../mime/headers/listed-envelope.js'
import { getContent, readContentsAhead } from '../../replica/content/contents.js'
import { getMessage } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord, MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { inPages } from '../../store/table.js'
import type { MailboxScan } from './mailbox-scan.js'

/**
 * What has vanished in a scan, and what of it turned up elsewhere. There may be thousands of copies of one
 * content: whoever looks for one of them for each new file reads no more of them than it takes.
 */

/** All vanished files of a scan, and where they turned up. */
export interface Movements {
  readonly scans: readonly MailboxScan[]
  readonly movedTo: Map<Guid, Guid>
  readonly contents: VanishedContents
}

export function movementsOf(reader: Reader, scans: readonly MailboxScan[]): Movements {
  const movedTo = new Map<Guid, Guid>()
  return { scans, movedTo, contents: new VanishedContents(reader, scans, movedTo) }
}

/** Of one content: in the order in which they are asked about, and before which place nothing is left for whom. */
interface Row {
  readonly all: Vanished[]
  readonly passed: Map<Guid, number>
}

interface Vanished {
  readonly guid: Guid
  readonly scan: MailboxScan
}

/**
 * What has vanished in a scan, by content. Each new file is compared with these, and all may have the same
 * content; without this index, ten thousand new files would each be compared with ten thousand vanished ones.
 * What is found again leaves its scan for good, so it is skipped only once.
 */
export class VanishedContents {
  readonly #reader: Reader
  readonly #scans: readonly MailboxScan[]
  readonly #movedTo: ReadonlyMap<Guid, Guid>
  #byContent: Promise<ReadonlyMap<Guid, { here: Row; elsewhere: Row }>> | undefined
  readonly #likenesses = new Map<MailboxScan, Promise<ReadonlyMap<string, Guid[]>>>()

  constructor(reader: Reader, scans: readonly MailboxScan[], movedTo: ReadonlyMap<Guid, Guid>) {
    this.#reader = reader
    this.#scans = scans
    this.#movedTo = movedTo
  }

  /** The first message of this content that has vanished from the mailbox itself, and that nobody has expunged. */
  async here(reader: Reader, scan: MailboxScan, content: Guid): Promise<MessageRecord | undefined> {
    const row = (await this.#rows(content))?.here
    return (
      row &&
      next(row, scan, async ({ guid, scan: its }) => {
        if (its !== scan || !its.vanished.has(guid)) return undefined
        const message = await getMessage(reader, guid)
        return message?.content === content && !message.expunged ? message : undefined
      })
    )
  }

  /** The first one that has vanished from another mailbox and that nothing else has claimed: a live one, if there is any. */
  async elsewhere(reader: Reader, scan: MailboxScan, content: Guid): Promise<MessageRecord | undefined> {
    const row = (await this.#rows(content))?.elsewhere
    return (
      row &&
      next(row, scan, async ({ guid, scan: its }) => {
        if (its.mailbox === scan.mailbox || !its.vanished.has(guid) || this.#movedTo.has(guid))
          return undefined
        const message = await getMessage(reader, guid)
        return message?.content === content ? message : undefined
      })
    )
  }

  /** Those that vanished from the mailbox and that a list may show as it shows this one. */
  async *alike(scan: MailboxScan, outline: Uint8Array, envelope: Uint8Array): AsyncGenerator<Guid> {
    if (scan.vanished.size === 0) return
    const made = this.#likenesses.get(scan) ?? likenesses(this.#reader, scan)
    this.#likenesses.set(scan, made)
    const alike = (await made).get(likeness(outline, envelope)) ?? []
    for (let first = alike[0]; first !== undefined && !scan.vanished.has(first); first = alike[0])
      alike.shift()
    for (const guid of [...alike]) if (scan.vanished.has(guid)) yield guid
  }

  async #rows(content: Guid) {
    if (!this.#scans.some(({ vanished }) => vanished.size > 0)) return undefined
    this.#byContent ??= rowsOf(this.#reader, this.#scans)
    return (await this.#byContent).get(content)
  }
}

/** What is of no use to a mailbox now never will be. */
async function next(
  { all, passed }: Row,
  { mailbox }: MailboxScan,
  take: (vanished: Vanished) => Promise<MessageRecord | undefined>,
): Promise<MessageRecord | undefined> {
  for (let at = passed.get(mailbox) ?? 0; ; at++) {
    const vanished = all[at]
    const taken = vanished && (await take(vanished))
    if (vanished && !taken) continue
    passed.set(mailbox, at)
    return taken
  }
}

async function rowsOf(reader: Reader, scans: readonly MailboxScan[]) {
  const rows = new Map<Guid, { here: Row; elsewhere: Row; expunged: Vanished[] }>()
  for (const scan of scans)
    for await (const { guid, content, expunged } of messagesOfScan(reader, scan)) {
      const row = rows.get(content) ?? { here: newRow(), elsewhere: newRow(), expunged: [] }
      rows.set(content, row)
      row.here.all.push({ guid, scan })
      ;(expunged ? row.expunged : row.elsewhere.all).push({ guid, scan })
    }
  for (const { elsewhere, expunged } of rows.values()) {
    elsewhere.all.sort(byName)
    // The last one first, as `eachMessageOf` gives them.
    elsewhere.all.push(...expunged.sort(byName).reverse())
  }
  return rows
}

const newRow = (): Row => ({ all: [], passed: new Map() })
const byName = (a: Vanished, b: Vanished): number => (a.guid < b.guid ? -1 : Number(a.guid > b.guid))

async function* messagesOfScan(reader: Reader, { vanished }: MailboxScan): AsyncGenerator<MessageRecord> {
  for await (const page of inPages(vanished.keys())) {
    await tables.message.readAhead(
      reader,
      page.map((guid) => [guid]),
    )
    for (const guid of page) {
      const message = await getMessage(reader, guid)
      if (message) yield message
    }
  }
}

/** Of the messages that aren't here as a whole: those that a list shows alike, but for recipients, which may not have come yet. */
async function likenesses(reader: Reader, scan: MailboxScan): Promise<ReadonlyMap<string, Guid[]>> {
  const alike = new Map<string, Guid[]>()
  for await (const page of inPages(messagesOfScan(reader, scan))) {
    await readContentsAhead(reader, page)
    for (const { guid, content: id } of page) {
      const content = await getContent(reader, id)
      if (!content?.envelope || !content.outline || !isListedOnly(content)) continue
      const key = likeness(content.outline, content.envelope)
      const found = alike.get(key) ?? []
      alike.set(key, found)
      found.push(guid)
    }
  }
  return alike
}

const isListedOnly = ({ whole, digest }: ContentRecord): boolean => !whole && digest === undefined

function likeness(outline: Uint8Array, envelope: Uint8Array): string {
  const shown = { ...listedEnvelope(decodeEnvelope(envelope)), to: [], cc: [] }
  return `${toHex(outline)} ${toHex(encodeEnvelope(shown))}`
}
