import { listDevices } from '../../replica/devices.js'
import { currentName } from '../../replica/ids/current-name.js'
import { isInRanges, normalizeRanges } from '../../replica/ids/uid-ranges.js'
import type { Guid, UidRange } from '../../replica/model.js'
import type { MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import { decodeShore, encodeShore, type Shore } from '../../wire/shore-frame.js'
import { requestLimits } from '../policy/limits.js'

/**
 * What a device may have removed from its disk, as the responder remembers it. If a device's database and the
 * note beside its mail come back from an earlier time, but its mail doesn't, only this can tell eviction from
 * deletion.
 */

/** Remembers that the device may let go of these messages. False where that is more than can be remembered: then it may not. */
export async function rememberVouched(tx: Transaction, device: Guid, vouched: Shore): Promise<boolean> {
  if (vouched.size === 0) return true
  const before = await tables.vouched.get(tx, device)
  const rows = new Map(before ? decodeShore(before) : [])
  for (const [mailbox, ranges] of vouched)
    rows.set(mailbox, normalizeRanges([...(rows.get(mailbox) ?? []), ...ranges]))
  const bytes = encodeShore(rows)
  if (bytes.length > requestLimits.shoreBytes) return false
  tables.vouched.put(tx, device, bytes)
  return true
}

/** The device knows the last answer: what it has let go of is in what it says of its shore. */
export async function forgetVouched(tx: Transaction, device: Guid): Promise<void> {
  if (await tables.vouched.has(tx, device)) tables.vouched.delete(tx, device)
}

/** Which messages a device, or who asked under its pairing before, may have let go of. */
export async function letGoBy(
  reader: Reader,
  device: Guid,
): Promise<(message: Pick<MessageRecord, 'mailbox' | 'number'>) => boolean> {
  const { pairing } = (await tables.device.get(reader, device)) ?? {}
  const all = new Map<Guid, UidRange[]>()
  const add = async (encoded: Uint8Array | undefined): Promise<void> => {
    for (const [mailbox, ranges] of encoded ? decodeShore(encoded) : []) {
      const name = await currentName(reader, mailbox)
      all.set(name, [...(all.get(name) ?? []), ...ranges])
    }
  }
  for (const { id, pairing: its } of await listDevices(reader)) {
    if (id !== device && (pairing === undefined || its !== pairing)) continue
    await add(await tables.vouched.get(reader, id))
    for await (const { value } of tables.shoreThere.list(reader, [id])) await add(value.shore)
  }
  const normal = new Map([...all].map(([mailbox, ranges]) => [mailbox, normalizeRanges(ranges)]))
  return ({ mailbox, number }) => isInRanges(normal.get(mailbox) ?? [], number)
}
