import { digestName } from '../../bytes/digest-name.js'
import type { CreateHash } from '../../bytes/hash.js'
import { ByteWriter } from '../../bytes/varint.js'
import { cursorOf } from '../../replica/cursor.js'
import { currentName } from '../../replica/ids/current-name.js'
import type { Guid } from '../../replica/model.js'
import type { Cursor, MailboxCursor } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import { decodeShore, encodeShore, type Shore, type ShoreFrame } from '../../wire/shore-frame.js'
import { protocolError } from '../../wire/values.js'
import { requestLimits } from '../policy/limits.js'
import { rememberedPolicies } from '../policy/policy.js'
import { type Window, writeWindows } from '../policy/window.js'

/** What a responder remembers of what is ashore for a device: docs/PROTOCOL.md "The shore". */

/** The last so many that a device had: it may go on from the one before the last, when the line was cut. */
const remembered = 2

/** The name of a shore; undefined where nothing is ashore. */
export function nameOfShore(shore: Shore, createHash: CreateHash): string | undefined {
  return isEmpty(shore) ? undefined : digestName(encodeShore(shore), createHash)
}

function isEmpty(shore: Shore): boolean {
  return [...shore.values()].every((ranges) => ranges.length === 0)
}

export function nameOfWindows(windows: readonly Window[], createHash: CreateHash): string {
  const writer = new ByteWriter()
  writeWindows(writer, windows)
  return digestName(writer.finish(), createHash)
}

/** What is ashore for a device, and windows outside of which all of it was found to be; undefined where it isn't known by this name. */
export async function shoreNamed(
  reader: Reader,
  device: Guid,
  name: string,
): Promise<{ readonly shore: Shore; readonly windows: readonly string[] } | undefined> {
  const record = await tables.shoreThere.get(reader, device, name)
  if (!record) return undefined
  const { windows, otherWindows = [] } = record
  return {
    shore: decodeShore(record.shore),
    windows: windows === undefined ? [] : [windows, ...otherWindows],
  }
}

/** A device says how its shore differs from an earlier one. Where that isn't known, nothing is remembered, and it has to say all. */
export async function hearShore(
  tx: Transaction,
  device: Guid,
  { base, rows }: ShoreFrame,
  createHash: CreateHash,
): Promise<void> {
  const before = base === undefined ? { shore: new Map() as Shore } : await shoreNamed(tx, device, base)
  if (!before) return
  const shore = new Map([...before.shore, ...rows])
  const bytes = isEmpty(shore) ? undefined : encodeShore(shore)
  if (bytes && bytes.length > requestLimits.shoreBytes) throw protocolError('a shore without end')
  await rememberEncoded(tx, device, { bytes, windows: [] }, createHash)
}

export async function rememberShore(
  tx: Transaction,
  device: Guid,
  { shore, windows }: { readonly shore: Shore; readonly windows: readonly string[] },
  createHash: CreateHash,
): Promise<void> {
  const bytes = isEmpty(shore) ? undefined : encodeShore(shore)
  await rememberEncoded(tx, device, { bytes, windows }, createHash)
}

/** @param bytes undefined: nothing is ashore */
async function rememberEncoded(
  tx: Transaction,
  device: Guid,
  { bytes, windows }: { readonly bytes: Uint8Array | undefined; readonly windows: readonly string[] },
  createHash: CreateHash,
): Promise<void> {
  const name = bytes && digestName(bytes, createHash)
  const others: { readonly name: string; readonly order: number }[] = []
  for await (const { key, value } of tables.shoreThere.list(tx, [device]))
    if (key[1] !== name) others.push({ name: key[1], order: value.order })
  others.sort((a, b) => b.order - a.order)
  const keep = name === undefined ? 0 : remembered - 1
  for (const other of others.slice(keep)) tables.shoreThere.delete(tx, device, other.name)
  if (bytes === undefined || name === undefined) return
  // Each link may have windows of its own, as it has a policy.
  const [latest, ...otherWindows] = [...new Set(windows)].slice(0, rememberedPolicies)
  // Nobody has one of more than that whose window leaves less than 300,000 messages inside.
  if (bytes.length > requestLimits.shoreBytes) return
  tables.shoreThere.put(tx, device, name, {
    shore: bytes,
    ...(latest !== undefined && { windows: latest }),
    ...(otherWindows.length > 0 && { otherWindows }),
    order: (others[0]?.order ?? 0) + 1,
  })
}

/** A cursor that tells what is ashore from what is known. */
export async function cursorWithShore(reader: Reader, cursor: Cursor, shore: Shore): Promise<Cursor> {
  const mailboxes: Record<Guid, MailboxCursor> = { ...cursor.mailboxes }
  for (const [guid, ashore] of shore) {
    const mailbox = await currentName(reader, guid)
    mailboxes[mailbox] = { ...cursorOf(cursor, mailbox), ashore }
  }
  return { ...cursor, mailboxes }
}
