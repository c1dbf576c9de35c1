import type { CreateHash } from '../../bytes/hash.js'
import type { Guid } from '../../replica/model.js'
import { readReplicaRecord, updateReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import { wireLimits } from '../../wire/limits.js'
import type { Ashore } from '../../wire/response/changes-frame.js'
import { encodeShore, encodeShoreFrame, type Shore } from '../../wire/shore-frame.js'
import { nameOfShore } from './shore-there.js'

/** What of each mailbox isn't here since the window leaves it out, as this replica knows it: docs/PROTOCOL.md "The shore". */

export interface ShoreToSay {
  /** Undefined: nothing is ashore. */
  readonly name?: string
  /** How it differs from what the upstream knows; none where that is just this. */
  readonly frames: readonly Uint8Array[]
}

/** The beginning of a shore frame: its base, and how many rows there are. */
const headBytes = 1 + 8 + 4

/** @param whole the upstream doesn't know the one that it was told before */
export async function shoreToSay(
  reader: Reader,
  createHash: CreateHash,
  whole: boolean,
): Promise<ShoreToSay> {
  const all = new Map<Guid, ShoreRanges>()
  const changed = new Map<Guid, ShoreRanges>()
  for await (const { key, value } of tables.shore.list(reader)) {
    all.set(key[0], value.ranges)
    if (!value.told) changed.set(key[0], value.ranges)
  }
  const { shoreThere: base } = await readReplicaRecord(reader)
  // What the upstream was told is what is here: a quiet sync neither encodes nor hashes it.
  const name = changed.size === 0 && base !== undefined ? base : nameOfShore(all, createHash)
  if (name === undefined) return { frames: [] }
  if (name === base && !whole) return { name, frames: [] }
  if (!whole && base !== undefined) {
    const frame = encodeShoreFrame({ base, rows: changed })
    if (frame.length <= wireLimits.payloadBytes) return { name, frames: [frame] }
  }
  return { name, frames: wholeShore(all, createHash) }
}

/** Mailbox after mailbox, in as many frames as it takes: each says what comes to the shore that the ones before have named. */
export function wholeShore(all: Shore, createHash: CreateHash): Uint8Array[] {
  const frames: Uint8Array[] = []
  const said = new Map<Guid, ShoreRanges>()
  let rows = new Map<Guid, ShoreRanges>()
  let bytes = headBytes
  const flush = (): void => {
    const base = nameOfShore(said, createHash)
    frames.push(encodeShoreFrame({ ...(base !== undefined && { base }), rows }))
    for (const [mailbox, ranges] of rows) said.set(mailbox, ranges)
    rows = new Map()
    bytes = headBytes
  }
  for (const [mailbox, ranges] of all) {
    const size = encodeShore(new Map([[mailbox, ranges]])).length
    if (rows.size > 0 && bytes + size > wireLimits.payloadBytes) flush()
    rows.set(mailbox, ranges)
    bytes += size
  }
  flush()
  return frames
}

/** How much is ashore of each mailbox of which anything is, as of when the upstream last said so. */
export async function countAshore(
  reader: Reader,
): Promise<ReadonlyMap<Guid, Pick<Ashore, 'messages' | 'bytes'>>> {
  const counts = new Map<Guid, Pick<Ashore, 'messages' | 'bytes'>>()
  for await (const { key, value } of tables.shore.list(reader))
    if (value.messages > 0) counts.set(key[0], { messages: value.messages, bytes: value.bytes })
  return counts
}

/** The upstream has taken over what it was told, or has told it. */
export async function noteShoreTold(tx: Transaction, createHash: CreateHash): Promise<void> {
  const all = new Map<Guid, ShoreRanges>()
  let isTold = true
  for await (const { key, value } of tables.shore.list(tx)) {
    all.set(key[0], value.ranges)
    isTold &&= value.told
    if (value.ranges.length === 0) tables.shore.delete(tx, ...key)
    else if (!value.told) tables.shore.put(tx, ...key, { ...value, told: true })
  }
  if (isTold) return
  const name = nameOfShore(all, createHash)
  await updateReplicaRecord(tx, ({ shoreThere: _, ...record }) => ({
    ...record,
    ...(name !== undefined && { shoreThere: name }),
  }))
}

type ShoreRanges = Shore extends ReadonlyMap<Guid, infer Ranges> ? Ranges : never

/** The upstream has said what is ashore of a mailbox. */
export function takeAshore(tx: Transaction, mailbox: Guid, ashore: Ashore): void {
  tables.shore.put(tx, mailbox, { ...ashore, told: false })
}

/** The upstream has lost its memory, or is another one: its numbers mean nothing any more, in what it found there neither. */
export async function forgetShore(tx: Transaction): Promise<void> {
  for (const table of [tables.shore, tables.answer, tables.taken]) await table.clear(tx)
  await updateReplicaRecord(tx, ({ shoreThere: _, ...record }) => record)
}

/** The mailbox has another name there than it had. */
export async function rehouseShore(tx: Transaction, from: Guid, to: Guid): Promise<void> {
  const shore = await tables.shore.get(tx, from)
  if (!shore) return
  tables.shore.put(tx, to, { ...shore, told: false })
  tables.shore.put(tx, from, { ranges: [], messages: 0, bytes: 0, told: false })
}
